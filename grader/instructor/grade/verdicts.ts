/** What an error code of the pipeline is called in a class: the only table of it. */
import type { ErrorCode } from '../../core/errors.ts';
import type { GradeVerdict } from '../../core/grading.ts';
import type { Verdict } from '../../core/types.ts';

/** Codes that say something about the student's work; every other one is the grader's own trouble. */
const verdicts: Partial<Record<ErrorCode, GradeVerdict>> = {
  COMPILE_ERROR: 'COMPILE_ERROR',
  COMPILE_TIMEOUT: 'COMPILE_ERROR',
  FILE_UNREADABLE: 'COMPILE_ERROR',
  FORBIDDEN_API: 'FORBIDDEN',
  SUPPRESSED_TYPES: 'FORBIDDEN',
  NOT_WRITTEN: 'NOT_WRITTEN',
  EXPECTATION: 'TEST_FAIL',
  CHECKS_MISSING: 'TEST_FAIL',
  MISSING_EXPORT: 'TEST_FAIL',
  MISSING_MEMBER: 'TEST_FAIL',
  THREW: 'TEST_FAIL',
  NOT_PLAIN: 'TEST_FAIL',
  LOAD_FAILED: 'CRASHED',
  CALL_TIMEOUT: 'TIMEOUT',
  LOAD_TIMEOUT: 'TIMEOUT',
  EXITED: 'CRASHED',
  KILLED: 'CRASHED',
  ABORTED: 'CRASHED',
  UNHANDLED: 'CRASHED',
  SERVER_DIED: 'CRASHED',
  MEMORY_LIMIT: 'MEMORY_LIMIT',
  CPU_LIMIT: 'CPU_LIMIT',
  PROCESS_LIMIT: 'PROCESS_LIMIT',
  OUTPUT_LIMIT: 'OUTPUT_LIMIT',
  PROTOCOL_ERROR: 'PROTOCOL_ERROR',
  GATE_FAILED: 'PERF_FAIL',
  INCONCLUSIVE: 'PERF_UNSURE',
  FILE_MISSING: 'MISSING',
};

/** Undefined when the verdict says nothing about the work: the grader failed. */
export function gradeVerdict(verdict: Verdict): GradeVerdict | undefined {
  if (verdict.outcome === 'passed') return 'PASSED';
  if (verdict.outcome === 'error') return undefined;
  const found = verdicts[verdict.code];
  // A type that never ends, or a file that the compiler cannot hold: the program was not even begun.
  const early = verdict.stage === 'compile' && found !== undefined && found !== 'MISSING';
  return early ? 'COMPILE_ERROR' : found;
}
