import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../core/paths.ts';
import { refusedBy } from '../core/refused.ts';
import type { Exercise, ForbiddenApi, RuleViolation } from '../core/types.ts';
import { compile, ruleError, scanRules } from './index.ts';

const forbid: readonly ForbiddenApi[] = [
  { api: 'JSON.parse', why: 'the parser is what you build' },
  { api: 'fetch', why: 'the client is what you build' },
  { api: 'http', why: 'the server is what you build' },
  { api: 'node:crypto.createHash', why: 'the hash is what you build' },
];

const exercise: Exercise = {
  id: '0-poc/01-parser',
  number: '0.1',
  craft: '0-poc',
  slug: 'parser',
  title: '',
  summary: '',
  minutes: 1,
  files: ['main.ts'],
  given: [],
  imports: [],
  prerequisites: [],
  checks: [],
  gates: [],
  forbid,
  allow: [],
  directory: '',
};

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'craft-rules-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Compiles and scans files of the exercise; a text alone is main.ts. */
async function check(
  sources: string | Record<string, string>,
  more: Partial<Exercise> = {},
): Promise<RuleViolation[]> {
  const files = typeof sources === 'string' ? { 'main.ts': sources } : sources;
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, 'exercises/0-poc/01-parser', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const which = { ...exercise, ...more };
  const curriculum = { directory: join(packageRoot, 'exercises'), exercises: [which] };
  const compiled = await compile({
    curriculum,
    exercise: which,
    sourceRoot: root,
    buildRoot: join(root, 'build'),
  });
  if (compiled.outcome === 'failed') throw compiled.error;
  return scanRules(compiled.build, curriculum);
}

/** What is found, as `line:column api`. */
async function found(source: string, more: Partial<Exercise> = {}): Promise<string[]> {
  const violations = await check(source, more);
  return violations.map(({ line, column, api }) => `${line}:${column} ${api}`);
}

/** The same for many programs, which are compiled at once: each with what is found in it. */
async function foundInAll(sources: readonly string[]): Promise<[source: string, found: string[]][]> {
  const names = sources.map((_, i) => `case${i}.ts`);
  const files = Object.fromEntries(sources.map((source, i) => [`case${i}.ts`, `${source};\nexport {};\n`]));
  const violations = await check(files, { files: names });
  return sources.map((source, i) => [
    source,
    violations
      .filter(({ file }) => file.endsWith(`/case${i}.ts`))
      .map(({ line, column, api }) => `${line}:${column} ${api}`),
  ]);
}

const expected = (cases: typeof refusedHere): [string, string[]][] =>
  cases.map(([source, found]) => [source, found]);

/** Programs and what is found in each, as `line:column api`. */
const refusedHere: readonly (readonly [source: string, found: string[]])[] = [
  ["JSON['parse']('1')", ['1:1 JSON.parse']],
  ['JSON[`parse`]', ['1:1 JSON.parse']],
  ['globalThis.JSON.parse', ['1:1 JSON.parse']],
  ["(globalThis as any)['JSON']?.parse('1')", ['1:2 JSON.parse']],
  ['const { parse } = JSON; parse("1")', ['1:9 JSON.parse']],
  ['const { parse: mine = null } = JSON; void mine', ['1:9 JSON.parse']],
  ['const { JSON: { parse } } = globalThis; void parse', ['1:17 JSON.parse']],
  ['const j = JSON; j.parse("1")', ['1:17 JSON.parse']],
  ['const g = globalThis, j = g.JSON; j.parse("1")', ['1:35 JSON.parse']],
  ['let p; ({ parse: p } = JSON); void p', ['1:11 JSON.parse']],
  ["['1'].map(JSON.parse as any)", ['1:11 JSON.parse']],
  ["void fetch('http://x')", ['1:6 fetch']],
  ["void globalThis.fetch('http://x')", ['1:6 fetch']],
  ['void [fetch].length; { const fetch = 1; void fetch; }', ['1:7 fetch']],
  ['declare const fetch: (u: string) => void; fetch("x")', ['1:43 fetch']],
  ["import http from 'http'; void http", ['1:18 node:http']],
  ["import { request } from 'node:http'; void request", ['1:25 node:http']],
  ["export { request } from 'node:http'", ['1:25 node:http']],
  ["export * from 'node:http'", ['1:15 node:http']],
  ["void import('node:http')", ['1:13 node:http']],
  ["import h = require('node:http'); void h", ['1:1 node:module']],
  ["import { createHash as c } from 'node:crypto'; void c", ['1:10 node:crypto.createHash']],
  ["import * as c from 'crypto'; void c.createHash", ['1:35 node:crypto.createHash']],
];

const refusedEverywhere: readonly (readonly [source: string, found: string[]])[] = [
  ["import { spawn } from 'node:child_process'; void spawn", ['1:23 node:child_process']],
  ["import 'worker_threads'", ['1:8 node:worker_threads']],
  ["import { runInThisContext } from 'node:vm'; void runInThisContext", ['1:34 node:vm']],
  ["import { createRequire } from 'module'; void createRequire", ['1:31 node:module']],
  ["import { test } from 'node:test'; void test", ['1:22 node:test']],
  ["import { tap } from 'node:test/reporters'; void tap", ['1:21 node:test']],
  ["void eval('1')", ['1:6 eval']],
  ["(0, eval)('1')", ['1:5 eval']],
  ["const e = globalThis.eval; e('1')", ['1:11 eval']],
  ["new Function('return 1')", ['1:1 Function']],
  ["const F = Function; F('return 1')", ['1:21 Function']],
  ["require('node:fs')", ['1:1 require']],
  ["(process as any).binding('fs')", ['1:2 process.binding']],
  ["import p from 'node:process'; p.getBuiltinModule('fs')", ['1:31 process.getBuiltinModule']],
  ["import * as p from 'process'; (p as any).default.dlopen({}, 'x')", ['1:32 process.dlopen']],
  [
    "import { getBuiltinModule } from 'node:process'; void getBuiltinModule",
    ['1:10 process.getBuiltinModule'],
  ],
  ["const p = await import('node:process'); p.getBuiltinModule('fs')", ['1:41 process.getBuiltinModule']],
  ["void import('node:' + 'http')", ['1:12 import()']],
  ["const name = 'node:http'; void import(name)", ['1:38 import()']],
];

/** Programs in which nothing is found. */
const harmless: readonly (readonly [title: string, source: string])[] = [
  [
    'comments and strings',
    "// eval(JSON.parse(fetch))\n/* require('node:vm') */\nexport const s = 'eval(`JSON.parse`)';",
  ],
  [
    'types',
    "import type { Server } from 'node:http';\nexport type F = typeof fetch;\nexport type S = Server;",
  ],
  ['types that are imported like values', "import { Server } from 'node:http';\nexport type S = Server;"],
  ['parameters', 'export const f = (fetch: () => void) => fetch();'],
  [
    'local variables, wherever they are declared',
    'export function f() { g(); var fetch = 1; function g() { return fetch; } }',
  ],
  ['destructured names', 'export const f = ({ fetch, JSON: { parse } }: any) => parse(fetch);'],
  ['caught names', 'try { f(); } catch (fetch) { void fetch; }\nfunction f() {}\nexport {};'],
  ['loop variables', 'for (const fetch of [1]) void fetch;\nexport {};'],
  [
    'its own functions and classes',
    'function require(x: number) { return x; }\nclass Function2 { eval() {} }\nnew Function2().eval();\nexport const x = require(1);',
  ],
  [
    'methods and properties of that name',
    'const x = { fetch() {}, parse: 1, eval: 2, require: 3 };\nx.fetch(); void x.parse; void x.eval; void x.require;\nexport {};',
  ],
  ['an object of its own', 'const store = { parse: (x: string) => x };\nstore.parse("1");\nexport {};'],
  [
    'a shadowed JSON',
    'class JSON { static parse(x: string) { return x; } }\nexport const x = JSON.parse("1");',
  ],
  ['labels', 'fetch: for (;;) { break fetch; }\nexport {};'],
  [
    'other members',
    'export const x = JSON.stringify(1);\nimport { randomBytes } from "node:crypto";\nexport const y = randomBytes(1);',
  ],
  [
    'comparisons with Function',
    'export const isF = (x: unknown) => x instanceof Function || (x as any).constructor === Function;',
  ],
  [
    'suppressions of single lines',
    '// @ts-expect-error\nexport const x: number = "a";\n// @ts-ignore\nexport const y: number = "a";',
  ],
  ['a late @ts-nocheck, which does nothing', 'export const x = 1;\n// @ts-nocheck'],
  ['@ts-nocheck in a string or a block comment', '/* @ts-nocheck */\nexport const x = "// @ts-nocheck";'],
  ['written out dynamic imports', 'export const fs = await import("node:fs/promises");'],
  ['its own address', 'export const here = [import.meta.url, import.meta.resolve("./main.ts")];'],
  ['the kernel', "export { realClock } from '../../kernel/index.ts';"],
];

describe('the scan reports', () => {
  it('with file, line, column and the reason', async () => {
    const [violation] = await check(
      'type X = string;\n\ninterface Y { a: X }\nexport const f = (t: string): Y => ({ a: JSON.parse(t) });\n',
    );
    const place = { file: 'exercises/0-poc/01-parser/main.ts', line: 4, column: 42 };
    expect(violation).toEqual({ ...place, api: 'JSON.parse', why: 'the parser is what you build' });
    expect(violation && ruleError(violation)).toMatchObject({
      code: 'FORBIDDEN_API',
      message: 'JSON.parse is not allowed here: the parser is what you build',
      details: { where: 'exercises/0-poc/01-parser/main.ts:4:42' },
    });
  });

  it('what this exercise refuses', async () => {
    expect(await foundInAll(refusedHere.map(([source]) => source))).toEqual(expected(refusedHere));
  });

  it('what every exercise refuses', async () => {
    expect(await foundInAll(refusedEverywhere.map(([source]) => source))).toEqual(
      expected(refusedEverywhere),
    );
  });

  it('packages and files from outside exercises/', async () => {
    await mkdir(join(root, 'node_modules/left'), { recursive: true });
    await writeFile(join(root, 'node_modules/left/package.json'), '{"name":"left","types":"x.d.ts"}');
    await writeFile(join(root, 'node_modules/left/x.d.ts'), 'export declare const left: number;');
    expect(await found("import { left } from 'left';\nexport const x = left;\n")).toEqual(['1:22 left']);
  });

  it('a comment that switches the compiler off, wherever the compiler believes it', async () => {
    for (const directive of [
      '// @ts-nocheck',
      '/// @ts-nocheck',
      '#!/bin/x\n/* a */ //@TS-NOCHECK: because',
    ]) {
      const [violation] = await check(`${directive}\nexport const x: number = 'a';\n`);
      expect(violation && ruleError(violation)).toMatchObject({ code: 'SUPPRESSED_TYPES' });
    }
    expect(await check('// fine\n// @ts-nocheck\nexport const x: number = "a";\n')).toMatchObject([
      { line: 2, column: 1, api: '@ts-nocheck' },
    ]);
  });

  it('helpers that are imported, and only those', async () => {
    const files = {
      'main.ts': "import './a.ts';\nexport {};\n",
      'a.ts': 'eval("1");\n',
      'b.ts': 'eval("1");\n',
    };
    const violations = await check(files);
    expect(violations.map(({ file, api }) => `${file} ${api}`)).toEqual([
      'exercises/0-poc/01-parser/a.ts eval',
    ]);
  });
});

describe('the scan says nothing of', () => {
  it('programs that only look like it', async () => {
    const sources = harmless.map(([title, source]) => `${source}\n// ${title}`);
    expect(await foundInAll(sources)).toEqual(sources.map((source) => [source, []]));
  });

  it('what the exercise allows', async () => {
    const source = "import { Worker } from 'node:worker_threads';\nexport const w = Worker;\n";
    expect(await found(source, { allow: ['worker_threads'] })).toEqual([]);
  });
});

it('traps are the general list and the exercise’s own, whose reason comes first, minus what it allows', () => {
  const traps = refusedBy({ ...exercise, forbid: [{ api: 'eval', why: 'own reason' }], allow: ['node:vm'] });
  expect(traps[0]).toEqual({ api: 'eval', why: 'own reason' });
  expect(traps.filter(({ api }) => api === 'eval')).toHaveLength(1);
  expect(traps.some(({ api }) => api === 'node:vm')).toBe(false);
  expect(traps.some(({ api }) => api === 'process.getBuiltinModule')).toBe(true);
});
