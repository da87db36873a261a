/**
 * How fair the gates of the course are: every reference solution, and every mutant that a gate must refuse, judged
 * again and again on a quiet machine and beside one busy loop per core.
 *
 *   npm run bench:fairness -- [--runs 20] [--exercise 0.1] [--conditions quiet,loaded]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Exercise } from '../core/types.ts';
import { findExercise, loadCurriculum } from '../curriculum/index.ts';
import { createRunner } from '../run/index.ts';
import { edit, loadMutants, ownLibrary, readSources, type Sources } from './source.ts';
import { judgeSources } from './trials.ts';

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    exercise: { type: 'string' },
    conditions: { type: 'string', default: 'quiet,loaded' },
  },
});
const curriculum = loadCurriculum();
const library = ownLibrary();
const chosen =
  flags.exercise === undefined ? curriculum.exercises : [findExercise(curriculum, flags.exercise)];
const runner = createRunner();

interface Row {
  readonly exercise: Exercise;
  readonly gate: string;
  /** `reference`, or a mutant's id. */
  readonly what: string;
  readonly sources: Sources;
}

async function rowsOf(exercise: Exercise): Promise<Row[]> {
  const reference = readSources(join(library.solutions, exercise.id), exercise.files);
  const { mutants = [] } = (await loadMutants(library, exercise)) ?? {};
  const slow = mutants.filter(({ killedBy }) => exercise.gates.includes(killedBy));
  return [
    ...exercise.gates.map((gate) => ({ exercise, gate, what: 'reference', sources: reference })),
    ...slow.flatMap((mutant) => {
      const result = edit(reference, mutant);
      return 'edited' in result
        ? [{ exercise, gate: mutant.killedBy, what: mutant.id, sources: result.edited }]
        : [];
    }),
  ];
}

/** One process per core that does nothing but burn it. */
function startLoad(condition: string): () => void {
  const loops: ChildProcess[] = [];
  if (condition === 'loaded') {
    for (let core = 0; core < availableParallelism(); core++)
      loops.push(spawn(process.execPath, ['-e', 'for (;;);']));
  }
  return () => {
    for (const loop of loops) loop.kill('SIGKILL');
  };
}

async function measure({ exercise, gate, what, sources }: Row, condition: string): Promise<string> {
  const counts = { passed: 0, failed: 0, inconclusive: 0 };
  const values: number[] = [];
  const startedAt = performance.now();
  for (let run = 0; run < Number(flags.runs); run++) {
    const attempt = await judgeSources(exercise, sources, { curriculum, library }, runner, {
      only: 'gate',
      gates: [gate],
    });
    const [result] = attempt.gates;
    if (result === undefined) throw new Error(`${exercise.id}: ${JSON.stringify(attempt.verdict)}`);
    counts[result.outcome]++;
    if (result.measured !== null) values.push(result.measured);
  }
  const seconds = (performance.now() - startedAt) / 1000 / Number(flags.runs);
  values.sort((a, b) => a - b);
  const [low, high] = [values[0], values.at(-1)].map((value) =>
    value === undefined ? '-' : Number(value.toPrecision(3)),
  );
  const verdicts = `${counts.passed} / ${counts.inconclusive} / ${counts.failed}`;
  return `| ${exercise.number} ${gate} | ${what} | ${condition} | ${verdicts} | ${low} to ${high} | ${seconds.toFixed(1)} |`;
}

const [load = 0] = loadavg();
print(
  `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, Node ${process.versions.node}, load ${load.toFixed(1)}`,
);
print(`${flags.runs} runs each; busy loops when loaded: ${availableParallelism()}\n`);
print(
  '| gate | what | machine | passed / inconclusive / failed | measured | s a run |\n|---|---|---|---|---|---|',
);
const rows = (await Promise.all(chosen.map(rowsOf))).flat();
for (const condition of flags.conditions.split(',')) {
  const stop = startLoad(condition);
  try {
    for (const row of rows) print(await measure(row, condition));
  } finally {
    stop();
  }
}
await runner.close();
