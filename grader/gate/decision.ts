/** What a gate's rule says of its samples, before the gate's own words are added. */
import type { GateResult } from '../core/types.ts';

export interface Decision
  extends Pick<GateResult, 'outcome' | 'measured' | 'reason' | 'note' | 'yardstick'> {}

/** Noise decided, not the work: the same advice everywhere. */
export function noisy(measured: number, what: string): Decision {
  return { outcome: 'inconclusive', measured, reason: `${what}. Close other programs and run again.` };
}
