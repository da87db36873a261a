/** What a cell of the class is, at a glance. */
import type { GradeRecord } from '../../core/grading.ts';

/** Seven shapes, since colour alone is not for everyone, nor for a black-and-white printer. */
export type State = 'passed' | 'slow' | 'partly' | 'failed' | 'open' | 'rejected' | 'ungraded';

export const states: Readonly<Record<State, { readonly mark: string; readonly word: string }>> = {
  passed: { mark: '✓', word: 'passed' },
  slow: { mark: '▲', word: 'all checks passed, a gate did not' },
  partly: { mark: '◐', word: 'passed partly' },
  failed: { mark: '✗', word: 'no points' },
  open: { mark: '○', word: 'not written, or not handed in' },
  rejected: { mark: '⊘', word: 'submission refused' },
  ungraded: { mark: '?', word: 'not graded' },
};

/** The order in which a teacher reads them, from done to urgent. */
export const stateOrder = Object.keys(states) as readonly State[];

export function stateOf({ verdict, score }: GradeRecord): State {
  switch (verdict) {
    case 'PASSED':
      return 'passed';
    case 'PERF_FAIL':
    case 'PERF_UNSURE':
      return 'slow';
    case 'UNGRADED':
      return 'ungraded';
    case 'REJECTED':
      return 'rejected';
    case 'MISSING':
      return 'open';
    case 'NOT_WRITTEN':
      return (score ?? 0) > 0 ? 'partly' : 'open';
    default:
      return (score ?? 0) > 0 ? 'partly' : 'failed';
  }
}
