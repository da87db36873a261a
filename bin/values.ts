/** Reads the values of options: each answers with the value or refuses in one sentence. */
import { CraftError } from '../grader/index.ts';

type Read<T> = (text: string) => T;

interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** A whole number in digits: `1e3`, `0x10` and `1.5` are none. */
export function whole(option: string, { least, most }: Bounds): Read<number> {
  return (text) => {
    const value = /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw refused(option, text, `a whole number from ${shown(least)} to ${shown(most)}`);
  };
}

export function wholes(
  option: string,
  bounds: Bounds & { readonly most: number },
  count: number,
): Read<number[]> {
  return (text) => {
    const parts = text.split(',').map((part) => part.trim());
    const values = parts.map((part) => (/^\d{1,9}$/.test(part) ? Number(part) : Number.NaN));
    const good = values.every((value) => value >= bounds.least && value <= bounds.most);
    if (good && values.length <= count) return values;
    const each = `whole numbers from ${shown(bounds.least)} to ${shown(bounds.most)}`;
    throw refused(option, text, `at most ${count} ${each}, like 1,10,100`);
  };
}

/** More than 0, not necessarily whole. */
export function positive(option: string, most: number): Read<number> {
  return (text) => {
    const value = /^\d{1,9}(\.\d{1,6})?$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (value > 0 && value <= most) return value;
    throw refused(option, text, `a number above 0 and up to ${shown(most)}`);
  };
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/** `500ms`, `10s`, `1.5m`; in ms. */
export function duration(option: string, { least, most }: Bounds): Read<number> {
  return (text) => {
    const ms = milliseconds(text);
    if (ms !== undefined && ms >= least && ms <= most) return ms;
    throw refused(option, text, `a time from ${time(least)} to ${time(most)}, like 500ms, 10s or 1m`);
  };
}

function milliseconds(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text.trim()) ?? [];
  return digits === '' ? undefined : Math.round(Number(digits) * (units[unit] ?? 1));
}

/** A number of requests, or a time; `0` is none of either. */
export function extent(
  option: string,
  most: { requests: number; ms: number },
): Read<{ requests?: number; ms?: number }> {
  return (text) => {
    const ms = milliseconds(text);
    if (ms !== undefined && ms <= most.ms) return { ms };
    const requests = /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (requests <= most.requests) return { requests };
    throw refused(option, text, `a number of requests (0 is none) or a time, like 2000 or 3s`);
  };
}

/** One of `matching`'s, e.g. eight hexadecimal digits. */
export function matching(option: string, pattern: RegExp, wanted: string): Read<string> {
  return (text) => {
    if (pattern.test(text)) return text;
    throw refused(option, text, wanted);
  };
}

/** A header that is given twice is a list (RFC 9110, 5.3). */
function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}

/** `Name: value`, given as often as needed. */
export function header(option: string) {
  return (text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> => {
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\t\u0020-\u007e]*)$/.exec(text) ?? [];
    if (name !== undefined && value !== undefined)
      return { ...before, [name]: joined(before[name], value.trim()) };
    throw refused(option, text, 'a name and a value, like "Accept: text/plain"');
  };
}

function refused(option: string, text: string, wanted: string): CraftError {
  return new CraftError('BAD_USAGE', {
    message: `${option} must be ${wanted}; ${JSON.stringify(text)} is not.`,
  });
}

function shown(value: number): string {
  return value.toLocaleString('en-US');
}

function time(ms: number): string {
  if (ms % 60_000 === 0 && ms > 0) return `${ms / 60_000}m`;
  return ms % 1_000 === 0 && ms > 0 ? `${ms / 1_000}s` : `${ms}ms`;
}
