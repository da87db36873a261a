/**
 * The file: one record for each batch, one behind the other, and nothing else.
 *
 *   record   =  length (4 bytes) | checksum (4 bytes) | payload          both little endian
 *   payload  =  head, one line of JSON | LF | body, the bytes of the request as they came
 *   head     =  {"client":"web-1","seq":7,"count":2,"at":1700000000000}  no "seq" when the client gave none
 *
 * `length` counts the payload, `checksum` is its CRC-32. Together they tell a whole record from what a power cut has
 * left of one. The body was parsed when it came and found good, so nothing of it is written a second time in other
 * words: its metrics, their types and tags included, are what was sent.
 */
import { crc32 } from 'node:zlib';
import type { FileH } from '../../kernel/index.ts';

/** One request that was found good. */
export interface Batch {
  readonly client: string;
  /** The client's number for it, if it gave one: `X-Batch-Seq`. */
  readonly seq?: number | undefined;
  /** Metrics in it. */
  readonly count: number;
  /** When it came, in ms: the timestamp of metrics that have none. */
  readonly at: number;
  /** One metric or `{"metrics":[…]}`, as it came. */
  readonly body: Uint8Array;
}

const HEADER = 8;
const LF = 0x0a;
/** A body has at most 1 MiB and a head is short: a length above this is none. */
const MAX_PAYLOAD = 2 * 1_048_576;
/** How much of the file is in memory at a time while it is read, unless one record is larger. */
const CHUNK = 262_144;

export function encodeRecord({ client, seq, count, at, body }: Batch): Uint8Array {
  // Written out, not JSON.stringify of an object: that costs a third more, for every request. The name alone is a
  // stranger's text, and must be escaped: a line feed in it would end the head.
  const number = seq === undefined ? '' : `"seq":${seq},`;
  const head = `{"client":${JSON.stringify(client)},${number}"count":${count},"at":${at}}\n`;
  const headLength = Buffer.byteLength(head);
  const record = Buffer.allocUnsafe(HEADER + headLength + body.length);
  record.write(head, HEADER);
  record.set(body, HEADER + headLength);
  record.writeUInt32LE(headLength + body.length, 0);
  record.writeUInt32LE(crc32(record.subarray(HEADER)), 4);
  return record;
}

/**
 * Shows every whole record to `visit`, in order, with its position, and resolves with the position where the last one
 * ends. What follows there was never promised to anybody: a record is answered after a sync, and a sync covers all that
 * was written before it. Changes nothing.
 */
export async function recover(file: FileH, visit: (batch: Batch, position: number) => void): Promise<number> {
  let position = 0;
  /** What is in memory of the file, from `position` on. */
  let rest: Buffer = Buffer.alloc(0);
  for (;;) {
    if (rest.length < HEADER) rest = await read(file, position, CHUNK);
    if (rest.length < HEADER) return position;
    const length = rest.readUInt32LE(0);
    // Zeros are no record, although the CRC-32 of nothing is 0: a file may have grown before its bytes were written.
    if (length === 0 || length > MAX_PAYLOAD) return position;
    const end = HEADER + length;
    if (rest.length < end) rest = await read(file, position, Math.max(end, CHUNK));
    if (rest.length < end) return position; // the file ends in the middle of the record
    const payload = rest.subarray(HEADER, end);
    if (crc32(payload) !== rest.readUInt32LE(4)) return position;
    visit(decode(payload), position);
    position += end;
    rest = rest.subarray(end);
  }
}

async function read(file: FileH, position: number, count: number): Promise<Buffer> {
  const { buffer, byteOffset, length } = await file.readAt(position, count);
  return Buffer.from(buffer, byteOffset, length);
}

function decode(payload: Buffer): Batch {
  const end = payload.indexOf(LF);
  const head = JSON.parse(payload.toString('utf8', 0, end)) as Omit<Batch, 'body'>;
  return { ...head, body: payload.subarray(end + 1) };
}
