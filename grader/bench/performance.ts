/**
 * The text of `PERFORMANCE.md`. It belongs to the student: craft writes only between the two comment lines of a
 * phase, and everything else stays as it is, byte for byte. The file is handled as bytes, one character each.
 */
import type { JournalAction } from './types.ts';

/** What is written about one phase. */
export interface PhaseText {
  /** Id of the exercise. */
  readonly id: string;
  readonly number: string;
  readonly title: string;
  /** Markdown without headings, lines ended by `\n`. */
  readonly result: string;
}

export interface Written {
  readonly bytes: Buffer;
  /** One per phase. */
  readonly actions: readonly JournalAction[];
}

/** The file with the results of these phases; `old` is undefined without a file, `order` are the numbers of all. */
export function writePhases(
  old: Uint8Array | undefined,
  phases: readonly PhaseText[],
  order: readonly string[],
): Written {
  const empty = old === undefined || old.length === 0;
  let text = empty ? asBytes(opening) : Buffer.from(old).toString('latin1');
  const actions = phases.map((phase) => {
    const [next, action] = writePhase(text, phase, order.slice(order.indexOf(phase.number) + 1));
    text = next;
    return action;
  });
  return { bytes: Buffer.from(text, 'latin1'), actions };
}

const opening = `# Performance

What each phase of the platform gained, in figures and in words. \`npx craft journal\` fills in the results from your
benches, between the comment lines below each "Result". Everything else is yours: write what you like, where you like,
it is never changed.
`;

const prompts = {
  Problem: '*What was too slow, or not known, before this phase? Which figure showed it?*',
  Solution: '*What did you change, and why should it help? What did you decide against?*',
  Learning: '*Was it what you predicted? What would you measure next?*',
};

function writePhase(text: string, phase: PhaseText, later: readonly string[]): [string, JournalAction] {
  const result = asBytes(phase.result);
  const pair = findPair(text, phase.id);
  if (pair !== undefined) {
    const body = withEnds(`\n${result}`, endOfLine(text.slice(pair.from - 2)));
    const next = `${text.slice(0, pair.from)}${body}${text.slice(pair.to)}`;
    return [next, next === text ? 'unchanged' : 'updated'];
  }
  const serial = freeSerial(text, phase.id);
  const block = `${openMark(phase.id, serial)}\n${result}${closeMark(phase.id, serial)}\n`;
  const section = findSection(text, phase.number);
  if (section !== undefined) return [insert(text, section.end, block), 'appended'];
  const fresh = asBytes(
    [
      `## ${phase.number} ${phase.title}`,
      '### Problem',
      prompts.Problem,
      '### Solution',
      prompts.Solution,
      `### Result\n\n${fromBytes(block).trimEnd()}`,
      '### Learning',
      `${prompts.Learning}\n`,
    ].join('\n\n'),
  );
  // In the order of the course where the later phases stand already.
  const before = later.map((number) => findSection(text, number)?.start).find((at) => at !== undefined);
  return [insert(text, before ?? text.length, fresh), 'added'];
}

const openMark = (id: string, serial: number): string =>
  `<!-- craft:result ${id} ${serial}: filled by npx craft journal, changes in here are lost -->`;
const closeMark = (id: string, serial: number): string => `<!-- craft:end ${id} ${serial} -->`;
const marks = /^[ \t]*<!-- craft:(result|end) (\S+) (\d{1,9})\b[^\r\n]*-->[ \t]*$/gm;

interface Mark {
  readonly kind: string;
  readonly id: string;
  readonly serial: number;
  readonly start: number;
  readonly end: number;
}

function findMarks(text: string): Mark[] {
  return [...text.matchAll(marks)].map(({ 0: line, 1: kind = '', 2: id = '', 3: serial, index }) => ({
    kind,
    id,
    serial: Number(serial),
    start: index,
    end: index + line.length,
  }));
}

/**
 * From the end of the first comment line to the start of the second. Only two that follow one another and have the
 * same number are a pair: where the student removed one of them, the text up to some other mark is not ours.
 */
function findPair(text: string, id: string): { readonly from: number; readonly to: number } | undefined {
  const found = findMarks(text);
  for (const [index, mark] of found.entries()) {
    const next = found[index + 1];
    if (mark.kind === 'result' && mark.id === id && next?.kind === 'end' && next.id === id) {
      if (next.serial === mark.serial) return { from: mark.end, to: next.start };
    }
  }
  return undefined;
}

function freeSerial(text: string, id: string): number {
  const used = findMarks(text).flatMap((mark) => (mark.id === id ? [mark.serial] : []));
  return Math.max(0, ...used) + 1;
}

/** From `## 0.6 …` to the next heading of that level, or above; fenced code has no headings. */
function findSection(
  text: string,
  number: string,
): { readonly start: number; readonly end: number } | undefined {
  let start: number | undefined;
  let fence: string | undefined;
  for (const { 0: line, index } of text.matchAll(/^[^\r\n]*/gm)) {
    const mark = /^ {0,3}(```|~~~)/.exec(line)?.[1];
    if (mark !== undefined) fence = fence === undefined ? mark : fence === mark ? undefined : fence;
    if (fence !== undefined || !/^##? /.test(line)) continue;
    if (start !== undefined) return { start, end: index };
    if (line === `## ${number}` || line.startsWith(`## ${number} `)) start = index;
  }
  return start === undefined ? undefined : { start, end: text.length };
}

/** Puts a block there, with an empty line before and after it. */
function insert(text: string, at: number, block: string): string {
  const eol = endOfLine(text);
  const before = text.slice(0, at);
  const after = text.slice(at);
  const gap = before === '' || /(^|\n)\r?\n$/.test(before) ? '' : before.endsWith('\n') ? eol : eol + eol;
  return `${before}${gap}${withEnds(block, eol)}${after === '' ? '' : eol}${after}`;
}

/** The end of the text's first line. */
function endOfLine(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}

function withEnds(text: string, eol: string): string {
  return text.replaceAll('\n', eol);
}

const asBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const fromBytes = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');
