/** How every format of a class names verdicts, writes points, and counts what belongs together. */
import type { GradeRecord, GradeVerdict } from '../../core/grading.ts';
import { figure } from '../gates.ts';

export const verdictWords: Readonly<Record<GradeVerdict, string>> = {
  PASSED: 'passed',
  TEST_FAIL: 'a check failed',
  COMPILE_ERROR: 'does not compile',
  FORBIDDEN: 'uses what the exercise forbids',
  NOT_WRITTEN: 'not written yet',
  TIMEOUT: 'did not end in time',
  CPU_LIMIT: 'used too much CPU time',
  MEMORY_LIMIT: 'used too much memory',
  PROCESS_LIMIT: 'started too many processes',
  OUTPUT_LIMIT: 'printed too much',
  CRASHED: 'ended by itself',
  PROTOCOL_ERROR: "wrote to craft's own channel",
  PERF_FAIL: 'correct, but a gate did not pass',
  PERF_UNSURE: 'correct; noise decided a gate',
  MISSING: 'not handed in',
  REJECTED: 'submission refused',
  UNGRADED: 'not graded',
};

/** At most two decimals, none that say nothing: `10`, `7.5`, `0.67`. */
export function points(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** `7.5 of 10`; `not graded`. */
export function scoreWords({ score, maxScore }: Pick<GradeRecord, 'score' | 'maxScore'>): string {
  return score === null ? 'not graded' : `${points(score)} of ${points(maxScore)}`;
}

/** `1.02 exponent, at most 1.35` */
export function gateWords(gate: GradeRecord['gates'][number]): string {
  const unit = gate.unit === '' ? '' : ` ${gate.unit}`;
  const measured = gate.measured === null ? 'nothing measured' : `${figure(gate.measured)}${unit}`;
  return `${measured}, ${gate.better === 'lower' ? 'at most' : 'at least'} ${figure(gate.limit)}`;
}

/** `1 student`, `2 students` */
export function plural(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}
