/** Operations counted by instrumented I/O: exact, so one run decides and there is nothing to retry. */
import { CraftError } from '../core/errors.ts';
import { createRandom } from '../core/random.ts';
import type { Subject } from '../subject/types.ts';
import type { Decision } from './decision.ts';
import type { Session } from './session.ts';
import { short } from './statistics.ts';
import type { CountGate, GateContext, Measured } from './types.ts';

export function decideCount(gate: Pick<CountGate, 'limit' | 'unit'>, { value, note }: Measured): Decision {
  const noted = note === undefined ? {} : { note };
  if (value <= gate.limit) return { outcome: 'passed', measured: value, ...noted };
  // The note is what was counted: said in the reason, it is not said once more.
  const counted = note ?? `${short(value)} ${gate.unit}`;
  return { outcome: 'failed', measured: value, reason: `${counted}; the limit is ${short(gate.limit)}` };
}

export async function runCount(gate: CountGate, session: Session): Promise<Decision> {
  return decideCount(gate, await measureOnce(gate, session, 'count'));
}

/** One call of a gate's own `measure`, with subjects that end after it. */
export async function measureOnce(
  gate: { readonly id: string; measure(context: GateContext): Promise<Measured> },
  session: Session,
  round: string,
): Promise<Measured> {
  session.check();
  const subjects: Subject[] = [];
  const measured = await gate.measure({
    start: async (options) => {
      const subject = await session.start(options);
      subjects.push(subject);
      return subject;
    },
    random: createRandom(session.seed(round)),
    scratch: await session.scratch(),
    log: (line) => session.progress(line),
  });
  await session.release(subjects);
  if (!Number.isFinite(measured.value)) {
    throw new CraftError('INTERNAL', { message: `gate ${gate.id} measured ${measured.value}` });
  }
  return measured;
}
