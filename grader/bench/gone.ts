/** A comparison that the end of a server broke off. */
import { CraftError } from '../core/errors.ts';
import type { ServerExit } from './death.ts';
import { type Side, type Turn, together } from './measure.ts';
import type { Measurement } from './types.ts';

/** The end of a server that nobody had asked to end. */
export interface End {
  readonly side: 'own' | 'other';
  readonly exit: ServerExit;
  readonly error: CraftError;
}

/** A turn, whole or not, and whether its pair counts. */
export interface Taken {
  readonly side: 'own' | 'other';
  readonly round: number;
  readonly turn: Turn;
}

/** One of the servers ended. What both had served until then is no comparison, and the work of a minute all the same. */
export class ServerGone extends CraftError {
  readonly side: 'own' | 'other';
  readonly exit: ServerExit;
  /** Undefined for one that had not been loaded yet, beside its warm-up. */
  readonly own: Measurement | undefined;
  readonly other: Measurement | undefined;

  constructor({ side, exit, error }: End, sides: readonly [Side, Side], turns: readonly Taken[]) {
    super(error.code, error.details);
    this.side = side;
    this.exit = exit;
    this.own = untilNow(sides[0], 'own', turns);
    this.other = untilNow(sides[1], 'other', turns);
  }
}

/** Without the pair that warms up, unless there is nothing else. */
function untilNow(side: Side, name: 'own' | 'other', all: readonly Taken[]): Measurement | undefined {
  const turns = all.filter((taken) => taken.side === name);
  const counted = turns.filter(({ round }) => round > 0);
  if (turns.length === 0) return undefined;
  const measurement = together(
    side,
    (counted.length > 0 ? counted : turns).map(({ turn }) => turn),
  );
  return { ...measurement, result: { ...measurement.result, interrupted: true } };
}
