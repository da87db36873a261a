import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Exercise } from '../core/types.ts';
import { findExercise, loadCurriculum } from '../curriculum/index.ts';
import { type Saves, watchSaves } from './saves.ts';

const curriculum = loadCurriculum();
const exercise = (name: string): Exercise => findExercise(curriculum, name);

let root = '';
let saves: Saves;
/** The text of the file at each save that was told. */
let seen: string[] = [];

const file = (name: string): string => join(root, 'exercises', name);
const queue = '0-poc/01-queue/queue.ts';

beforeEach(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'craft säves-')));
  for (const { id } of curriculum.exercises) mkdirSync(file(id), { recursive: true });
  writeFileSync(file(queue), 'first');
  seen = [];
  saves = watchSaves({ root, state: join(root, '.craft') }, curriculum);
  saves.onSave(() => seen.push(read(queue)));
});

afterEach(async () => {
  await saves.close();
  rmSync(root, { recursive: true, force: true });
});

function read(name: string): string {
  try {
    return readFileSync(file(name), 'utf8');
  } catch {
    return '(none)';
  }
}

/** Until the newest save that was told is this text; vitest's limit is the net. */
async function told(text: string): Promise<void> {
  while (seen.at(-1) !== text) await pause(5);
}

test('a save is told, whether the editor writes the file or replaces it', async () => {
  await saves.follow(exercise('0.1'));
  writeFileSync(file(queue), 'written');
  await told('written');
  writeFileSync(file('0-poc/01-queue/.queue.ts.new'), 'replaced');
  renameSync(file('0-poc/01-queue/.queue.ts.new'), file(queue));
  await told('replaced');
  rmSync(file(queue));
  await told('(none)');
  writeFileSync(file(queue), 'back');
  await told('back');
});

test('a second save right after the first is not lost', async () => {
  await saves.follow(exercise('0.1'));
  for (const [round, gapMs] of [5, 20, 30, 35, 40, 45, 55, 70].entries()) {
    writeFileSync(file(queue), `saved ${round}`);
    await pause(gapMs);
    writeFileSync(file(queue), `formatted ${round}`);
    await told(`formatted ${round}`);
    // Apart from the next pair.
    await pause(150);
  }
});

test('a folder that is removed and put back is still watched', async () => {
  await saves.follow(exercise('0.1'));
  cpSync(file('0-poc/01-queue'), join(root, 'aside'), { recursive: true });
  rmSync(file('0-poc/01-queue'), { recursive: true });
  await told('(none)');
  cpSync(join(root, 'aside'), file('0-poc/01-queue'), { recursive: true });
  await told('first');
  writeFileSync(file(queue), 'after');
  await told('after');
});

test('the exercises below count, also those of those; others and the files of editors do not', async () => {
  await saves.follow(exercise('0.4'));
  writeFileSync(file('0-poc/05-alerts/alerts.ts'), 'later');
  writeFileSync(file('0-poc/01-queue/.#queue.ts'), 'lock');
  writeFileSync(file('0-poc/01-queue/README.md'), 'text');
  await pause(300);
  expect(seen).toEqual([]);
  // 0.4 imports 0.3, and that one 0.1.
  writeFileSync(file(queue), 'changed');
  await told('changed');
  await saves.follow(exercise('0.2'));
  seen = [];
  writeFileSync(file('0-poc/03-ingest/ingest.ts'), 'not followed any more');
  await pause(300);
  expect(seen).toEqual([]);
});
