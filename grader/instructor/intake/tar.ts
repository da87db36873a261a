/**
 * A submission that is a tar, packed by gzip or not. It is read twice, since only at its end it is known where
 * `exercises/` lies; nothing of it touches the disk.
 */
import { createGunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { count, inBytes, Refusal, shown } from './refusal.ts';
import type { Survey, Wanted } from './rules.ts';
import type { Content, Source } from './source.ts';
import type { IntakeLimits } from './types.ts';

/** How many entries came before. */
type Place = number;

const SLICE_BYTES = 65_536;
/** A tar consists of such blocks; its first one is looked at before it is parsed. */
const BLOCK_BYTES = 512;
/** Long names and other attributes of one entry. */
const META_BYTES = 65_536;

const kinds = new Map<string, 'file' | 'folder' | 'link'>([
  ['File', 'file'],
  ['OldFile', 'file'],
  ['ContiguousFile', 'file'],
  ['Directory', 'folder'],
  ['GNUDumpDir', 'folder'],
  ['SymbolicLink', 'link'],
  ['Link', 'link'],
]);

export function openTar(bytes: Buffer, limits: IntakeLimits): Source<Place> {
  return {
    survey: (survey) => surveyTar(bytes, survey, limits),
    contents: (wanted) => readAll(bytes, wanted, limits),
    close: async () => {},
  };
}

async function surveyTar(bytes: Buffer, survey: Survey<Place>, limits: IntakeLimits): Promise<void> {
  await eachEntry(bytes, limits, (entry, key) => {
    const kind = kinds.get(entry.type) ?? 'device';
    survey.add({ path: entry.path, kind, size: entry.size, key });
    entry.resume();
  });
}

async function* readAll(
  bytes: Buffer,
  wanted: readonly Wanted<Place>[],
  limits: IntakeLimits,
): AsyncGenerator<Content> {
  const byPlace = new Map(wanted.map((each) => [each.key, { wanted: each, chunks: [] as Buffer[] }]));
  await eachEntry(bytes, limits, (entry, key) => {
    const chunks = byPlace.get(key)?.chunks;
    if (chunks === undefined) entry.resume();
    else entry.on('data', (chunk) => chunks.push(chunk));
  });
  for (const { wanted: each, chunks } of byPlace.values()) {
    const content = Buffer.concat(chunks);
    if (content.length !== each.size) throw damaged(`${shown(each.from)} is not whole`);
    yield { wanted: each, bytes: content };
  }
}

/** Parses the archive. What `visit` throws ends it. */
async function eachEntry(
  bytes: Buffer,
  limits: IntakeLimits,
  visit: (entry: ReadEntry, place: Place) => void,
): Promise<void> {
  let place = 0;
  const next = (entry: ReadEntry): void => visit(entry, place++);
  const parser = new Parser({
    maxMetaEntrySize: META_BYTES,
    onReadEntry: next,
    onwarn: (_, message) => {
      throw damaged(String(message));
    },
  });
  // Types that the parser does not know, and attributes that are too long.
  parser.on('ignoredEntry', (entry: ReadEntry) => {
    if (entry.meta) throw damaged(`attributes of ${inBytes(entry.size)}`);
    next(entry);
  });
  parser.on('error', (error: Error) => {
    throw damaged(error.message);
  });
  // They count for no entry, so that an archive could consist of nothing else.
  let attributes = 0;
  parser.on('meta', () => {
    attributes += 1;
    if (attributes > limits.scanned) throw damaged(`more than ${count(limits.scanned)} attributes`);
  });
  for await (const chunk of unpacked(bytes, limits)) parsing(() => parser.write(chunk));
  parsing(() => parser.end());
}

/** Whatever the parser trips over is in the archive: it is in memory, and nothing else is touched. */
function parsing(body: () => unknown): void {
  try {
    body();
  } catch (error) {
    throw error instanceof Refusal ? error : damaged(error instanceof Error ? error.message : String(error));
  }
}

/** The tar's own bytes, the first block of them whole. */
async function* unpacked(bytes: Buffer, limits: IntakeLimits): AsyncGenerator<Buffer> {
  let total = 0;
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of isGzip(bytes) ? gunzipped(bytes) : slices(bytes)) {
    total += chunk.length;
    checkBomb(total, bytes.length, limits);
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < BLOCK_BYTES) continue;
    // The parser would unpack these by itself, and count nothing.
    if (isGzip(head) || isZstd(head)) throw damaged('it is packed twice');
    yield head;
    head = undefined;
  }
  if (head !== undefined) throw damaged('it is too short');
}

function checkBomb(total: number, packed: number, limits: IntakeLimits): void {
  if (total > limits.unpackedBytes) {
    throw new Refusal(`unpacked it would have more than ${inBytes(limits.unpackedBytes)}`);
  }
  if (total <= limits.totalBytes || total <= packed * limits.ratio) return;
  throw new Refusal(`it would grow from ${inBytes(packed)} to more than ${inBytes(total)}`);
}

async function* gunzipped(bytes: Buffer): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: SLICE_BYTES });
  gunzip.end(bytes);
  const chunks = gunzip[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { value, done } = await chunks.next().catch((error: Error) => {
        throw damaged(error.message);
      });
      if (done === true) return;
      yield value;
    }
  } finally {
    gunzip.destroy();
  }
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) yield bytes.subarray(at, at + SLICE_BYTES);
}

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
const isZstd = (bytes: Buffer): boolean => bytes.length >= 4 && bytes.readUInt32LE(0) === 0xfd2fb528;

function damaged(why: string): Refusal {
  return new Refusal(`it is no whole tar (${why}): pack it again`);
}
