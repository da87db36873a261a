/** The file's format as the lesson tells it, read and written by somebody who has never seen the student's code. */
import { crc32 } from 'node:zlib';

export interface StoredRecord {
  readonly position: number;
  readonly client: string;
  readonly seq?: number | undefined;
  readonly count: number;
  readonly at: number;
  readonly body: string;
}

export interface Reading {
  readonly records: StoredRecord[];
  /** Where the last whole record ends. */
  readonly end: number;
  /** What is wrong there; undefined when the file ends there. */
  readonly problem: string | undefined;
}

const HEADER = 8;

export function readRecords(bytes: Uint8Array): Reading {
  const file = Buffer.from(bytes);
  const records: StoredRecord[] = [];
  let at = 0;
  while (at < file.length) {
    const stop = (problem: string): Reading => ({ records, end: at, problem });
    if (file.length - at < HEADER) return stop(`${file.length - at} bytes, too few for length and checksum`);
    const length = file.readUInt32LE(at);
    if (length === 0) return stop('a record of length 0');
    if (at + HEADER + length > file.length)
      return stop(`a record of ${length} bytes, of which only ${file.length - at - HEADER} are there`);
    const payload = file.subarray(at + HEADER, at + HEADER + length);
    if (crc32(payload) !== file.readUInt32LE(at + 4))
      return stop('a checksum that is not the CRC-32 of the payload');
    const head = parseHead(payload);
    if (typeof head === 'string') return stop(head);
    records.push({ position: at, ...head, body: payload.toString('utf8', payload.indexOf(10) + 1) });
    at += HEADER + length;
  }
  return { records, end: at, problem: undefined };
}

function parseHead(payload: Buffer): Omit<StoredRecord, 'position' | 'body'> | string {
  const end = payload.indexOf(10);
  if (end === -1) return 'a payload without a line feed';
  try {
    const head = JSON.parse(payload.toString('utf8', 0, end));
    const { client, seq, count, at } = head;
    const isSeq = seq === undefined || Number.isSafeInteger(seq);
    if (typeof client === 'string' && isSeq && Number.isSafeInteger(count) && Number.isSafeInteger(at))
      return { client, count, at, ...(seq !== undefined && { seq }) };
    return `a head without client, count or at, or with a strange seq: ${payload.toString('utf8', 0, end)}`;
  } catch {
    return `a head that is not JSON: ${payload.toString('utf8', 0, Math.min(end, 200))}`;
  }
}

export function recordOf({ body, ...head }: Omit<StoredRecord, 'position'>): Buffer {
  const payload = Buffer.from(`${JSON.stringify(head)}\n${body}`);
  const record = Buffer.alloc(HEADER + payload.length);
  record.writeUInt32LE(payload.length, 0);
  record.writeUInt32LE(crc32(payload), 4);
  payload.copy(record, HEADER);
  return record;
}

/** The metrics of a record, each with all that its sender said of it; the time of the record where it said none. */
export function metricsOf({ body, at }: Pick<StoredRecord, 'body' | 'at'>): unknown[] {
  const input = JSON.parse(body);
  const entries: object[] = Object.hasOwn(input, 'metrics') ? input.metrics : [input];
  return entries.map((entry) => ({ timestamp: at, ...entry }));
}
