/** What pairs of turns say about two servers: a ratio, and how sure it is. */
import type { Ratio } from './types.ts';

/**
 * The ratio that pairs of figures agree on: the geometric mean of first over second, with its 95 % interval.
 *
 * Each pair is two turns next to each other, so what the machine did to both cancels. Ratios are symmetric in their
 * logarithms (twice as fast is as far from 1 as half as fast), and of these few a mean and Student's t give the interval.
 * Null for fewer than two pairs, or when a figure is not above 0.
 */
export function ratioOf(pairs: readonly (readonly [first: number, second: number])[]): Ratio | null {
  const logs = pairs.map(([first, second]) => Math.log(first / second));
  const count = logs.length;
  if (count < 2 || !logs.every(Number.isFinite)) return null;
  const mean = logs.reduce((sum, each) => sum + each, 0) / count;
  const variance = logs.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (count - 1);
  const margin = studentT(count - 1) * Math.sqrt(variance / count);
  return { value: Math.exp(mean), low: Math.exp(mean - margin), high: Math.exp(mean + margin) };
}

/** Two-sided 95 % points of Student's t for 1 to 30 degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.2). */
const points = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** From 31 on the expansion around the normal point (Abramowitz and Stegun 26.7.5) is right to three digits. */
export function studentT(degrees: number): number {
  const z = 1.959964;
  return (
    points[degrees - 1] ??
    z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2)
  );
}
