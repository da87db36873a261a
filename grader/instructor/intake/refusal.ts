/** Why a submission is not taken in. */

/** Thrown where a submission breaks a rule; `takeIn` turns it into a rejected intake. Never a failure of the grader. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal';
  /** One line without control characters. */
  readonly reason: string;

  constructor(reason: string, options?: ErrorOptions) {
    const line = printable(reason, 400);
    super(line, options);
    this.reason = line;
  }
}

/** The submission was another one when it was read than when it was looked at: it may be worth a second try. */
export class Changed extends Refusal {
  override readonly name = 'Changed';

  constructor(path: string) {
    super(`${shown(path)} changed while it was read: grade it again when nobody writes there`);
  }
}

/** A name from a submission as part of a sentence: one line, nothing that a terminal obeys, not too long. */
export function shown(name: string): string {
  const text = printable(name, 2_000);
  return text.length <= 120 ? text : `${text.slice(0, 60)}…${text.slice(-50)}`;
}

/** Text from outside on one line: control and direction characters become `\u{…}`, and so do halves of characters. */
export function printable(text: string, most: number): string {
  const clean = text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return clean.length <= most ? clean : `${clean.slice(0, most - 1)}…`;
}

/** `1 MiB`, `300 bytes` */
export function inBytes(bytes: number): string {
  if (bytes >= 1_048_576) return `${round(bytes / 1_048_576)} MiB`;
  return bytes >= 1_024 ? `${round(bytes / 1_024)} KiB` : `${bytes} byte${bytes === 1 ? '' : 's'}`;
}

const round = (value: number): string => value.toFixed(1).replace(/\.0$/, '');

/** `larger than 1 MiB (1,048,577 bytes)` */
export function largerThan(most: number, size: number): string {
  return `larger than ${inBytes(most)} (${count(size)} byte${size === 1 ? '' : 's'})`;
}

/** `10,000` */
export const count = (value: number): string => value.toLocaleString('en-US');
