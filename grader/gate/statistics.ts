/** The few statistics that gates decide by. Host noise only ever adds, hence minima, never means. */

/** The smallest; NaN of nothing. */
export function lowest(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((a, b) => Math.min(a, b));
}

/** The second smallest; the smallest when there is only one. */
export function secondLowest(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[1] ?? sorted[0] ?? Number.NaN;
}

export function highest(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((a, b) => Math.max(a, b));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** How many times the larger of two is the smaller: 1 when equal. */
export function fold(a: number, b: number): number {
  return Math.max(a / b, b / a);
}

/** Slope of log y over log x, by least squares. */
export function logSlope(xs: readonly number[], ys: readonly number[]): number {
  const points = xs.map((x, i) => [Math.log(x), Math.log(ys[i] ?? Number.NaN)] as const);
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

/** `1.234` -> `1.23`, `0.01234` -> `0.012`: enough digits to compare, no more. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 100
    ? String(Math.round(value))
    : String(Number(value.toPrecision(Math.abs(value) < 1 ? 2 : 3)));
}

/** How far 1.34 is from 1: `34 %`. */
export function percent(ratio: number): string {
  return `${Math.round(Math.abs(ratio - 1) * 100)} %`;
}
