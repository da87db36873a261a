/** `craft run`, by the built program: a student's program on the student's terminal. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../grader/core/paths.ts';

const craft = join(packageRoot, 'dist', 'bin', 'craft.js');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'craft rün-')));
const workspace = join(folder, 'metric stream');
const file = 'exercises/0-poc/01-queue/queue.ts';
const queue = join(workspace, file);
const solution = readFileSync(join(packageRoot, 'solutions/0-poc/01-queue/queue.ts'), 'utf8');
let stub = '';

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(...args: string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [craft, 'run', ...args], {
    cwd: workspace,
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

beforeAll(() => {
  execFileSync(process.execPath, [craft, 'init', workspace], { cwd: folder });
  stub = readFileSync(queue, 'utf8');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The solution, and at its top level this. */
const program = (text: string): void => writeFileSync(queue, `${solution}\n${text}\n`);

test('an unwritten stub is one line with its place, no stack trace', () => {
  writeFileSync(queue, stub);
  const { code, out, err } = run();
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(
    /^✗ This is not written yet: [^\n]+ \(exercises\/0-poc\/01-queue\/queue\.ts:\d+:\d+\)\.\n {2}\(NOT_WRITTEN\)\n$/,
  );
});

test('compile errors come as in verify, all of them, and leave stdout alone', () => {
  program('const one: number = "1";\nconst two: string = 2;');
  const { code, out, err } = run('0.1');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err.match(/^exercises\/0-poc\/01-queue\/queue\.ts:\d+:\d+ TS2322$/gm)).toHaveLength(2);
  expect(err).toContain('It does not compile yet.');
});

test('arguments, output and the exit code are those of the program', () => {
  program('console.log(JSON.stringify(process.argv.slice(2))); console.error("said"); process.exit(7);');
  expect(run('0.1', '--port', '8080', 'a b')).toEqual({
    code: 7,
    out: '["--port","8080","a b"]\n',
    err: 'said\n',
  });
  program('process.kill(process.pid, "SIGKILL");');
  expect(run('0.1')).toMatchObject({ code: 137, out: '' });
});

test('a stack trace names the files of the workspace', () => {
  program('function broken(): never {\n  throw new Error("mine");\n}\nbroken();');
  const { code, err } = run('0.1');
  const line = `${solution}\n`.split('\n').length + 1;
  expect(code).toBe(1);
  expect(err).toContain(`at broken (${queue}:${line}:9)`);
  expect(err).not.toContain('.craft');
});

test('Ctrl-C is the program’s to answer; what is sent to craft alone is handed on', async () => {
  program(`process.on('SIGTERM', () => { console.log('stopping'); setTimeout(() => process.exit(3), 50); });
console.log('ready');
await new Promise(() => setInterval(() => {}, 1_000));`);
  const child = spawn(process.execPath, [craft, 'run', '0.1'], {
    cwd: workspace,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    if (out === 'ready\n') {
      // As a terminal sends it, it would reach the program too: craft alone does not hand it on, and waits.
      child.kill('SIGINT');
      child.kill('SIGTERM');
    }
  });
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(3);
  expect(out).toBe('ready\nstopping\n');
});

test('nothing is left behind, and the folder of a craft that was killed goes with the next run', () => {
  const runs = join(workspace, '.craft/run');
  const { pid } = spawnSync('true');
  execFileSync('mkdir', ['-p', join(runs, String(pid))]);
  program('process.exit(0);');
  expect(run('0.1')).toEqual({ code: 0, out: '', err: '' });
  expect(existsSync(runs) ? readdirSync(runs) : []).toEqual([]);
});

test('verify --all shows for each that fails what to mend first', () => {
  writeFileSync(queue, stub);
  const { status, stdout, stderr } = spawnSync(process.execPath, [craft, 'verify', '--all'], {
    cwd: workspace,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  expect(stdout.split('\n').map((line) => line.trim())).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^✗ 0\.1 {2}./),
      expect.stringContaining('[capacity]'),
      expect.stringContaining('This is not written yet:'),
      expect.stringMatching(/^exercises\/0-poc\/01-queue\/queue\.ts:\d+:\d+$/),
      'all of it: npx craft verify 0.1',
    ]),
  );
});
