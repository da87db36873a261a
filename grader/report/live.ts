/**
 * Writes to a terminal that is being watched: a body of text that scrolls as any text does, and under it one line
 * that is rewritten in place.
 */
import { stripVTControlCharacters } from 'node:util';
import { width } from './text.ts';

const clearScreen = '\u001b[H\u001b[2J';
const clearLine = '\r\u001b[2K';

export interface Output {
  write(text: string): unknown;
  readonly columns?: number | undefined;
}

export interface Live {
  /** Replaces what is on the screen. */
  body(text: string): void;
  /** Replaces the last line. */
  status(line: string): void;
  /** Takes the last line away (or keeps it) and leaves the cursor at the start of a line. */
  close(keep?: boolean): void;
}

export function createLive(output: Output): Live {
  let shown = '';
  const clip = (line: string): string => {
    // A line that wraps could not be rewritten in place. Some terminals say that they have no columns at all.
    const room = (output.columns || 80) - 1;
    return width(line) <= room ? line : stripVTControlCharacters(line).slice(0, room);
  };
  return {
    body: (text) => {
      output.write(`${clearScreen}${text}\n\n${shown}`);
    },
    status: (line) => {
      const next = clip(line);
      if (next !== shown) output.write(clearLine + next);
      shown = next;
    },
    close: (keep = false) => {
      if (shown !== '') output.write(keep ? '\n' : clearLine);
      shown = '';
    },
  };
}
