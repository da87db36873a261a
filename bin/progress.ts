/** The line that is rewritten while a run is under way. */
import type { Live, RunningAt } from '../grader/index.ts';

export function showProgress(live: Live): (at: RunningAt) => void {
  return ({ stage, detail }) => live.status(`… ${stage} ${detail}`.trimEnd());
}
