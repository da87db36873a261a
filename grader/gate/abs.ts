/**
 * A wall-clock figure, the best of a few rounds. On a busy machine such a figure says little of the work: so the limit
 * stands at a third of what the reference does, and a miss on a busy machine is no verdict.
 */
import { measureOnce } from './count.ts';
import type { Decision } from './decision.ts';
import { noisy } from './decision.ts';
import { contention } from './noise.ts';
import type { Session } from './session.ts';
import { highest, lowest, short } from './statistics.ts';
import type { AbsGate } from './types.ts';

/** One round: the figure, and how many times longer than alone work took on this machine just then. */
export interface AbsSample {
  readonly value: number;
  readonly contention: number;
  /** What the gate itself says of the round. */
  readonly note?: string;
}

/** The least distance between the reference and the limit. */
export const headroomNeeded = 3;

/** Beyond this, other programs took so much of the processor that a miss proves nothing. */
const busy = 1.5;

export function decideAbs(
  gate: Pick<AbsGate, 'limit' | 'better' | 'unit'>,
  samples: readonly AbsSample[],
): Decision {
  const values = samples.map((sample) => sample.value);
  const best = gate.better === 'lower' ? lowest(values) : highest(values);
  const good = gate.better === 'lower' ? best <= gate.limit : best >= gate.limit;
  const own = samples.find((sample) => sample.value === best)?.note;
  const rounds = `best of ${values.length}: ${values.map(short).join(', ')} ${gate.unit}`;
  const note = own === undefined ? rounds : `${rounds}; ${own}`;
  if (good) return { outcome: 'passed', measured: best, note };
  // The quietest round had its chance: if even that one shared its processor, the machine may be what was measured.
  const quietest = lowest(samples.map((sample) => sample.contention));
  if (quietest > busy) {
    return { ...noisy(best, `other programs made work here take ${short(quietest)} times as long`), note };
  }
  const limit = `${gate.better === 'lower' ? 'at most' : 'at least'} ${short(gate.limit)} ${gate.unit}`;
  return {
    outcome: 'failed',
    measured: best,
    reason: `${short(best)} ${gate.unit}; the gate asks for ${limit}`,
    note,
  };
}

export async function runAbs(gate: AbsGate, session: Session): Promise<Decision> {
  const samples: AbsSample[] = [];
  const rounds = gate.rounds ?? 5;
  for (let round = 0; round < rounds; round++) {
    session.progress(`round ${round + 1} of ${rounds}`);
    const before = contention();
    const measured = await measureOnce(gate, session, `round ${round}`);
    samples.push({ ...measured, contention: Math.max(before, contention()) });
  }
  return decideAbs(gate, samples);
}

/** How far the reference (the number that its text begins with) stands from the limit; undefined if it names none. */
export function headroom(gate: Pick<AbsGate, 'limit' | 'better' | 'reference'>): number | undefined {
  const reference = Number.parseFloat(gate.reference.replaceAll(',', ''));
  if (!Number.isFinite(reference)) return undefined;
  return gate.better === 'lower' ? gate.limit / reference : reference / gate.limit;
}
