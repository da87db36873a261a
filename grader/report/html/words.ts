/** How the page words runs, dates and figures: the tables, the charts and what is read aloud say the same. */
import { count, three } from '../numbers.ts';
import type { RunFigures } from './data.ts';

export { count, three } from '../numbers.ts';

/** `1.24 ms`; `0.043 ms`; an en dash for nothing. */
export function ms(value: number | null): string {
  return value === null ? '–' : `${three(value)} ms`;
}

/** `41,200/s` */
export function perSecond(value: number): string {
  return `${three(value)}/s`;
}

/** `23 Nov 2026`: no machine's language or time zone changes the page. */
export function day(iso: string): string {
  const month = months[Number(iso.slice(5, 7)) - 1] ?? '';
  return `${Number(iso.slice(8, 10))} ${month} ${iso.slice(0, 4)}`;
}

/** `23 Nov 2026, 18:05` */
export function moment(iso: string): string {
  return `${day(iso)}, ${iso.slice(11, 16)}`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** How it was loaded: `100 clients`, `2,000/s due`. */
export function load({ clients, offered, batch, pipeline, keepAlive }: RunFigures): string {
  const parts = [offered === null ? plural(clients, 'client') : `${perSecond(offered)} due`];
  if (batch !== null && batch > 1) parts.push(`batches of ${count(batch)}`);
  if (pipeline > 1) parts.push(`pipeline ${count(pipeline)}`);
  if (!keepAlive) parts.push('a connection per request');
  return parts.join(', ');
}

/** `#12 0.6 The monitor "before"`; the load is told apart from it. */
export function runName({ run, target, name, part }: RunFigures): string {
  return `#${run} ${target}${name === null || part === 'other' ? '' : ` “${name}”`}`;
}

/** `1 client`, `2 clients` */
export function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** Marks a figure that is not what it seems, and says why below the table. */
export function marks(run: RunFigures): string {
  return `${run.doubtful ? ' †' : ''}${run.interrupted ? ' ‡' : ''}`;
}

/** The sentences for the marks that these runs carry. */
export function markNotes(runs: readonly RunFigures[]): string[] {
  const doubtful = runs.some((run) => run.doubtful);
  const interrupted = runs.some((run) => run.interrupted);
  return [
    ...(doubtful
      ? ['† The load generator may have been the limit: the server may be faster than this.']
      : []),
    ...(interrupted ? ['‡ Ended early: the figures are those of what was measured.'] : []),
  ];
}
