/**
 * Ids of submissions: names of files in the results, keys in gradebooks, and what a student's seeds are made of. An id
 * is a name that is safe in all of these; it depends on nothing but the submission's own name, so that it stays the
 * same when others come and go.
 */
import { createHash } from 'node:crypto';
import { printable } from './refusal.ts';

const LONGEST = 100;
const allowed = /^[\p{L}\p{N}_][\p{L}\p{N}\p{M}_ .@+()-]*$/u;

/** What is wrong with an id, as the end of a sentence that begins with it; or nothing. */
export function whyNoId(id: string): string | undefined {
  if (id === '') return 'is empty';
  if ([...id].length > LONGEST || Buffer.byteLength(id) > 2 * LONGEST) {
    return `is longer than ${LONGEST} characters`;
  }
  if (/[/\\]/.test(id) || /^\.+$/.test(id)) return 'is a path: an id names files in the results folder';
  if (/\p{C}/u.test(id)) return 'has control characters';
  if (!/^[\p{L}\p{N}_]/u.test(id)) return 'does not begin with a letter or a digit';
  if (!allowed.test(id)) return 'may have letters, digits, spaces and . _ @ + ( ) - only';
  if (/[. ]$/.test(id)) return 'ends with a full stop or a space';
  return undefined;
}

/** The name itself when it is a sound id; else what is left of it, and a hash of the whole: never two the same. */
export function idOf(name: string): string {
  const id = name.normalize('NFC').trim();
  return whyNoId(id) === undefined ? id : `${tameId(name)}~${shortHash(name)}`;
}

/** What can be kept of any text: never empty, and at most 60 characters. */
export function tameId(name: string): string {
  const kept = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}\p{M}_.@+-]+/gu, '-')
    .replace(/^[^\p{L}\p{N}_]+/u, '');
  const short = [...kept]
    .slice(0, 60)
    .join('')
    .replace(/[. ]+$/, '');
  return short === '' || Buffer.byteLength(short) > 2 * LONGEST ? 'unnamed' : short;
}

/** What two ids share that a file system or a gradebook may take for one. */
export function foldedId(id: string): string {
  return id.normalize('NFKC').toLowerCase();
}

/** A person's name or address, as it may be printed. */
export function cleanText(text: string): string {
  return printable(text.normalize('NFC').trim(), 200);
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
