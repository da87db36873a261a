/** Laying out text in columns of a terminal. */
import { stripVTControlCharacters } from 'node:util';

/** A run of text with one look. */
export interface Span {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Emoji_Presentation}/u;
const zero = /\p{Mn}|\u200d|\ufe0f/u;

/** Columns that the text takes on a terminal. */
export function width(text: string): number {
  let columns = 0;
  for (const character of stripVTControlCharacters(text)) {
    if (character < '\u0300') columns += 1;
    else if (!zero.test(character)) columns += wide.test(character) ? 2 : 1;
  }
  return columns;
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

/** Breaks spans at spaces so that no line is wider than `columns`, except for single words that are. */
export function wrapSpans(spans: readonly Span[], columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  let space = false;
  const flush = (): void => {
    lines.push(line);
    line = '';
    used = 0;
    space = false;
  };
  for (const word of words(spans)) {
    if (word === 'break') flush();
    else if (word === 'space') space = used > 0;
    else {
      const size = width(word.text);
      if (used > 0 && used + (space ? 1 : 0) + size > columns) flush();
      line += (space ? ' ' : '') + word.painted;
      used += (space ? 1 : 0) + size;
      space = false;
    }
  }
  if (used > 0 || lines.length === 0) lines.push(line);
  return lines;
}

interface Word {
  readonly text: string;
  readonly painted: string;
}

/** Words that touch without a space (`"`code`,"`) come as one, so that a line never starts with a comma. */
function* words(spans: readonly Span[]): Generator<Word | 'space' | 'break'> {
  let glued: Word | null = null;
  for (const { text, paint } of spans) {
    for (const part of text.split(/(\n|[ \t]+)/)) {
      if (part === '') continue;
      if (part === '\n' || part.trim() === '') {
        if (glued !== null) yield glued;
        glued = null;
        yield part === '\n' ? 'break' : 'space';
      } else {
        const painted = paint === undefined ? part : paint(part);
        glued =
          glued === null
            ? { text: part, painted }
            : { text: glued.text + part, painted: glued.painted + painted };
      }
    }
  }
  if (glued !== null) yield glued;
}

/** Plain text, wrapped. A command of ours stays on one line: broken in two it could not be copied. */
export function wrap(text: string, columns: number): string[] {
  const glued = text.replaceAll(command, (line) => line.replaceAll(' ', glue));
  return wrapSpans([{ text: glued }], columns).map((line) => line.replaceAll(glue, ' '));
}

const command = /npx craft [a-z]+(?: [\d.:]+[\w.:-]*\w)?(?: --[a-z]+(?: behaviour| gate)?)*/g;
/** No text has it: it takes the place of a space that must not break. */
const glue = '\u2063';

/** Puts `first` before the first line and as many spaces before the others. */
export function hang(first: string, lines: readonly string[]): string[] {
  const rest = ' '.repeat(width(first));
  return lines.map((line, index) => (index === 0 ? first : rest) + line);
}

export function indent(lines: readonly string[], by = '  '): string[] {
  return lines.map((line) => (line === '' ? '' : by + line));
}

/** A label and its text, the label in a column of its own. Keeps the text's own line breaks. */
export function field(label: string, text: string, labelColumns: number, columns: number): string[] {
  const room = Math.max(20, columns - labelColumns - 2);
  const lines = text.split('\n').flatMap((line) => (width(line) > room ? wrap(line, room) : [line]));
  return hang(`${padEnd(label, labelColumns)}  `, lines);
}

/** Rows whose columns line up; the last column is not padded. */
export function table(rows: readonly (readonly string[])[], gap = '  '): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, width(cell));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, index) => padEnd(cell, widths[index] ?? 0))
      .join(gap)
      .trimEnd(),
  );
}

/** "1 check", "2 checks"; `write` where a number has a form of its own. */
export function plural(count: number, noun: string, write: (count: number) => string = String): string {
  return `${write(count)} ${noun}${count === 1 ? '' : 's'}`;
}
