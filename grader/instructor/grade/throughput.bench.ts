/**
 * How fast a class is graded: submissions per minute over phase 0, without and with gates, sealed where the machine can.
 *
 *   npm run bench:grade -- [--submissions 30] [--exercises 0.1-0.7] [--jobs 4] [--gates no,yes]
 *
 * One submission in three is right, one has mistakes in two exercises, one has stopped half-way: as a class is.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../core/paths.ts';
import { loadCurriculum } from '../../curriculum/index.ts';
import { selectExercises } from './course.ts';
import { gradeClass } from './index.ts';

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const { values: flags } = parseArgs({
  options: {
    submissions: { type: 'string', default: '30' },
    exercises: { type: 'string', default: '0.1-0.7' },
    jobs: { type: 'string', default: String(2 * availableParallelism()) },
    gates: { type: 'string', default: 'no,yes' },
  },
});
const count = Number(flags.submissions);
const exercises = selectExercises(loadCurriculum(), [flags.exercises]);
const students = join(packageRoot, 'grader', 'fixtures', 'students');

/** Wrong solutions that students of 0.1 and 0.2 have handed in. */
const mistakes: readonly (readonly [id: string, folder: string])[] = [
  ['0-poc/01-queue', 'queue/throws-when-full'],
  ['0-poc/02-store', 'store/no-error-handling'],
];

function handIn(folder: string, number: number): void {
  const root = join(folder, `s${String(number).padStart(3, '0')}`, 'exercises');
  const kind = number % 3;
  for (const [i, { id, directory }] of exercises.entries()) {
    const solved = kind !== 2 || i < exercises.length / 2;
    const from = solved ? join(packageRoot, 'solutions', id) : directory;
    mkdirSync(join(root, id), { recursive: true });
    cpSync(from, join(root, id), { recursive: true, filter: (path) => !path.endsWith('.md') });
  }
  if (kind !== 1) return;
  for (const [id, wrong] of mistakes) cpSync(join(students, wrong), join(root, id), { recursive: true });
}

const folder = mkdtempSync(join(tmpdir(), 'craft-throughput-'));
try {
  const submissions = join(folder, 'class');
  for (let number = 0; number < count; number++) handIn(submissions, number);
  const load = (): string => loadavg()[0]?.toFixed(1) ?? '';
  print(
    `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}, ` +
      `${new Date().toISOString().slice(0, 10)}, load average ${load()}; ` +
      `${count} submissions of ${exercises.length} exercises, ${flags.jobs} jobs\n`,
  );
  print('| gates | tier | submissions/min | results/min | s in all | not graded | verdicts |');
  print('|---|---|---|---|---|---|---|');
  for (const gates of flags.gates.split(',').map((word) => word === 'yes')) {
    const began = performance.now();
    const report = await gradeClass({
      input: submissions,
      out: join(folder, gates ? 'with' : 'without'),
      exercises: [flags.exercises],
      jobs: Number(flags.jobs),
      gates,
      allowUnsealed: true,
      seed: 'a benchmark has the same seeds',
      signal: new AbortController().signal,
      onNotice: print,
    });
    const seconds = (performance.now() - began) / 1_000;
    const records = report.students.flatMap((student) => student.records);
    const verdicts = new Map<string, number>();
    for (const { verdict } of records) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    const figures = [
      gates ? 'held' : 'left out',
      report.tier,
      ((count / seconds) * 60).toFixed(1),
      ((records.length / seconds) * 60).toFixed(0),
      seconds.toFixed(0),
      report.students.reduce((sum, { ungraded }) => sum + ungraded, 0),
      [...verdicts].map(([verdict, times]) => `${times} ${verdict}`).join(', '),
    ];
    print(`| ${figures.join(' | ')} |`);
  }
  print(`\nLoad average at the end: ${load()}.`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
