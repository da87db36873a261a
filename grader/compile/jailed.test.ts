/** The compiler and the scan in a jail, on texts that are meant to break or to use them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Build } from '../core/types.ts';
import { findExercise, loadCurriculum } from '../curriculum/index.ts';
import { hasJail } from '../jail/index.ts';
import { compile, scanRules } from './index.ts';

const curriculum = await loadCurriculum();
const exercise = findExercise(curriculum, '0.1');
const jail = { slot: 0 };

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'craft-compile-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function compiled(text: string, timeoutMs = 20_000) {
  const work = mkdtempSync(join(root, 'work-'));
  const file = join(work, 'exercises', '0-poc', '01-queue', 'queue.ts');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return compile({ curriculum, exercise, sourceRoot: work, buildRoot: join(work, 'build'), jail, timeoutMs });
}

// Debian: bubblewrap.
describe.skipIf(!hasJail())('a compiler in a jail', () => {
  test('compiles, and what it made is scanned in a jail too', async () => {
    const result = await compiled(
      "import { readFileSync } from 'node:vm';\nexport class BoundedQueue { a = eval('1') }\n",
    );
    expect(result.outcome).toBe('failed');
    const good = await compiled(
      "import { runInThisContext } from 'node:vm';\nexport const a = runInThisContext('1');\n",
    );
    if (good.outcome !== 'compiled') throw good.error;
    expect(good.build.jail).toEqual(jail);
    const violations = await scanRules(good.build, curriculum);
    expect(violations).toMatchObject([
      { api: 'node:vm', line: 1, file: 'exercises/0-poc/01-queue/queue.ts' },
    ]);
    expect(violations).toEqual(await scanRules(withoutJail(good.build), curriculum));
  });

  test('reads no file of this machine, whatever a text refers to', async () => {
    const secret = join(root, 'secret.ts');
    writeFileSync(secret, 'hunter2 = ;');
    const result = await compiled(`/// <reference path="${secret}" />\nexport const a: number = 1;\n`);
    if (result.outcome !== 'failed') throw new Error('it has read it');
    expect(result.error.code).toBe('COMPILE_ERROR');
    expect(JSON.stringify(result)).not.toContain('hunter2');
    expect(result.diagnostics).toMatchObject([{ code: 'TS6053' }]);
  });

  test('has its time, and no more', async () => {
    const bomb = `type D = '0'|'1'|'2'|'3'|'4'|'5'|'6'|'7'|'8'|'9';
      type N<T extends unknown[]> = T['length'] extends 900 ? T : N<[...T, 0]>;
      type X<T> = T extends [infer A, ...infer R] ? [N<[]>, A, ...X<R>] : [];
      ${Array.from({ length: 400 }, (_, i) => `export type A${i} = X<N<[${i}]>>; export const a${i}: A${i} = 1;`).join('\n')}`;
    const result = await compiled(bomb, 300);
    if (result.outcome !== 'failed') throw new Error('it has compiled it');
    expect(result.error.code).toBe('COMPILE_TIMEOUT');
  });
});

describe.skipIf(!hasJail())('a scan in a jail', () => {
  test('that a text breaks says so about the text, at the file', async () => {
    // Deeper than any stack: no compiler would let it through, so it is written by hand.
    const deep = `export const a = ${'['.repeat(400_000)}${']'.repeat(400_000)};`;
    const output = join(root, 'broken', 'output');
    const source = join(root, 'broken', 'source');
    const file = 'exercises/0-poc/01-queue/queue.ts';
    for (const [folder, name] of [
      [output, file.replace('.ts', '.js')],
      [source, file],
    ] as const) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), deep);
    }
    const map = { version: 3, sources: [], names: [], mappings: '' };
    writeFileSync(join(output, file.replace('.ts', '.js.map')), JSON.stringify(map));
    const build: Build = { exercise, source, output, files: [file], jail };
    expect(await scanRules(build, curriculum)).toMatchObject([
      { file, line: 1, api: 'a text that craft cannot read' },
    ]);
  });
});

function withoutJail({ jail: _, ...build }: Build): Build {
  return build;
}
