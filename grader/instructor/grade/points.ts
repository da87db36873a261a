/** How many points an exercise has, and how they are dealt out. Counted in hundredths, so that shares add up. */

export interface Points {
  readonly checks: number;
  readonly gates: number;
}

export const defaultPoints = 10;

/** Of an exercise with gates, so much is for them. */
const gateShare = 0.2;

/** Points of an exercise; without gates all of them are for its checks. */
export function splitPoints(total: number, hasGates: boolean): Points {
  if (!hasGates) return { checks: total, gates: 0 };
  const gates = fromCents(Math.round(toCents(total) * gateShare));
  return { checks: subtract(total, gates), gates };
}

/** Equal shares; what does not divide goes to the first ones, a hundredth each. */
export function shares(points: number, count: number): number[] {
  if (count === 0) return [];
  const cents = toCents(points);
  const least = Math.floor(cents / count);
  const more = cents - least * count;
  return Array.from({ length: count }, (_, i) => fromCents(least + (i < more ? 1 : 0)));
}

/** The sum, free of what floating point adds to it. */
export function sumPoints(points: readonly number[]): number {
  return fromCents(points.reduce((sum, each) => sum + toCents(each), 0));
}

function subtract(from: number, points: number): number {
  return fromCents(toCents(from) - toCents(points));
}

const toCents = (points: number): number => Math.round(points * 100);
const fromCents = (cents: number): number => cents / 100;
