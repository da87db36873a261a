/** Ways round the scan, each tried by a real program in a real Node process. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compilerPath } from '../compile/index.ts';
import { packageRoot } from '../core/paths.ts';
import { refusedBy } from '../core/refused.ts';
import type { Exercise, ForbiddenApi } from '../core/types.ts';

const own: readonly ForbiddenApi[] = [
  { api: 'JSON.parse', why: 'parse' },
  { api: 'fetch', why: 'client' },
  { api: 'node:http', why: 'server' },
  { api: 'node:crypto.createHash', why: 'hash' },
  { api: 'URL', why: 'url' },
];
/** Node loads it when it is first looked at, with code that parses JSON. */
const response: ForbiddenApi = { api: 'Response', why: 'response' };
const list = (allow: string[], more: readonly ForbiddenApi[]): readonly ForbiddenApi[] =>
  refusedBy({ forbid: [...own, ...more], allow } as Partial<Exercise> as Exercise);

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'craft traps '));
  const traps = join(packageRoot, 'grader/subject/traps.ts');
  const types = ['--types', 'node', '--typeRoots', join(packageRoot, 'node_modules/@types')];
  const options = ['--module', 'nodenext', '--target', 'es2023', '--noCheck', ...types];
  execFileSync(compilerPath(), [
    traps,
    '--ignoreConfig',
    '--outDir',
    join(root, 'grader/subject'),
    ...options,
  ]);
  mkdirSync(join(root, 'grader/checks'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs a student's module after the traps were set; what it printed, or the error that ended it. */
function run(
  source: string,
  {
    allow = [] as string[],
    flags = ['--disallow-code-generation-from-strings'],
    driver = '',
    more = [] as ForbiddenApi[],
  } = {},
): string {
  writeFileSync(join(root, 'student.js'), source);
  writeFileSync(join(root, 'grader/checks/driver.js'), driver);
  writeFileSync(
    join(root, 'host.js'),
    `import { installTraps } from './grader/subject/traps.js';
     installTraps(${JSON.stringify(list(allow, more))});
     try {
       await import('./student.js');
       await import('./grader/checks/driver.js');
     } catch (error) { console.log(error.name + ' ' + error.message); }`,
  );
  const args = ['--enable-source-maps', ...flags, join(root, 'host.js')];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return `${stdout}${stderr}`.trim() || `exit code ${status}`;
}

describe('a program is stopped, with the reason, when it', () => {
  it('parses with a Response', () => {
    const source = "new (globalThis['Resp' + 'onse'])('{}').json()";
    expect(run(source, { more: [response] })).toBe('ForbiddenApi Response: response');
  });

  const SCAN = 'it would run code that craft cannot read; write the code itself';
  const IMPORT = 'use an import statement at the top of the file';
  const INSIDES = "it reaches Node's insides; use the node: modules";

  it.each([
    ['asks for a builtin module', "process.getBuiltinModule('node:http')", 'node:http: server'],
    [
      'does so by a spelt name',
      "process['get' + 'BuiltinModule']('fs')",
      `process.getBuiltinModule: ${IMPORT}`,
    ],
    [
      'does so by an import',
      "const p = await import('node:' + 'process'); p.getBuiltinModule('fs')",
      `process.getBuiltinModule: ${IMPORT}`,
    ],
    [
      'makes a require function',
      "const m = await import('node:' + 'module'); m.createRequire(import.meta.url)('http')",
      `node:module: ${IMPORT}`,
    ],
    [
      'does so by the default export',
      "const m = await import('node:' + 'module'); m.default.createRequire(import.meta.url)('http')",
      `node:module: ${IMPORT}`,
    ],
    ['asks for a binding', "process['bind' + 'ing']('fs')", `process.binding: ${INSIDES}`],
    [
      'loads machine code',
      "process['dl' + 'open']({ exports: {} }, '/x')",
      'process.dlopen: exercises are written in TypeScript',
    ],
    ['evaluates', "eval('1')", `eval: ${SCAN}`],
    ['evaluates indirectly', "globalThis['ev' + 'al']('1')", `eval: ${SCAN}`],
    ['makes a function from a string', "new Function('return 1')()", `Function: ${SCAN}`],
    ['does so without new', "globalThis['Func' + 'tion']('return 1')()", `Function: ${SCAN}`],
    ['does so through any function', "(() => {}).constructor('return 1')()", `Function: ${SCAN}`],
    ['does so through an async function', "(async () => {}).constructor('return 1')()", `Function: ${SCAN}`],
    ['does so through a generator', "(function* () {}).constructor('yield 1')()", `Function: ${SCAN}`],
    [
      'does so through an async generator',
      "(async function* () {}).constructor('yield 1')()",
      `Function: ${SCAN}`,
    ],
    [
      'does so through the parent of such a constructor',
      "Object.getPrototypeOf((async () => {}).constructor)('return 1')()",
      `Function: ${SCAN}`,
    ],
    ['does so by Reflect', "Reflect.construct(Function, ['return 1'])", `Function: ${SCAN}`],
    ['does so by a subclass', "new (class extends Function {})('return 1')", `Function: ${SCAN}`],
    ['calls a refused member', "const name = 'parse'; JSON[name]('1')", 'JSON.parse: parse'],
    ['hands it on', "['1'].map(JSON['par' + 'se'])", 'JSON.parse: parse'],
    ['goes round it by Response', "await new Response('1').json()", 'JSON.parse: parse'],
    ['calls a refused global', "await globalThis['fet' + 'ch']('data:,x')", 'fetch: client'],
    [
      'calls a refused member of a module',
      "const c = await import('node:' + 'crypto'); c.createHash('md5')",
      'node:crypto.createHash: hash',
    ],
    ['constructs a refused class', "new globalThis['U' + 'RL']('x:y')", 'URL: url'],
    [
      'finds that class through an object',
      "const u = await import('node:url'); new u.URL.prototype.constructor('x:y')",
      'URL: url',
    ],
  ])('%s', (_, source, message) => {
    expect(run(`${source};`)).toBe(`ForbiddenApi ${message}`);
  });

  it('evaluates, also without the flag that forbids it to V8', () => {
    for (const source of ["eval('1')", "(async () => {}).constructor('')()", "new Function('')"]) {
      expect(run(source, { flags: [] })).toContain('ForbiddenApi');
    }
  });

  it('patches everything that a trap could need', () => {
    const source = `
      let sitePrototype;
      Error.prepareStackTrace = (_, sites) => { sitePrototype = Object.getPrototypeOf(sites[0]); };
      new Error().stack;
      const yes = () => true;
      const exit = process.reallyExit.bind(process);
      for (const prototype of [String, Array, Map, Function].map((each) => each.prototype)) {
        for (const key of Object.getOwnPropertyNames(prototype)) {
          if (key !== 'constructor') try { prototype[key] = yes; } catch {}
        }
      }
      try { sitePrototype.getFileName = () => ${JSON.stringify(pathToFileURL('/x').href)}; } catch {}
      Reflect.apply = yes;
      let caught = 'not refused';
      try { JSON.parse('1'); } catch (error) { caught = error.name; }
      exit(caught === 'ForbiddenApi' ? 42 : 1);
    `;
    expect(run(source)).toBe('exit code 42');
  });

  it('asks for a refused module where it may ask for others', () => {
    const allow = ['process.getBuiltinModule'];
    for (const id of ['http', 'node:http', 'vm', 'node:test', 'node:test/reporters', 'node:child_process']) {
      expect(run(`process.getBuiltinModule('${id}')`, { allow })).toContain('ForbiddenApi node:');
    }
    const source =
      "console.log(typeof process.getBuiltinModule('node:fs').readFileSync, process.getBuiltinModule('x'))";
    expect(run(source, { allow })).toBe('function undefined');
  });
});

describe('everything else goes on working', () => {
  it('imports, sockets, streams, timers, source maps, errors', () => {
    const source = `
      import { createServer, connect } from 'node:net';
      import { readFile } from 'node:fs/promises';
      import { setTimeout as sleep } from 'node:timers/promises';
      const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
      await new Promise((done) => server.once('listening', done));
      const client = connect(server.address().port, '127.0.0.1');
      let text = '';
      for await (const chunk of client) text += chunk;
      server.close();
      await sleep(1);
      const zlib = await import('node:zlib');
      const unzipped = zlib.gunzipSync(zlib.gzipSync('x')).toString();
      const mine = await readFile('package.json').catch(() => 'none');
      let stack = '';
      try { null.x; } catch (error) { stack = error.stack; }
      console.log(text, unzipped, typeof mine, stack.includes('student.js'), JSON.stringify({ a: 1 }), structuredClone(2));
    `;
    expect(run(source)).toMatch(/^hello x (string|object) true {"a":1} 2$/);
  });

  it('functions are still functions, and classes still classes', () => {
    const source = `
      const checks = [
        (() => {}) instanceof Function, (async () => {}) instanceof Function,
        (() => {}).constructor === Function, Function.prototype === Object.getPrototypeOf(() => {}),
        (async () => {}).constructor.name === 'AsyncFunction', typeof JSON.parse === 'function', JSON.parse.name === 'parse',
        Object.keys(JSON).length === 0, class {} instanceof Function,
      ];
      console.log(checks.join());
    `;
    expect(new Set(run(source).split(','))).toEqual(new Set(['true']));
  });

  it('a driver of craft may use what the student may not', () => {
    const driver =
      "console.log(JSON.parse('[1]')[0], ['2'].map((x) => JSON.parse(x))[0], new URL('x:y').href);";
    expect(run('', { driver })).toBe('1 2 x:y');
  });

  it('a student who names a file like craft does is no driver', () => {
    mkdirSync(join(root, 'student/grader/subject'), { recursive: true });
    writeFileSync(join(root, 'student/grader/subject/a.js'), "JSON.parse('1')");
    expect(run("await import('./student/grader/subject/a.js')")).toBe('ForbiddenApi JSON.parse: parse');
  });

  it('without any trap', () => {
    writeFileSync(
      join(root, 'bare.js'),
      "import { installTraps } from './grader/subject/traps.js';\ninstallTraps([]);\nconsole.log(eval('JSON.parse(\"1\")'));",
    );
    expect(execFileSync(process.execPath, [join(root, 'bare.js')], { encoding: 'utf8' })).toBe('1\n');
  });
});
