/**
 * What may be in a submission and what of it is taken: one set of rules for folders, zips, tars and repositories.
 *
 * Taken are the `.ts` files below `exercises/`, without hidden ones; all else is left behind. Some things are refused
 * wherever they are: links, devices, pipes, submodules, names that lead out of the submission. Folders that hold
 * nothing handed in are not looked into at all: `craft init` itself puts links into `node_modules`.
 */
import { count, largerThan, Refusal, shown } from './refusal.ts';
import type { IntakeLimits } from './types.ts';

/** One name in a submission. */
export interface Entry<Key> {
  /** With `/`, relative to the submission; not checked yet. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'device' | 'submodule';
  /** Length as the submission states it, in bytes; of files. 0 where the content will tell. */
  readonly size: number;
  /** How the source finds the content again. */
  readonly key: Key;
}

/** A file to take. */
export interface Wanted<Key> {
  /** `exercises/0-poc/01-queue/queue.ts` */
  readonly path: string;
  /** Its path in the submission, for messages. */
  readonly from: string;
  readonly size: number;
  readonly key: Key;
}

/** Nothing in them is handed in, and much of it is not the student's. */
const leftOut = new Set(['node_modules', '.git', '.craft', '__MACOSX']);

/** Folders above `exercises/`: archives and downloads put one around the workspace, sometimes two. */
const DEEPEST_WRAPPER = 3;
const DEEPEST = 32;
const LONGEST_NAME_BYTES = 255;
const LONGEST_PATH_BYTES = 1_024;
/** Of what is taken: other names are made of these, in folders of ours, and those must fit on the disk too. */
const LONGEST_TAKEN_NAME_BYTES = 140;
const LONGEST_TAKEN_PATH_BYTES = 400;

/** Looks at every name of a submission, then says what to take. Breaks of a rule are thrown as a Refusal. */
export class Survey<Key> {
  readonly #limits: IntakeLimits;
  readonly #found: { prefix: string; wanted: Wanted<Key> }[] = [];
  readonly #bare = new Map<string, Set<string>>();
  #entries = 0;
  #scanned = 0;

  constructor(limits: IntakeLimits) {
    this.#limits = limits;
  }

  /** Notes a name. False when it is a folder that need not be looked into. */
  add(entry: Entry<Key>): boolean {
    const { entries, scanned } = this.#limits;
    this.#scanned += 1;
    if (this.#scanned > scanned) throw tooMany(scanned);
    const parts = partsOf(entry.path);
    if (parts.some((part) => leftOut.has(part))) return false;
    this.#entries += 1;
    if (this.#entries > entries) throw tooMany(entries);
    checkNames(entry.path, parts);
    checkKind(entry);
    this.#noteBare(parts, entry.kind);
    if (entry.kind === 'file') this.#noteFile(parts, entry);
    return true;
  }

  /** The files to take, by path. */
  finish(): Wanted<Key>[] {
    for (const [folder, marks] of this.#bare) {
      if (marks.size < 3) continue;
      const where = folder === '' ? 'it' : shown(folder);
      throw new Refusal(`${where} is a bare git repository: hand in the files, or its URL in a roster`);
    }
    const wanted = this.#inside(this.#prefix());
    if (wanted.length === 0) {
      throw new Refusal('there is no exercises/ folder with .ts files in it: hand in the whole workspace');
    }
    checkAmount(wanted, this.#limits);
    checkUnique(wanted);
    return wanted.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** The folder that holds `exercises/`: the uppermost one, if that is clear. */
  #prefix(): string {
    const prefixes = [...new Set(this.#found.map(({ prefix }) => prefix))];
    const depth = (prefix: string): number => prefix.split('/').length;
    const least = Math.min(...prefixes.map(depth));
    const [first = '', second] = prefixes.filter((prefix) => depth(prefix) === least).sort();
    if (second === undefined) return first;
    const both = `${shown(`${first}exercises`)} and ${shown(`${second}exercises`)}`;
    throw new Refusal(`it holds more than one workspace (${both}): hand in one`);
  }

  #inside(wantedPrefix: string): Wanted<Key>[] {
    return this.#found.filter(({ prefix }) => prefix === wantedPrefix).map(({ wanted }) => wanted);
  }

  #noteFile(parts: readonly string[], entry: Entry<Key>): void {
    const at = parts.indexOf('exercises');
    if (at < 0 || at > DEEPEST_WRAPPER || !entry.path.endsWith('.ts')) return;
    if (at === parts.length - 1 || parts.some((part) => part.startsWith('.'))) return;
    const prefix = parts
      .slice(0, at)
      .map((part) => `${part}/`)
      .join('');
    const path = parts.slice(at).join('/').normalize('NFC');
    this.#found.push({ prefix, wanted: { path, from: entry.path, size: entry.size, key: entry.key } });
  }

  /** A bare repository is told by three names side by side, as git tells it. */
  #noteBare(parts: readonly string[], kind: string): void {
    for (const [index, part] of parts.entries()) {
      const isFolder = index < parts.length - 1 || kind === 'folder';
      if (isFolder ? part !== 'objects' && part !== 'refs' : part !== 'HEAD') continue;
      const folder = parts.slice(0, index).join('/');
      const marks = this.#bare.get(folder) ?? new Set();
      this.#bare.set(folder, marks.add(part));
    }
  }
}

/** Refuses content that cannot be the student's program. */
export function checkContent(from: string, bytes: Uint8Array): void {
  const head = Buffer.from(bytes.subarray(0, 64)).toString('latin1');
  if (!head.startsWith('version https://git-lfs.github.com/spec/')) return;
  throw new Refusal(`${shown(from)} is a pointer of Git LFS, not the file: hand in the file itself`);
}

/** The names on a path, after all that could lead elsewhere was refused. */
function partsOf(path: string): string[] {
  const refuse = (why: string): Refusal => new Refusal(`the name ${shown(path)} ${why}`);
  if (path.includes('\0')) throw refuse('has a NUL in it');
  if (path.includes('\\')) throw refuse('has a backslash in it');
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) throw refuse('is absolute');
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw refuse('leads out of the submission');
  if (parts.length === 0 && !/^(\.?\/?)+$/.test(path)) throw refuse('is empty');
  return parts;
}

function checkNames(path: string, parts: readonly string[]): void {
  const refuse = (why: string): Refusal => new Refusal(`the name ${shown(path)} ${why}`);
  if (parts.length > DEEPEST) throw refuse(`has more than ${DEEPEST} folders`);
  if (Buffer.byteLength(path) > LONGEST_PATH_BYTES)
    throw refuse(`is longer than ${LONGEST_PATH_BYTES} bytes`);
  if (parts.some((part) => Buffer.byteLength(part) > LONGEST_NAME_BYTES)) {
    throw refuse(`has a part longer than ${LONGEST_NAME_BYTES} bytes`);
  }
  if (path.includes('\ufffd')) throw refuse('is not UTF-8');
  if (/[\p{Cc}\p{Cs}]/u.test(path)) throw refuse('has control characters');
}

function checkKind({ path, kind }: Entry<unknown>): void {
  if (kind === 'link') throw new Refusal(`${shown(path)} is a link: hand in the files themselves`);
  if (kind === 'device') throw new Refusal(`${shown(path)} is neither a file nor a folder`);
  if (kind === 'submodule') {
    throw new Refusal(`${shown(path)} is a submodule: hand in one repository with the files in it`);
  }
}

/** Refuses more files, or longer ones, than there may be. */
export function checkAmount(wanted: readonly Wanted<unknown>[], limits: IntakeLimits): void {
  if (wanted.length > limits.files) {
    throw new Refusal(
      `it has more than ${count(limits.files)} .ts files in exercises/ (${count(wanted.length)})`,
    );
  }
  const large = wanted.find(({ size }) => size > limits.fileBytes);
  if (large !== undefined) {
    throw new Refusal(`${shown(large.from)} is ${largerThan(limits.fileBytes, large.size)}`);
  }
  const total = wanted.reduce((sum, { size }) => sum + size, 0);
  if (total > limits.totalBytes) {
    throw new Refusal(`all of its .ts files together are ${largerThan(limits.totalBytes, total)}`);
  }
}

/** Narrower than for other names: these come to command lines and reports. */
function checkTakenName(path: string, from: string): void {
  const odd = /[\p{C}\p{Zl}\p{Zp}"'`$<>|*?:;]/u.exec(path)?.[0] ?? (/(^|\/)-/.test(path) ? '-' : undefined);
  if (odd !== undefined) {
    throw new Refusal(`the name ${shown(from)} has ${shown(odd)} in a place where no source file needs it`);
  }
  const long = path.split('/').find((part) => Buffer.byteLength(part) > LONGEST_TAKEN_NAME_BYTES);
  if (long !== undefined || Buffer.byteLength(path) > LONGEST_TAKEN_PATH_BYTES) {
    throw new Refusal(`the name ${shown(from)} is too long for a source file`);
  }
}

/** Refuses two names for which some file system has one place: no two readers would agree on what was handed in. */
function checkUnique(wanted: readonly Wanted<unknown>[]): void {
  const spelt = new Map<string, string>();
  const files = new Set(wanted.map(({ path }) => fold(path)));
  const seen = new Set<string>();
  for (const { path, from } of wanted) {
    checkTakenName(path, from);
    if (seen.has(path)) throw new Refusal(`${shown(path)} is in it twice`);
    seen.add(path);
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const part = path.slice(0, end);
      const other = spelt.get(fold(part)) ?? part;
      if (other !== part) throw new Refusal(`${shown(part)} and ${shown(other)} differ only in case`);
      spelt.set(fold(part), part);
      if (end < path.length && files.has(fold(part))) {
        throw new Refusal(`${shown(part)} is both a file and a folder`);
      }
    }
  }
}

function fold(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

function tooMany(most: number): Refusal {
  return new Refusal(
    `it holds more than ${count(most)} files and folders: leave out what is not the workspace's`,
  );
}
