/** What a run is doing, in a few words, from its events. */
import type { Exercise, Stage } from '../core/types.ts';
import type { RunEvent } from '../run/index.ts';

export interface RunningAt {
  readonly stage: Stage | 'bench';
  /** `4 of 9`, or what the gate or the bench says. */
  readonly detail: string;
}

/** Follows one run: null for events that change nothing. */
export function runningText({ checks }: Pick<Exercise, 'checks'>): (event: RunEvent) => RunningAt | null {
  let stage: Stage = 'compile';
  let done = 0;
  return (event) => {
    switch (event.type) {
      case 'stage':
        stage = event.stage;
        return { stage, detail: stage === 'behaviour' ? `0 of ${checks.length}` : '' };
      case 'check':
        done += 1;
        return { stage, detail: `${done} of ${checks.length}` };
      case 'gate-progress':
        return { stage, detail: `${event.id}: ${event.text}` };
      case 'gate':
        return { stage, detail: `${event.result.id}: ${event.result.outcome}` };
      case 'notice':
        return null;
    }
  };
}
