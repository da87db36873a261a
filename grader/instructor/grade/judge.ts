/**
 * The judge: a process that runs the pipeline over one submission after another. It loads no student code; that runs in
 * processes of its own below it, in a jail when the task names one. It ends when its standard input does: with the
 * grader, however that ended.
 */
import { writeSync } from 'node:fs';
import { CraftError } from '../../core/errors.ts';
import type { Attempt } from '../../core/types.ts';
import { loadCurriculum } from '../../curriculum/index.ts';
import { createRunner } from '../../run/index.ts';
import { observe, type Part } from './observe.ts';
import { answerChannel, type FromJudge, type JudgeTask, onLines, type ToJudge } from './protocol.ts';
import type { Observation } from './score.ts';

/** How long a stop may take before the process ends without having tidied up. */
const stopMs = 5_000;
const longestText = 16_384;

const curriculum = loadCurriculum();
// No spare: with as many judges as cores, what is started ahead is taken from another one (8 cells: 5.4 s, not 6.0).
const runner = createRunner();
let stopping = new AbortController();
let myTurn = (): void => {};

/** What a student's code made long: a report shows less of it. */
function cut(_key: string, value: unknown): unknown {
  return typeof value === 'string' && value.length > longestText ? value.slice(0, longestText) : value;
}

function answer(message: FromJudge): void {
  const line = Buffer.from(`${JSON.stringify(message, cut)}\n`);
  for (let done = 0; done < line.length; ) done += write(line, done);
}

/** The grader may be slow to read: a full pipe is waited for. */
function write(line: Buffer, from: number): number {
  try {
    return writeSync(answerChannel, line, from);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    return 0;
  }
}

async function inTurn<T>(quiet: boolean, work: () => Promise<T>): Promise<T> {
  const granted = new Promise<void>((resolve) => {
    myTurn = resolve;
  });
  answer({ say: 'turn?', quiet });
  await granted;
  try {
    return await work();
  } finally {
    answer({ say: 'turn over' });
  }
}

function run(task: JudgeTask, { exercise, only, directory, quiet = false }: Part): Promise<Attempt> {
  const { root, state, seed, jail } = task;
  return runner.run({
    curriculum,
    workspace: { root, state },
    exercise,
    record: false,
    seed,
    signal: stopping.signal,
    gateTurn: (work) => inTurn(quiet, work),
    ...(only === undefined ? {} : { only }),
    ...(directory === undefined ? {} : { checksDirectory: directory }),
    ...(jail === undefined ? {} : { jail }),
  });
}

async function judge(task: JudgeTask): Promise<Observation> {
  const exercise = curriculum.exercises.find(({ id }) => id === task.exercise);
  if (exercise === undefined)
    throw new CraftError('UNKNOWN_EXERCISE', { name: task.exercise, suggestion: '' });
  return observe(task, exercise, (part) => run(task, part));
}

async function hear(message: ToJudge): Promise<void> {
  if (message.say === 'your turn') return myTurn();
  if (message.say === 'stop') return stop();
  stopping = new AbortController();
  try {
    answer({ say: 'seen', observation: await judge(message.task) });
  } catch (error) {
    const code = error instanceof CraftError ? error.code : null;
    const text =
      error instanceof Error ? ((code === null ? error.stack : undefined) ?? error.message) : String(error);
    answer({ say: 'failed', code, message: text });
  }
}

function stop(): void {
  stopping.abort();
  // A gate that waits for its turn would wait for ever.
  myTurn();
}

async function end(): Promise<void> {
  setTimeout(() => process.exit(1), stopMs).unref();
  stop();
  await runner.close();
  process.exit(0);
}

// Ctrl-C is for the grader, which then ends our input.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});
onLines(process.stdin, (line) => void hear(JSON.parse(line) as ToJudge));
process.stdin.on('end', () => void end());
process.stdin.on('error', () => void end());
