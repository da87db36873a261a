/**
 * The file: one record for each batch, one behind the other, and nothing else.
 *
 *   record   =  length (4 bytes) | checksum (4 bytes) | payload          both little endian
 *   payload  =  head, one line of JSON | LF | body, the bytes of the request as they came
 *   head     =  {"client":"web-1","seq":7,"count":2,"at":1700000000000}  no "seq" when the client gave none
 *
 * `length` counts the bytes of the payload, `checksum` is its CRC-32: `crc32` of node:zlib.
 */
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

/** The bytes of its record. */
export function encodeRecord(batch: Batch): Uint8Array {
  // TODO(human): 1. Head, line feed and body make the payload; in front of it its length and its checksum. One buffer,
  // filled once. Contract: invariant 1. (README: Task 1)
  throw new Error('TODO(human): make the record of a batch');
}

/**
 * Shows every whole record to `visit`, in order, with its position, and resolves with the position where the last one
 * ends: the first record that is not all there, or whose checksum is wrong, ends the file. Changes nothing.
 */
export async function recover(file: FileH, visit: (batch: Batch, position: number) => void): Promise<number> {
  // TODO(human): 1. Read the file in pieces, and visit the whole records of each. What can a power cut leave at the end?
  // Contract: invariant 2. (README: Task 1)
  throw new Error('TODO(human): find the whole records of a file');
}
