/**
 * A roster: `id,name,email,url[,commit|branch]`, a row per student. Each line is read by itself, so that a quote that
 * is never closed spoils one row and not all that follow.
 */
import { basename } from 'node:path';
import { parse } from 'csv-parse/sync';
import { CraftError } from '../../core/errors.ts';
import type { GradedSubmission } from '../../core/grading.ts';
import { cleanText, foldedId, tameId, whyNoId } from './ids.ts';
import { readFileOnce } from './open.ts';
import { printable, Refusal, shown } from './refusal.ts';
import type { Candidate, Repository } from './types.ts';
import { parseRepositoryUrl, refOfBranch, refOfCommit } from './url.ts';

const LONGEST_FILE = 16 * 1_048_576;
const known = ['id', 'name', 'email', 'url', 'commit', 'branch'] as const;
type Column = (typeof known)[number];

interface Row {
  /** From 1, as an editor counts. */
  readonly line: number;
  readonly fields: Readonly<Partial<Record<Column, string>>>;
  /** Why it cannot be read, if so. */
  readonly wrong?: string;
}

/** The candidates of a roster, in its order. `path` is without links. */
export async function readRoster(path: string, allow: readonly string[] | undefined): Promise<Candidate[]> {
  const lines = (await textOf(path)).split(/\r\n|\n|\r/);
  const start = lines.findIndex((line) => line.trim() !== '');
  if (start < 0) throw badRoster(path, 'is empty');
  const delimiter = delimiterOf(lines[start] ?? '');
  const columns = columnsOf(path, lines[start] ?? '', delimiter);
  const rows = lines.flatMap((text, index) =>
    index <= start || text.trim() === '' ? [] : [rowOf(text, index + 1, columns, delimiter)],
  );
  // A spreadsheet keeps its empty rows: delimiters and nothing else.
  const filled = rows.filter(
    (row) => row.wrong !== undefined || Object.values(row.fields).some((field) => field !== ''),
  );
  if (filled.length === 0) throw badRoster(path, 'has no row below its header');
  const lineNumbers = new Map<string, number[]>();
  for (const { line, fields } of filled) {
    if (fields.id === undefined) continue;
    const key = foldedId(fields.id);
    lineNumbers.set(key, [...(lineNumbers.get(key) ?? []), line]);
  }
  return filled.map((row) => candidateOf(row, allow, lineNumbers.get(foldedId(row.fields.id ?? '')) ?? []));
}

function candidateOf(row: Row, allow: readonly string[] | undefined, sameId: readonly number[]): Candidate {
  const { id = '', url = '' } = row.fields;
  const whyNot = row.wrong ?? whyRefused(id, sameId);
  if (whyNot !== undefined) return refused(row, whyNot);
  const parsed = parseRepositoryUrl(url, allow);
  if ('wrong' in parsed) return refused(row, `the url ${parsed.wrong}`, id);
  const ref = refOf(row);
  if ('wrong' in ref) return refused(row, ref.wrong, id);
  const repository: Repository = { ...parsed, ref: ref.ref };
  return { kind: 'git', submission: submissionOf(row, id, parsed.url), repository };
}

/** Of two rows with one id nobody can say which counts, so none is graded under it. */
function whyRefused(id: string, sameId: readonly number[]): string | undefined {
  const wrong = whyNoId(id);
  if (wrong !== undefined) return id === '' ? 'the id is missing' : `the id ${shown(id)} ${wrong}`;
  if (sameId.length < 2) return undefined;
  const lines = `${sameId.slice(0, -1).join(', ')} and ${sameId.at(-1)}`;
  return `the id ${shown(id)} is on lines ${lines}: keep one`;
}

function refOf({ fields: { commit = '', branch = '' } }: Row): { ref: string } | { wrong: string } {
  if (commit !== '') {
    const ref = refOfCommit(commit);
    return 'wrong' in ref ? { wrong: `the commit ${shown(commit)} ${ref.wrong}` } : ref;
  }
  if (branch === '') return { ref: 'HEAD' };
  const ref = refOfBranch(branch);
  return 'wrong' in ref ? { wrong: `the branch ${shown(branch)} ${ref.wrong}` } : ref;
}

/** `id` is given when it can be kept; a made-up one has a `~`, which no id of a roster has. */
function refused(
  row: Row,
  reason: string,
  id = `${tameId(row.fields.id ?? '')}~line-${row.line}`,
): Candidate {
  const submission = submissionOf(row, id, `line ${row.line} of the roster`);
  return { kind: 'refused', submission, reason: printable(`line ${row.line} of the roster: ${reason}`, 400) };
}

function submissionOf({ fields }: Row, id: string, source: string): GradedSubmission {
  const name = cleanText(fields.name ?? '');
  const email = cleanText(fields.email ?? '');
  return { id, name: name === '' ? id : name, ...(email === '' ? {} : { email }), source };
}

async function textOf(path: string): Promise<string> {
  try {
    const bytes = await readFileOnce(path, basename(path), LONGEST_FILE);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw badRoster(path, 'is not UTF-8: save it as CSV UTF-8');
    if (error instanceof Refusal)
      throw new CraftError('BAD_USAGE', { message: error.reason }, { cause: error });
    throw error;
  }
}

/** Spreadsheets write what their country uses. */
function delimiterOf(header: string): string {
  const found = [',', ';', '\t'].map((each) => ({ each, times: header.split(each).length }));
  return found.reduce((best, next) => (next.times > best.times ? next : best)).each;
}

function columnsOf(path: string, header: string, delimiter: string): (Column | undefined)[] {
  const names = fieldsOf(header, delimiter);
  if (names === undefined)
    throw badRoster(path, 'has a header that cannot be read, perhaps because a quote is never closed');
  const columns = names.map((name) => known.find((column) => column === name.trim().toLowerCase()));
  for (const [index, column] of columns.entries()) {
    if (column !== undefined && columns.indexOf(column) !== index) {
      throw badRoster(path, `has the column ${column} twice`);
    }
  }
  const missing = (['id', 'url'] as const).filter((column) => !columns.includes(column));
  if (missing.length === 0) return columns;
  const found = `its header is ${shown(header)}; a roster's is id,name,email,url and, if you like, commit or branch`;
  throw badRoster(path, `has no column ${missing.join(' and no column ')}: ${found}`);
}

function rowOf(text: string, line: number, columns: readonly (Column | undefined)[], delimiter: string): Row {
  const values = fieldsOf(text, delimiter);
  const fields = Object.fromEntries(
    columns.flatMap((column, index) =>
      column === undefined ? [] : [[column, values?.[index]?.trim() ?? '']],
    ),
  );
  if (values === undefined) return { line, fields: {}, wrong: 'it cannot be read: is a quote never closed?' };
  const { length } = values;
  if (length === columns.length)
    return { line, fields: { ...fields, id: (fields.id ?? '').normalize('NFC') } };
  return {
    line,
    fields,
    wrong: `it has ${length} field${length === 1 ? '' : 's'}, the header ${columns.length}`,
  };
}

function fieldsOf(text: string, delimiter: string): string[] | undefined {
  try {
    const records: string[][] = parse(text, { delimiter, record_delimiter: '\n', relax_column_count: true });
    return records.length === 1 ? records[0] : undefined;
  } catch {
    return undefined;
  }
}

function badRoster(path: string, what: string): CraftError {
  return new CraftError('BAD_USAGE', { message: `The roster ${basename(path)} ${what}.` });
}
