/** Threads that student code starts, in exercises that allow them, are held by the traps of the main thread. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { builtGraderRoot } from '../core/paths.ts';
import type { Build, Exercise } from '../core/types.ts';
import { startSubject } from './index.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'craft-threads-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const forbid = [{ api: 'JSON.parse', why: 'you write the parser' }];

/** What `attack` of the module resolves with, or the name and the message of what it throws. */
async function attack(files: Readonly<Record<string, string>>): Promise<unknown> {
  const exercise = { id: '0-poc/01-threads', forbid, allow: ['node:worker_threads'] } as unknown as Exercise;
  const folder = join(root, 'output', 'exercises', exercise.id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, 'output', 'package.json'), '{"type":"module"}');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const build: Build = { exercise, source: join(root, 'source'), output: join(root, 'output'), files: [] };
  const subject = await startSubject({ build });
  try {
    return await (await subject.load('attack.ts')).callWithin(5_000, 'attack');
  } catch (error) {
    return error instanceof Error ? error.message : error;
  } finally {
    await subject.shutdown();
  }
}

const start = (call: string): string => `
  import * as threads from 'node:worker_threads';
  import { Worker } from 'node:worker_threads';
  export const attack = () => new Promise((resolve, reject) => {
    const worker = ${call};
    worker.once('message', (message) => { resolve(message); void worker.terminate(); });
    worker.once('error', reject);
  });`;
const post = (expression: string): string => `
  import { parentPort } from 'node:worker_threads';
  let answer;
  try { answer = ${expression}; } catch (error) { answer = error.name + ': ' + error.message; }
  parentPort.postMessage(answer);`;
const file = "new Worker(new URL('./thread.js', import.meta.url))";

test('a thread works', async () => {
  expect(await attack({ 'attack.js': start(file), 'thread.js': post('6 * 7') })).toBe(42);
});

test.each([
  ['JSON.parse("1")', 'ForbiddenApi: JSON.parse: you write the parser'],
  ['process.binding("fs")', 'ForbiddenApi: process.binding'],
  ['(0, eval)("1 + 1")', 'ForbiddenApi: eval'],
  ['new (async () => {}).constructor("return 1")', 'ForbiddenApi: Function'],
])('%s is refused in a thread', async (expression, message) => {
  expect(await attack({ 'attack.js': start(file), 'thread.js': post(expression) })).toContain(message);
});

test('a thread of a thread is held too, also when the table that Node gives to threads was changed', async () => {
  const nested = `
    import { parentPort, setEnvironmentData, Worker } from 'node:worker_threads';
    setEnvironmentData('craft', { traps: [] });
    new Worker(new URL('./inner.js', import.meta.url)).once('message', (m) => parentPort.postMessage(m));`;
  const files = { 'attack.js': start(file), 'thread.js': nested, 'inner.js': post('JSON.parse("1")') };
  expect(await attack(files)).toBe('ForbiddenApi: JSON.parse: you write the parser');
});

test.each([
  ["new Worker('1', { eval: true })"],
  ["new Worker(new URL('data:text/javascript,1'))"],
  ["new threads.Worker(new URL('data:text/javascript,1'))"],
  ["new threads.default.Worker(new URL('data:text/javascript,1'))"],
  [
    "new Worker(new URL('./thread.js', import.meta.url), { execArgv: ['--import', 'data:text/javascript,1'] })",
  ],
])('%s is refused: nobody could read that code', async (call) => {
  expect(await attack({ 'attack.js': start(call), 'thread.js': '' })).toContain(
    'Worker is not allowed here: a thread runs a file',
  );
});

test('a class that extends Worker is held as well', async () => {
  const source = `class Mine extends Worker {}${start("new Mine('1', { eval: true })")}`;
  expect(await attack({ 'attack.js': source })).toContain('Worker is not allowed here: a thread runs a file');
});

test("a driver's thread finds the student's code", async () => {
  const inside = pathToFileURL(join(builtGraderRoot, 'harness', 'driver.js')).href;
  const thread = `
    import { parentPort } from 'node:worker_threads';
    import { student } from '${inside}';
    parentPort.postMessage((await student('answer.ts')).answer);`;
  const files = { 'attack.js': start(file), 'thread.js': thread, 'answer.js': 'export const answer = 42;' };
  expect(await attack(files)).toBe(42);
});
