/** From what an exercise asks and what was seen of a submission to points: a pure function. */
import type { GradedCheck, GradedGate, GradeVerdict } from '../../core/grading.ts';
import type { CheckFailure, CheckResult, GateResult, Verdict } from '../../core/types.ts';
import { clean, cleanLine } from '../../report/clean.ts';
import { type Points, shares, sumPoints } from './points.ts';
import { gradeVerdict } from './verdicts.ts';

/** A gate as its exercise declares it: shown also where it was not reached. */
export type GateClaim = Pick<GradedGate, 'id' | 'title' | 'kind' | 'limit' | 'unit' | 'better'>;

/** What is asked, and what it is worth. */
export interface ScoreManifest {
  /** Ids of the checks, in order. */
  readonly checks: readonly string[];
  readonly gates: readonly GateClaim[];
  readonly points: Points;
}

/** What the judge saw. */
export interface Observation {
  readonly verdict: Verdict;
  readonly checks: readonly CheckResult[];
  /** The last word on each gate that was held. */
  readonly gates: readonly GateResult[];
  /** How often the gates were held: more than once when noise decided. */
  readonly rounds: number;
}

export interface Scored {
  readonly verdict: GradeVerdict;
  readonly reason: string;
  readonly score: number;
  readonly maxScore: number;
  readonly checks: readonly GradedCheck[];
  readonly gates: readonly GradedGate[];
}

const longestMessage = 8_192;
const longestReason = 300;

/** Undefined when the observation says nothing about the work, only about the grader. */
export function score(manifest: ScoreManifest, seen: Observation, seed: string): Scored | undefined {
  const verdict = gradeVerdict(seen.verdict);
  if (verdict === undefined) return undefined;
  // What ran was not what was read, or did not run at all: whatever was seen counts for nothing.
  const { verdict: ended } = seen;
  const counts = !(ended.outcome === 'failed' && (ended.stage === 'compile' || ended.stage === 'rules'));
  const checks = gradeChecks(manifest, counts ? seen.checks : [], seed);
  const gates = gradeGates(manifest, counts ? seen.gates : []);
  return {
    verdict,
    reason: reasonOf(seen.verdict, checks.length, gates.length),
    score: sumPoints([...checks, ...gates].map(({ points }) => points)),
    maxScore: sumPoints([...checks, ...gates].map(({ maxPoints }) => maxPoints)),
    checks,
    gates,
  };
}

/** Nothing was reached: a submission that was not taken in, or a grader that failed. */
export function unreached(
  manifest: ScoreManifest,
  seed: string,
): Pick<Scored, 'checks' | 'gates' | 'maxScore'> {
  const checks = gradeChecks(manifest, [], seed);
  const gates = gradeGates(manifest, []);
  return { checks, gates, maxScore: sumPoints([...checks, ...gates].map(({ maxPoints }) => maxPoints)) };
}

function gradeChecks(
  { checks, points }: ScoreManifest,
  results: readonly CheckResult[],
  seed: string,
): GradedCheck[] {
  const worth = shares(points.checks, checks.length);
  return checks.map((id, i) => {
    const maxPoints = worth[i] ?? 0;
    const found = results.find((result) => result.id === id);
    if (found === undefined) {
      return { id, title: id, status: 'not reached', points: 0, maxPoints, ms: 0, seed };
    }
    const { title, status, ms, failure } = found;
    return {
      id,
      title: cleanLine(title),
      status,
      points: status === 'passed' ? maxPoints : 0,
      maxPoints,
      ms,
      seed: found.seed,
      ...(failure === undefined ? {} : { message: messageOf(failure) }),
    };
  });
}

function gradeGates({ gates, points }: ScoreManifest, results: readonly GateResult[]): GradedGate[] {
  const worth = shares(points.gates, gates.length);
  return gates.map((claim, i) => {
    const share = worth[i] ?? 0;
    const found = results.find(({ id }) => id === claim.id);
    if (found === undefined) {
      return { ...claim, status: 'not reached', points: 0, maxPoints: share, measured: null, ms: 0 };
    }
    const status = found.outcome === 'inconclusive' ? 'ungraded' : found.outcome;
    return {
      ...claim,
      limit: found.limit,
      status,
      points: status === 'passed' ? share : 0,
      // Nobody can win or lose what was not decided.
      maxPoints: status === 'ungraded' ? 0 : share,
      measured: found.measured !== null && Number.isFinite(found.measured) ? found.measured : null,
      ms: found.ms,
      ...(found.reason === undefined ? {} : { message: cut(clean(found.reason), longestMessage) }),
    };
  });
}

function reasonOf(verdict: Verdict, checks: number, gates: number): string {
  if (verdict.outcome !== 'passed') return oneLine(withoutAdvice(verdict));
  const also = gates === 0 ? '' : ` and ${gates === 1 ? 'the gate' : `${gates} gates`}`;
  return `All ${checks} checks${also} passed.`;
}

/** The advice of these sentences is for a workspace, where a command mends it. */
function withoutAdvice(verdict: Exclude<Verdict, { outcome: 'passed' }>): string {
  const { code, summary } = verdict;
  if (code === 'FILE_MISSING') return summary.replace(/ is not there\. .*$/, ' was not handed in.');
  return code === 'FILE_UNREADABLE' ? summary.replace(/ Put the stub back .*$/, '') : summary;
}

/** What a student reads about a check, plain and in the order in which it helps. */
function messageOf(failure: CheckFailure): string {
  const { summary, expected, received, where, cause, exhibit, curl } = failure;
  const lines = [
    summary,
    ...(expected === undefined ? [] : [`expected: ${expected}`]),
    ...(received === undefined ? [] : [`received: ${received}`]),
    ...(where === undefined ? [] : [`where: ${where}`]),
    ...(cause === undefined ? [] : [`likely: ${cause}`]),
    ...(exhibit === undefined ? [] : [exhibit]),
    ...(curl === undefined ? [] : [`repeat it: ${curl}`]),
  ];
  return cut(clean(lines.join('\n')), longestMessage);
}

/** One clean line, as long as a cell of a table can hold. */
export function oneLine(text: string): string {
  return cut(cleanLine(text), longestReason);
}

/** At most so many bytes of UTF-8, with a sign that something was left out. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const kept = Buffer.from(text)
    .subarray(0, bytes - 3)
    .toString('utf8');
  return `${kept.replace(/\uFFFD+$/, '')}…`;
}
