/** predict, journal and the best benches of list, in a workspace in which everything is passed. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openHistory } from '../grader/bench/history.ts';
import type { Workspace } from '../grader/core/types.ts';
import { loadCurriculum } from '../grader/curriculum/index.ts';
import { measurement, result, runWith } from '../grader/fixtures/bench.ts';
import { attempt, content } from '../grader/fixtures/progress/workspace.ts';
import { type FakeIo, fakeIo } from '../grader/fixtures/terminal.ts';
import { openProgress } from '../grader/progress/index.ts';
import { main } from './main.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'craft journal ö-')));
const workspace: Workspace = { root: join(folder, 'w'), state: join(folder, 'w', '.craft') };
const file = join(workspace.root, 'PERFORMANCE.md');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function craft(
  line: string | readonly string[],
  options: Parameters<typeof fakeIo>[1] = {},
): Promise<FakeIo & { code: number }> {
  const io = fakeIo(workspace.root, options);
  return { ...io, code: await main(typeof line === 'string' ? line.split(' ') : line, io) };
}

beforeAll(async () => {
  expect(await main(['init', workspace.root], fakeIo(folder))).toBe(0);
  const store = openProgress(workspace);
  for (const { id } of loadCurriculum().exercises)
    await store.recordAttempt(attempt({ exercise: id }), content);
});

const bench = (exercise: string, name: string, rate: number) =>
  openHistory(workspace).record(
    runWith({
      target: { kind: 'exercise', name, exercise },
      result: { ...result, rate },
      spec: { ...measurement.spec, clients: 100 },
    }),
  );

describe('before the first bench', () => {
  test('the journal names what to run first', async () => {
    const { code, err } = await craft('journal');
    expect(code).toBe(2);
    expect(err()).toContain('there is none yet. Run one first: npx craft bench');
    expect((await craft('journal 0.6')).err()).toContain('0.6 The monitor has no bench yet');
    expect((await craft('journal 0.1')).err()).toContain('answers no HTTP');
    expect((await craft('journal moniter')).err()).toContain('Did you mean "monitor"?');
  });

  test('the question is shown, and asked on a terminal; a figure is asked for until it is one', async () => {
    const shown = await craft('predict 0.6');
    expect(shown.out()).toMatch(/^Predict · 0\.6 The monitor\n\n.*\?\n\nAnswer before/s);
    const typed = 'the store gives up first\nmany\n5,000\n\n';
    const { code, out } = await craft('predict 0.6', { isTTY: true, typed });
    expect(code).toBe(0);
    expect(out()).toMatch(
      /Your answer .*Requests per second\? .*Write it in figures, like 5000\..*p99, in ms\?/s,
    );
    expect(out()).toContain('Your prediction is kept.');
    const json = JSON.parse((await craft('predict 0.6 --json')).out());
    expect(json).toMatchObject({ schema: 1, exercise: '0-poc/06-monitor', serves: true, recorded: false });
    expect(json.prediction).toMatchObject({
      answer: 'the store gives up first',
      rate: 5_000,
      beforeFirstBench: true,
      revisions: [],
    });
    expect(json.prediction).not.toHaveProperty('p99');
  });

  test('nothing said is nothing kept', async () => {
    const { out } = await craft('predict 0.3', { isTTY: true, typed: '\n\n\n' });
    expect(out()).toMatch(/Nothing was kept\.\n$/);
    const left = fakeIo(workspace.root, { isTTY: true, typed: 'half an answer\n5000\n' });
    (left.stdin as PassThrough).end();
    expect(await main(['predict', '0.3'], left)).toBe(0);
    expect(left.out()).toMatch(/\nNothing was kept\.\n$/);
    expect(JSON.parse((await craft('predict 0.3 --json')).out()).prediction).toBeNull();
  });

  test('what is said by options is added to what was said before', async () => {
    await craft(['predict', '0.3', '--answer', 'the parser']);
    await craft('predict 0.3 --rate 700');
    await craft('predict 0.3 --rate 800 --p99 3');
    const { prediction } = JSON.parse((await craft('predict 0.3 --json')).out());
    expect(prediction).toMatchObject({ answer: 'the parser', rate: 800, p99: 3 });
    expect(prediction.revisions).toHaveLength(2);
  });

  test.each([
    [['predict', '0.6', '--rate', '0'], '--rate needs a number above 0, not "0"'],
    [['predict', '0.6', '--rate', '-5'], '--rate needs a number above 0, not "-5"'],
    [['predict', '0.6', '--p99', '3ms'], '--p99 needs a number above 0, not "3ms"'],
    [['predict', '0.1', '--rate', '5'], 'answers no HTTP'],
    [['predict', '0.6', '--answer', 'x'.repeat(2_001)], 'may be 2000 characters long'],
    [['predict', 'nothing'], 'UNKNOWN_EXERCISE'],
  ])('%j is refused with exit 2', async (argv, sentence) => {
    const { code, err, out } = await craft(argv);
    expect({ code, out: out() }).toEqual({ code: 2, out: '' });
    expect(err()).toContain(sentence);
  });

  test('an exercise that serves nothing is answered in words', async () => {
    const { out } = await craft(['predict', '0.1', '--answer', 'about 140 ms']);
    expect(out()).toContain('Write it, then find out: npx craft run 0.1');
  });
});

describe('with benches', () => {
  beforeAll(() => {
    bench('0-poc/03-ingest', '0.3 The front door', 4_000);
    bench('0-poc/06-monitor', '0.6 The monitor', 12_400);
  });

  test('list has the best figure of each exercise', async () => {
    const json = JSON.parse((await craft('list --json')).out());
    const of = (number: string) => json.exercises.find((each: { number: string }) => each.number === number);
    expect(of('0.6').bench).toEqual({ rate: 12_400, p99: result.latency?.p99, clients: 100, number: 2 });
    expect(of('0.1')).not.toHaveProperty('bench');
    expect((await craft('list')).out()).toMatch(/0\.6 .*best: .*bench 12,400 requests\/s$/m);
  });

  test('what is said now is a revision', async () => {
    const { out } = await craft('predict 0.6 --rate 12_400');
    expect(out()).toMatch(/kept as a revision/);
    const { prediction } = JSON.parse((await craft('predict 0.6 --json')).out());
    expect(prediction).toMatchObject({ rate: 5_000, revisions: [{ rate: 12_400, beforeFirstBench: false }] });
  });

  test('the journal is written, filled, and leaves the student’s words alone', async () => {
    const { code, out } = await craft('journal');
    expect(code).toBe(0);
    expect(out()).toMatch(
      /^✓ PERFORMANCE\.md\n {2}0\.3 .*new section +bench 1\n {2}0\.6 .*new section .*3\.10 times/,
    );
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/## 0\.3 The front door[\s\S]*## 0\.6 The monitor/);
    expect((await craft('journal')).out()).toContain('Nothing new for PERFORMANCE.md.');
    expect(readFileSync(file, 'utf8')).toBe(text);

    const mine = text.replace(/\*Was it what.*\n/, 'I learnt this.\n');
    writeFileSync(file, mine);
    bench('0-poc/06-monitor', '0.6 The monitor', 20_000);
    const json = JSON.parse((await craft('journal 0.6 --json')).out());
    expect(json).toMatchObject({
      schema: 1,
      path: file,
      phases: [{ exercise: '0-poc/06-monitor', action: 'updated', before: 1, after: 3, ratio: { rate: 5 } }],
    });
    const after = readFileSync(file, 'utf8');
    expect(after).toContain('I learnt this.');
    expect(after).toContain('5.00 times the requests/s of before');
  });

  test('a damaged bench is left out and said', async () => {
    writeFileSync(join(workspace.state, 'bench', '3.json'), '{"schema":1');
    const { code, err } = await craft('journal');
    expect(code).toBe(0);
    expect(err()).toContain('.craft/bench/3.json is no bench of craft (not JSON) and is left out.');
    expect((await craft('list --json')).code).toBe(0);
  });

  test('a link in the place of PERFORMANCE.md is not followed', async () => {
    rmSync(file);
    symlinkSync('/etc/hostname', file);
    const { code, err } = await craft('journal');
    expect(code).toBe(2);
    expect(err()).toContain('it is a link');
  });
});
