/** Numbers as the bench reports write them: three significant figures, thousands apart, counts exact. */

/** Three figures are more than any bench can tell apart: `5,330`, `12.4`, `0.31`. */
export function three(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  // The decimals are those of the value once it is rounded: 9.999 is 10.0.
  const size = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(3)))));
  const decimals = Math.min(Math.max(0, 2 - size), 3);
  const rounded = size > 2 ? Number(value.toPrecision(3)) : value;
  return rounded.toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

/** Exact, thousands apart. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `99.98 %`: never 100 when something is missing, never 0 when something is there. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '0 %';
  const percent = (part / whole) * 100;
  if (part === whole || part === 0) return `${percent} %`;
  return `${Math.min(99.99, Math.max(0.01, percent)).toFixed(2)} %`;
}

/** A length of time: `500 ms`, `10 s`, `1.5 min`. */
export function span(ms: number): string {
  const tidy = (value: number): string => String(Number(value.toFixed(1)));
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${tidy(ms / 1_000)} s` : `${tidy(ms / 60_000)} min`;
}

/** `2026-11-23 12:04 UTC` */
export function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** Numbers under each other: their right ends line up. */
export function right(text: string, columns: number): string {
  return text.padStart(columns);
}
