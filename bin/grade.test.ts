/** `craft grade` as an instructor meets it: what it says, how it ends, and what is left when it is ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../grader/core/paths.ts';
import { handIn } from '../grader/fixtures/class.ts';
import { survivors } from '../grader/fixtures/survivors.ts';
import { fakeIo } from '../grader/fixtures/terminal.ts';
import { main } from './main.ts';

const folder = mkdtempSync(join(tmpdir(), 'craft-grading-'));
const temporary = join(folder, 'tmp');
const submissions = join(folder, 'class');
const students = ['ada', 'lin', 's01', 's02', 's03', 's04'];
const craft = join(packageRoot, 'dist', 'bin', 'craft.js');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  // For root, submissions run as users of their own, who must come through.
  chmodSync(folder, 0o711);
  mkdirSync(temporary);
  for (const student of students) handIn(submissions, student, student === 'ada' ? 'right' : 'broken');
});

const usual = ['--exercises', '0.1', '--no-gates', '--allow-unsealed', '--seed', 'the seed of this test'];

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function grade(...words: string[]): Promise<Ran> {
  const io = fakeIo(folder);
  const code = await main(['grade', ...words], io);
  return { code, out: io.out(), err: io.err() };
}

describe('craft grade', () => {
  test('shows the class, writes every format, and ends with 0 whatever the grades', async () => {
    const { code, out } = await grade('class', ...usual, '--out', 'results');
    expect(code).toBe(0);
    for (const student of students) expect(out).toContain(student);
    expect(out).toContain('All of it: results');
    const files = readdirSync(join(folder, 'results'));
    expect(files).toEqual(
      expect.arrayContaining([
        'class.json',
        'grades.csv',
        'index.html',
        'junit.xml',
        'run.json',
        'run.jsonl',
      ]),
    );
    const json = await grade('class', ...usual, '--out', 'results', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ schema: 1, students: { length: students.length } });
    const csv = await grade('class', ...usual, '--out', 'results', '--format', 'csv');
    expect(csv.out.trim().split(/\r?\n/)).toHaveLength(students.length + 1);
    const merged = await grade('merge', 'results', '--out', 'merged', '--json');
    expect([merged.code, JSON.parse(merged.out).students]).toEqual([0, JSON.parse(json.out).students]);
  });

  test('says in one line what is wrong with what it was given', async () => {
    mkdirSync(join(folder, 'nobody'), { recursive: true });
    writeFileSync(join(folder, 'course.json'), '{"key":"short"}');
    const cases: readonly (readonly [words: string[], says: string | RegExp])[] = [
      [['nowhere'], 'nowhere is not there: name a folder of submissions or a roster (.csv).'],
      [['nobody', ...usual], 'holds no submissions'],
      [['class', ...usual, '--out', 'class'], 'would write beside the submissions'],
      [['class', ...usual, '--out', 'course.json'], 'course.json is a file: name a folder.'],
      [['class', '--shard', '0/4'], '--shard must be like 2/4'],
      [['class', '--shard', '1/2'], '--shard needs --seed, or a course file with a key'],
      [['class', '--jobs', '0'], '--jobs must be a whole number'],
      [['class', '--exercises', '9.9'], 'There is no exercise "9.9"'],
      [['class', '--course', 'course.json'], /course\.json: "key"/],
      [['class', '--checks', 'nobody', ...usual], 'behaviour.test.ts'],
      [['merge', 'nobody', '--out', 'x'], 'nobody cannot be merged'],
      [['merge', 'results'], "Required option '--out <folder>'"],
    ];
    for (const [words, says] of cases) {
      const { code, out, err } = await grade(...words);
      expect([words, code, out]).toEqual([words, 2, '']);
      expect(err.trim().split('\n')).toHaveLength(2);
      if (typeof says === 'string') expect(err.replaceAll(/\s+/g, ' ')).toContain(says);
      else expect(err.replaceAll(/\s+/g, ' ')).toMatch(says);
    }
  });
});

/** A grader of its own, with its own folder for temporary files. */
function start(out: string, ...words: string[]): ChildProcess {
  const child = spawn(process.execPath, [craft, 'grade', submissions, ...usual, '--out', out, ...words], {
    cwd: folder,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout?.resume();
  return child;
}

const lines = (out: string): string[] => {
  const path = join(folder, out, 'run.jsonl');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
};

/** Resolves when `reached` says so, or the process has ended. */
async function until(child: ChildProcess, reached: () => boolean): Promise<void> {
  while (!reached() && child.exitCode === null && child.signalCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function nobodyLeft(): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (survivors(temporary).length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(survivors(temporary)).toEqual([]);
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

/** Ids of the judges of a grader. */
function judges(grader: ChildProcess): number[] {
  return survivors(temporary)
    .map(Number)
    .filter((pid) => pid !== grader.pid && commandOf(pid).endsWith('grade/judge.js'));
}

function commandOf(pid: number): string {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
    return words[0]?.endsWith('node') === true ? (words.at(-1) ?? '') : '';
  } catch {
    return '';
  }
}

describe.skipIf(process.platform !== 'linux')('a grader that is ended', () => {
  test('by kill -9, again and again, is taken up where it was, and nothing is graded twice', async () => {
    const points: readonly (() => boolean)[] = [
      () => existsSync(join(folder, 'killed', 'run.json')),
      () => readdirSync(temporary).some((name) => name.startsWith('craft-grade-')),
      ...students.map((_, i) => () => lines('killed').length > i),
    ];
    for (const reached of points) {
      const child = start('killed', '--jobs', '1');
      await until(child, reached);
      child.kill('SIGKILL');
      await ended(child);
    }
    const last = start('killed');
    expect(await ended(last)).toBe(0);
    await nobodyLeft();
    const keys = lines('killed').map((line) => (JSON.parse(line) as { key: string }).key);
    expect(keys).toHaveLength(students.length);
    expect(new Set(keys).size).toBe(students.length);
    expect(readdirSync(temporary).filter((name) => name.startsWith('craft-grade-'))).toEqual([]);
    const { students: graded } = JSON.parse(readFileSync(join(folder, 'killed', 'class.json'), 'utf8'));
    expect(graded.map(({ score }: { score: number }) => score)).toEqual([8, 0, 0, 0, 0, 0]);
  });

  // CRAFT_KILLS=60 npx vitest run bin/grade.test.ts: some two minutes.
  test.runIf(process.env.CRAFT_KILLS)('at any moment loses nothing', { timeout: 900_000 }, async () => {
    const kills = Number(process.env.CRAFT_KILLS);
    for (let i = 0; i < kills; i++) {
      const child = start('often', '--jobs', '2');
      const began = performance.now();
      await until(child, () => performance.now() - began > 60 + (i * 2_000) / kills);
      child.kill('SIGKILL');
      await ended(child);
      const keys = lines('often').map((line) => (JSON.parse(line) as { key: string }).key);
      expect(new Set(keys).size).toBe(keys.length);
      // Whatever is there now must be found, and not made again.
      if (keys.length === students.length) rmSync(join(folder, 'often'), { recursive: true });
    }
    expect(await ended(start('often'))).toBe(0);
    await nobodyLeft();
    expect(lines('often')).toHaveLength(students.length);
    expect(readdirSync(temporary).filter((name) => name.startsWith('craft-grade-')).length).toBeLessThan(3);
  });

  test('by Ctrl-C keeps what was graded, ends all processes, and says how to go on', async () => {
    const child = start('stopped', '--jobs', '1');
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await until(child, () => lines('stopped').length > 0);
    child.kill('SIGINT');
    expect(await ended(child)).toBe(2);
    const kept = lines('stopped').length;
    expect(said.replaceAll(/\s+/g, ' ')).toContain(
      `Stopped: ${kept} of ${students.length} are graded and kept`,
    );
    await nobodyLeft();
    expect(readdirSync(temporary).filter((name) => name.startsWith('craft-grade-'))).toEqual([]);
  });

  test('is one: a second one on the same results waits for nobody', async () => {
    const first = start('shared', '--jobs', '1');
    await until(first, () => lines('shared').length > 0);
    const { code, err } = await grade('class', ...usual, '--out', 'shared');
    first.kill('SIGINT');
    await ended(first);
    expect([code, err]).toEqual([2, expect.stringContaining('LOCKED_WORKSPACE')]);
  });

  test('loses only its judge when that is killed: the cell is judged again', async () => {
    const child = start('judged', '--jobs', '1');
    let killed = 0;
    await until(child, () => {
      const [judge] = lines('judged').length === killed ? judges(child) : [];
      if (judge !== undefined && killed < 1) {
        process.kill(judge, 'SIGKILL');
        killed++;
      }
      return killed >= 1;
    });
    expect(await ended(child)).toBe(0);
    expect(killed).toBe(1);
    const attempts = lines('judged').map((line) => (JSON.parse(line) as { attempts: number }).attempts);
    expect(attempts.toSorted()).toEqual([1, 1, 1, 1, 1, 2]);
    await nobodyLeft();
  });
});
