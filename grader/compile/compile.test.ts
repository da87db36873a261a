import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../core/paths.ts';
import type { Curriculum, Exercise } from '../core/types.ts';
import { type CompileRequest, type CompileResult, compile, replacedNotice } from './index.ts';

const exercise = (id: string, more: Partial<Exercise> = {}): Exercise => ({
  id,
  number: `0.${Number(id.slice(6, 8))}`,
  craft: '0-poc',
  slug: id.slice(9),
  title: id,
  summary: '',
  minutes: 1,
  files: ['sum.ts'],
  given: [],
  imports: [],
  prerequisites: [],
  checks: [],
  gates: [],
  forbid: [],
  allow: [],
  directory: '',
  ...more,
});

const serves = { file: 'serve.ts', method: 'POST', path: '/', status: 200 };
const first = exercise('0-poc/01-first', {
  given: ['experiment.ts', 'serve.ts', 'table.ts', 'config.json'],
  serves,
});
const second = exercise('0-poc/02-second', { files: ['twice.ts'], imports: ['0-poc/01-first'] });
const third = exercise('0-poc/03-third', { files: ['thrice.ts'], imports: ['0-poc/02-second'] });

const sum = 'export function sum(a: number, b: number): number {\n  return a + b;\n}\n';
const twice =
  "import { sum } from '../01-first/sum.ts';\nexport const twice = (a: number): number => sum(a, a);\n";

let base = '';
let workspace = '';
let curriculum: Curriculum;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'craft compile ü '));
  workspace = join(base, 'my work spaß');
  const directory = join(base, 'tool', 'exercises');
  curriculum = { directory, exercises: [first, second, third] };
  await cp(join(packageRoot, 'exercises/kernel'), join(directory, 'kernel'), { recursive: true });
  await write(join(directory, '0-poc/01-first/experiment.ts'), 'export const given = 1;\n');
  await write(join(directory, '0-poc/01-first/serve.ts'), 'export const server = 1;\n');
  await write(join(directory, '0-poc/01-first/table.ts'), 'export const table = "given";\n');
  await write(join(directory, '0-poc/01-first/config.json'), '{}');
  await put('01-first/sum.ts', sum);
  await put('02-second/twice.ts', twice);
});
afterEach(() => rm(base, { recursive: true, force: true }));

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/** Writes one of the student's files. */
const put = (path: string, content: string | Uint8Array): Promise<void> =>
  write(join(workspace, 'exercises/0-poc', path), content);

const run = (which: Exercise, more: Partial<CompileRequest> = {}): Promise<CompileResult> =>
  compile({
    curriculum,
    exercise: which,
    sourceRoot: workspace,
    buildRoot: join(workspace, '.craft/build'),
    ...more,
  });

async function failure(which: Exercise): Promise<{ code: string; message: string; result: CompileResult }> {
  const result = await run(which);
  if (result.outcome !== 'failed') throw new Error('it compiled');
  return { code: result.error.code, message: result.error.message, result };
}

async function output(which: Exercise, path: string): Promise<string> {
  const result = await run(which);
  if (result.outcome !== 'compiled') throw result.error;
  return join(result.build.output, 'exercises', path);
}

/** Runs compiled code as the subject process would: in a Node process. */
function evaluate(file: string, expression: string): string {
  const script = `const m = await import(${JSON.stringify(pathToFileURL(file).href)}); console.log(${expression});`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim();
}

describe('a program that is right', () => {
  it('becomes modules that run, with what they import', async () => {
    const result = await run(second);
    if (result.outcome !== 'compiled') throw result.error;
    expect(evaluate(join(result.build.output, 'exercises/0-poc/02-second/twice.js'), 'm.twice(21)')).toBe(
      '42',
    );
    expect(result.build.files).toEqual([
      'exercises/0-poc/01-first/sum.ts',
      'exercises/0-poc/02-second/twice.ts',
    ]);
    expect(existsSync(join(result.build.source, 'exercises/0-poc/02-second/twice.ts'))).toBe(true);
  });

  it('reports errors at the lines of its source', async () => {
    await put('01-first/sum.ts', `\n\nexport function sum(): never {\n  throw new Error('here');\n}\n`);
    const file = await output(first, '0-poc/01-first/sum.js');
    const script = `import { sum } from ${JSON.stringify(pathToFileURL(file).href)}; try { sum(); } catch (e) { console.log(e.stack); }`;
    const options = ['--enable-source-maps', '--input-type=module', '-e', script];
    expect(execFileSync(process.execPath, options, { encoding: 'utf8' })).toContain(
      'source/exercises/0-poc/01-first/sum.ts:4:9',
    );
  });

  it('may use Node, the kernel, enums, parameter properties and have unused variables', async () => {
    await put(
      '01-first/sum.ts',
      `import { createHash } from 'node:crypto';
       import { Clock, realClock } from '../../kernel/index.ts';
       enum Kind { A }
       export class Sum { constructor(private readonly clock: Clock = realClock) { const unused = Kind.A; } }
       export const sum = (a: number, b: number): number => createHash('md5').digest().length + a + b;`,
    );
    expect(evaluate(await output(first, '0-poc/01-first/sum.js'), 'm.sum(1, 1)')).toBe('18');
  });

  it('may have CRLF lines and a byte order mark', async () => {
    await put('01-first/sum.ts', `\uFEFF${sum.replaceAll('\n', '\r\n')}`);
    expect(evaluate(await output(first, '0-poc/01-first/sum.js'), 'm.sum(1, 2)')).toBe('3');
  });

  it('may be spread over more files and folders than the exercise names', async () => {
    await put('01-first/lib/add.ts', 'export const add = (a: number, b: number): number => a + b;\n');
    await put('01-first/sum.ts', "export { add as sum } from './lib/add.ts';\n");
    expect(evaluate(await output(second, '0-poc/02-second/twice.js'), 'm.twice(4)')).toBe('8');
  });

  it('may be linked from elsewhere in the workspace, and is then copied', async () => {
    await write(join(workspace, 'notes/sum.ts'), sum);
    await rm(join(workspace, 'exercises/0-poc/01-first/sum.ts'));
    await symlink(join(workspace, 'notes/sum.ts'), join(workspace, 'exercises/0-poc/01-first/sum.ts'));
    expect(evaluate(await output(first, '0-poc/01-first/sum.js'), 'm.sum(1, 2)')).toBe('3');
  });

  it('is replaced by the next build, with nothing left of the one before', async () => {
    await put('01-first/old.ts', 'export const old = 1;\n');
    await put('01-first/sum.ts', `import './old.ts';\n${sum}`);
    const before = await output(first, '0-poc/01-first/old.js');
    expect(existsSync(before)).toBe(true);
    await rm(join(workspace, 'exercises/0-poc/01-first/old.ts'));
    await put('01-first/sum.ts', sum);
    await run(first);
    expect(existsSync(before)).toBe(false);
  });
});

describe('nothing else in the workspace matters', () => {
  it('neither a later exercise, nor a helper that nobody imports', async () => {
    await put('03-third/thrice.ts', 'half written {{{');
    await put('02-second/broken.ts', 'export const x: number = "no";\n');
    await put('02-second/junk.ts', Uint8Array.from([1, 0, 255, 254]));
    expect((await run(second)).outcome).toBe('compiled');
  });

  it("nor the student's own settings", async () => {
    const files: Record<string, string> = {
      'tsconfig.json': '{"compilerOptions":{"strict":false,"noCheck":true,"lib":["es5"]}}',
      'package.json': '{"type":"commonjs"}',
      '.npmrc': 'ignore-scripts=maybe',
      'vitest.config.ts': 'throw new Error()',
      'exercises/tsconfig.json': 'not json',
      'exercises/package.json': '{"type":"commonjs"}',
    };
    for (const [path, content] of Object.entries(files)) await write(join(workspace, path), content);
    expect(evaluate(await output(second, '0-poc/02-second/twice.js'), 'm.twice(2)')).toBe('4');
    await put('01-first/sum.ts', 'export const sum = (a, b) => a + b;\n');
    expect((await failure(first)).code).toBe('COMPILE_ERROR');
  });

  it("nor the student's edits of the kernel and of given files", async () => {
    await put('01-first/table.ts', 'export const table: string = 5;\n');
    await put('01-first/experiment.ts', 'nonsense');
    await write(join(workspace, 'exercises/kernel/index.ts'), 'export const realClock = "mine";\n');
    await put(
      '01-first/sum.ts',
      `import { realClock } from '../../kernel/index.ts';\nimport { table } from './table.ts';\nexport const both = () => [typeof realClock.now(), table];\n`,
    );
    const result = await run(first);
    if (result.outcome !== 'compiled') throw result.error;
    expect(evaluate(join(result.build.output, 'exercises/0-poc/01-first/sum.js'), 'm.both()')).toBe(
      "[ 'number', 'given' ]",
    );
    expect(result.build.files).toEqual(['exercises/0-poc/01-first/sum.ts']);
  });

  it('and which of those edits are left out is said, once each, where the file matters', async () => {
    const told = async (which: Exercise, more: Partial<CompileRequest> = {}): Promise<readonly string[]> => {
      const all: string[] = [];
      await run(which, { onReplaced: (files) => all.push(...files), ...more });
      return all;
    };
    await put('01-first/table.ts', 'export const table = "given";\n');
    expect(await told(first)).toEqual([]);
    for (const name of ['table', 'serve', 'experiment']) await put(`01-first/${name}.ts`, 'export {};\n');
    // Neither the experiment nor the server has a part in a verdict.
    expect(await told(first)).toEqual(['exercises/0-poc/01-first/table.ts']);
    expect(await told(second)).toEqual(['exercises/0-poc/01-first/table.ts']);
    expect(await told(first, { include: ['serve.ts'] })).toEqual([
      'exercises/0-poc/01-first/serve.ts',
      'exercises/0-poc/01-first/table.ts',
    ]);
    expect(await told(first, { include: ['experiment.ts'], ownGiven: true })).toEqual([]);
    expect(replacedNotice(['a/serve.ts', 'a/table.ts'])).toBe(
      'Your changes to a/serve.ts and a/table.ts have no effect: craft uses its own of them. Keep experiments in copies under other names.',
    );
  });

  it('given parts and their data are built too, experiments and servers only on request', async () => {
    const table = await output(first, '0-poc/01-first/table.js');
    expect(existsSync(table)).toBe(true);
    expect(existsSync(join(dirname(table), 'config.json'))).toBe(true);
    for (const name of ['experiment', 'serve']) {
      expect(existsSync(join(dirname(table), `${name}.js`))).toBe(false);
      await run(first, { include: [`${name}.ts`] });
      expect(existsSync(join(dirname(table), `${name}.js`))).toBe(true);
    }
  });
});

describe('a program that is wrong', () => {
  it("fails with the compiler's messages, the exercise's own files first", async () => {
    await put('01-first/sum.ts', 'export const sum = (a: number, b: number): string => a + b;\n');
    await put('02-second/twice.ts', `${twice}const x: number = 'b';\nconst y: string = 1;\n`);
    const { code, message, result } = await failure(second);
    expect(code).toBe('COMPILE_ERROR');
    expect(message).toBe(
      "4 compile errors; the first: exercises/0-poc/02-second/twice.ts:2:45 Type 'string' is not assignable to type 'number'.",
    );
    expect(result.diagnostics.map(({ file, line, column, code }) => [file, line, column, code])).toEqual([
      ['exercises/0-poc/02-second/twice.ts', 2, 45, 'TS2322'],
      ['exercises/0-poc/02-second/twice.ts', 3, 7, 'TS2322'],
      ['exercises/0-poc/02-second/twice.ts', 4, 7, 'TS2322'],
      ['exercises/0-poc/01-first/sum.ts', 1, 54, 'TS2322'],
    ]);
  });

  it('keeps the lines of a long message together', async () => {
    await put('01-first/sum.ts', 'export const f: { a: { b: number } } = { a: { b: 1 } };\nf.a = f;\n');
    const { result } = await failure(first);
    expect(result.diagnostics).toHaveLength(1);
    expect(result.diagnostics[0]?.message).toMatch(/^Property 'b' is missing.*|^Type .*\n {2}/);
  });

  it('names a file that is not there, also one of an earlier exercise', async () => {
    await rm(join(workspace, 'exercises/0-poc/01-first/sum.ts'));
    for (const which of [first, second, third]) {
      if (which === third) await put('03-third/thrice.ts', 'export const thrice = 3;\n');
      const { code, message } = await failure(which);
      expect(code).toBe('FILE_MISSING');
      expect(message).toBe(
        'exercises/0-poc/01-first/sum.ts is not there. Put it back with: npx craft reset 0.1',
      );
    }
  });

  it.each([
    ['a NUL byte', Uint8Array.from([0x61, 0, 0x62]), 'a NUL byte at offset 1'],
    ['bytes that are no UTF-8', Uint8Array.from([0x61, 0xff]), 'not valid UTF-8'],
    ['UTF-16', Buffer.from('\uFEFFexport {};', 'utf16le'), 'it is UTF-16: save it as UTF-8'],
  ])('refuses %s', async (_, content, why) => {
    await put('01-first/sum.ts', content);
    const { code, message } = await failure(first);
    expect(code).toBe('FILE_UNREADABLE');
    expect(message).toContain(why);
  });

  it('refuses links out of the workspace, unreadable files, and masses of files', async () => {
    await write(join(base, 'outside.ts'), 'export const secret = 1;\n');
    const link = join(workspace, 'exercises/0-poc/01-first/link.ts');
    await symlink(join(base, 'outside.ts'), link);
    expect(await failure(first)).toMatchObject({
      code: 'LOAD_FAILED',
      message: expect.stringContaining(
        'link.ts could not be loaded: it is a link to a file outside the workspace',
      ),
    });
    await rm(link);
    await put('01-first/big.ts', `// ${'x'.repeat(1_048_576)}`);
    expect((await failure(first)).message).toContain(
      'big.ts could not be loaded: it is larger than 1024 KiB',
    );
    await rm(join(workspace, 'exercises/0-poc/01-first/big.ts'));
    if (process.getuid?.() !== 0) {
      await chmod(join(workspace, 'exercises/0-poc/01-first/sum.ts'), 0);
      expect((await failure(first)).message).toContain('permission denied');
      await chmod(join(workspace, 'exercises/0-poc/01-first/sum.ts'), 0o644);
    }
    for (let i = 0; i < 201; i++) await put(`01-first/f${i}.ts`, '');
    expect((await failure(first)).message).toContain('more than 200 .ts files');
  });

  it('does not wait for the compiler for ever', async () => {
    const result = await run(first, { timeoutMs: 1 });
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'COMPILE_TIMEOUT' } });
  });

  it('stops when it is told to, without a verdict', async () => {
    await expect(run(first, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});

it('says so when the build cannot be written', async () => {
  await write(join(base, 'file'), '');
  await expect(run(first, { buildRoot: join(base, 'file') })).rejects.toMatchObject({ code: 'NOT_WRITABLE' });
});

it('leaves the sources alone', async () => {
  await run(first);
  expect(await readFile(join(workspace, 'exercises/0-poc/01-first/sum.ts'), 'utf8')).toBe(sum);
});
