/** What a judge does about one cell: which parts of the pipeline run, in which order, and how often. */
import type { Attempt, CheckResult, Exercise, GateResult, Only, Verdict } from '../../core/types.ts';
import type { CheckSet, JudgeTask } from './protocol.ts';
import type { Observation } from './score.ts';

/** A gate that noise decides is held so often. */
const mostRounds = 3;

/** One run of the pipeline. */
export interface Part {
  readonly exercise: Exercise;
  readonly only?: Only;
  /** Of an instructor's own checks. */
  readonly directory?: string;
  /** Nothing of this grader runs beside its gates. */
  readonly quiet?: boolean;
}

export type RunPart = (part: Part) => Promise<Attempt>;

type Asked = Pick<JudgeTask, 'sets' | 'gates'>;

/** What has been seen so far; the first verdict that is no pass counts. */
interface Seen {
  verdict: Verdict;
  readonly checks: CheckResult[];
  readonly gates: Map<string, GateResult>;
}

function add(seen: Seen, attempt: Attempt): void {
  seen.checks.push(...attempt.checks);
  for (const gate of attempt.gates) seen.gates.set(gate.id, gate);
  // The first failure stays, whatever becomes of others; the judge's own says that nothing is known.
  const isOpen = seen.verdict.outcome === 'passed' || seen.verdict.outcome === 'inconclusive';
  if (isOpen || attempt.verdict.outcome === 'error') seen.verdict = attempt.verdict;
}

/** Checks, then gates when all of them passed, as the task says. */
export async function observe(task: Asked, exercise: Exercise, run: RunPart): Promise<Observation> {
  const { sets, gates } = task;
  const seen: Seen = { verdict: { outcome: 'passed' }, checks: [], gates: new Map() };
  const gated = { ...exercise, gates };
  const [first] = sets;
  if (sets.length === 1 && first?.directory === undefined) {
    // The usual case is one run, which compiles once.
    add(seen, await run(gates.length === 0 ? { exercise, only: 'behaviour' } : { exercise: gated }));
  } else {
    for (const set of sets) {
      if (seen.verdict.outcome === 'error' || isEarly(seen.verdict)) break;
      add(seen, await runSet(run, exercise, set));
    }
    if (seen.verdict.outcome === 'passed' && gates.length > 0) {
      add(seen, await run({ exercise: gated, only: 'gate' }));
    }
  }
  const rounds = await holdAgain(run, exercise, seen);
  return { verdict: seen.verdict, checks: seen.checks, gates: [...seen.gates.values()], rounds };
}

function runSet(run: RunPart, exercise: Exercise, { directory, checks }: CheckSet): Promise<Attempt> {
  const part = { exercise: { ...exercise, checks }, only: 'behaviour' as const };
  return run(directory === undefined ? part : { ...part, directory });
}

/** Holds gates that noise has decided again, with nothing beside them; returns how often gates were held in all. */
async function holdAgain(run: RunPart, exercise: Exercise, seen: Seen): Promise<number> {
  if (seen.gates.size === 0) return 0;
  for (let rounds = 1; ; rounds++) {
    const open = [...seen.gates.values()].filter(({ outcome }) => outcome === 'inconclusive');
    if (open.length === 0 || rounds === mostRounds) return rounds;
    const again = { ...exercise, gates: open.map(({ id }) => id) };
    add(seen, await run({ exercise: again, only: 'gate', quiet: true }));
  }
}

/** It did not compile, or breaks a rule: other checks would meet the same. */
function isEarly(verdict: Verdict): boolean {
  return verdict.outcome === 'failed' && (verdict.stage === 'compile' || verdict.stage === 'rules');
}
