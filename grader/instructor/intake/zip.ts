/**
 * A submission that is a zip. Nothing is unpacked but the files that are taken, and those no further than the length
 * that the archive states; names and kinds are those of its central directory.
 */
import { crc32 } from 'node:zlib';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { inBytes, Refusal, shown } from './refusal.ts';
import type { Survey, Wanted } from './rules.ts';
import type { Content, Source } from './source.ts';
import type { IntakeLimits } from './types.ts';

const STORED = 0;
const DEFLATED = 8;
const UTF8_NAME = 0x800;
const ENTRY_SIGNATURE = 0x02014b50;

/** Kinds of files in the upper half of the external attributes, as Unix states them. */
const KIND_BITS = 0o170000;
const kinds = new Map<number, 'file' | 'folder' | 'link'>([
  [0o100000, 'file'],
  [0o040000, 'folder'],
  [0o120000, 'link'],
]);

export async function openZip(bytes: Buffer, limits: IntakeLimits): Promise<Source<Entry>> {
  // Names are read here: yauzl would end at the first one that it does not like, and say so in words of its own.
  const options = { lazyEntries: true, decodeStrings: false, autoClose: false, validateEntrySizes: true };
  const zip = await damaged(() => yauzl.fromBufferPromise(bytes, options));
  return {
    survey: async (survey) => surveyZip(bytes, zip, survey, limits),
    contents: (wanted) => readAll(zip, wanted),
    close: async () => zip.close(),
  };
}

async function surveyZip(
  bytes: Buffer,
  zip: ZipFile,
  survey: Survey<Entry>,
  limits: IntakeLimits,
): Promise<void> {
  const entries = zip.eachEntry();
  let total = 0;
  for (;;) {
    const { value: entry, done } = await damaged(() => entries.next());
    if (done === true || entry === undefined) return requireEnd(bytes, Number(zip.readEntryCursor));
    const path = await damaged(async () => nameOf(entry));
    const kind = kindOf(entry, path);
    if (!survey.add({ path, kind, size: entry.uncompressedSize, key: entry })) continue;
    if (entry.isEncrypted())
      throw new Refusal(`${shown(path)} is encrypted: hand in an archive without a password`);
    total += entry.uncompressedSize;
    checkBomb(path, entry, total, limits);
  }
}

/** Other programs go on as long as there are entries: they would show another submission than the one that is graded. */
function requireEnd(bytes: Buffer, at: number): void {
  const more = at + 4 <= bytes.length && bytes.readUInt32LE(at) === ENTRY_SIGNATURE;
  if (more) throw new Refusal('it is no whole zip (it has more entries than it says): pack it again');
}

function checkBomb(path: string, entry: Entry, total: number, limits: IntakeLimits): void {
  const { uncompressedSize, compressedSize } = entry;
  if (total > limits.unpackedBytes) {
    throw new Refusal(`unpacked it would have more than ${inBytes(limits.unpackedBytes)}`);
  }
  if (uncompressedSize <= limits.fileBytes || uncompressedSize <= compressedSize * limits.ratio) return;
  throw new Refusal(
    `${shown(path)} would grow from ${inBytes(compressedSize)} to ${inBytes(uncompressedSize)}`,
  );
}

/** Some programs for Windows write `\` between names: it is a separator, and what it leads to is checked as such. */
function nameOf(entry: Entry): string {
  const raw = entry.fileNameRaw;
  const name = yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, raw, entry.extraFields, false);
  if ((entry.generalPurposeBitFlag & UTF8_NAME) !== 0 || isAscii(name)) return name;
  // Apple's archiver writes UTF-8 without saying so.
  const text = raw.toString('utf8').replaceAll('\\', '/');
  return text.includes('\ufffd') ? name : text;
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

function kindOf(entry: Entry, path: string): 'file' | 'folder' | 'link' | 'device' {
  const bits = (entry.externalFileAttributes >>> 16) & KIND_BITS;
  const kind = bits === 0 ? 'file' : (kinds.get(bits) ?? 'device');
  return kind === 'file' && path.endsWith('/') ? 'folder' : kind;
}

async function* readAll(zip: ZipFile, wanted: readonly Wanted<Entry>[]): AsyncGenerator<Content> {
  for (const each of wanted) {
    const { key: entry, from } = each;
    if (![STORED, DEFLATED].includes(entry.compressionMethod)) {
      throw new Refusal(
        `${shown(from)} is packed by method ${entry.compressionMethod}: pack it as zip programs usually do`,
      );
    }
    const bytes = await damaged(() => unpack(zip, entry));
    if (bytes.length !== entry.uncompressedSize || crc32(bytes) !== entry.crc32) {
      throw new Refusal(`the archive is damaged at ${shown(from)}: pack it again`);
    }
    yield { wanted: each, bytes };
  }
}

/** At most what was stated: yauzl ends a stream that grows beyond. */
async function unpack(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** All that yauzl and zlib throw is about the archive: it is in memory, and nothing else is touched. */
async function damaged<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refusal(`it is no whole zip (${why}): pack it again`, { cause: error });
  }
}
