/** A thread of the gate `cpu`: one end of a ring, or of a channel of messages. */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { type Ring, SpscRing } from './ring.ts';

export interface Go {
  readonly records: number;
  readonly salt: number;
}

type Message =
  | { readonly end: 'write' | 'read'; readonly buffer?: SharedArrayBuffer; readonly port?: MessagePort }
  | { readonly go: Go };

const BYTES = 200;
const BATCH = 64;

let run: (go: Go) => void = () => {};

parentPort?.on('message', (message: Message) => {
  try {
    if ('go' in message) run(message.go);
    else run = endOf(message);
  } catch (error) {
    parentPort?.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
});

function endOf({ end, buffer, port }: Exclude<Message, { go: Go }>): (go: Go) => void {
  if (buffer !== undefined) {
    const ring = new SpscRing(buffer);
    return end === 'write' ? (go) => writeRing(ring, go) : (go) => readRing(ring, go);
  }
  if (port === undefined) throw new Error('a ring or a port');
  return end === 'write' ? (go) => post(port, go) : receiver(port);
}

/** Each record says which one it is: the sum of all depends on their order. */
function stamp(record: Uint8Array, i: number, salt: number): void {
  record[0] = i + salt;
  record[BYTES - 1] = i * 7 + salt;
}

function fold(sum: number, record: Uint8Array): number {
  return (Math.imul(sum, 31) + (record[0] ?? 0) + (record[BYTES - 1] ?? 0) + record.length) | 0;
}

function writeRing(ring: Ring, { records, salt }: Go): void {
  const record = new Uint8Array(BYTES);
  for (let i = 0; i < records; i++) {
    stamp(record, i, salt);
    if (!ring.tryWrite(record)) throw new Error(`tryWrite refused record ${i + 1}: there was room`);
  }
  parentPort?.postMessage({});
}

function readRing(ring: Ring, { records }: Go): void {
  let [sum, read] = [0, 0];
  const visit = (record: Uint8Array): void => {
    sum = fold(sum, record);
    read++;
  };
  while (read < records) if (ring.readBatch(visit, BATCH) === 0) break;
  if (read !== records) throw new Error(`${records} records were written; readBatch found ${read}`);
  parentPort?.postMessage({ sum });
}

function post(port: MessagePort, { records, salt }: Go): void {
  const record = new Uint8Array(BYTES);
  for (let i = 0; i < records; i++) {
    stamp(record, i, salt);
    port.postMessage(record);
  }
  parentPort?.postMessage({});
}

/** Counts from the moment the port is there: messages come before the reader is told how many. */
function receiver(port: MessagePort): (go: Go) => void {
  let [sum, read, expected] = [0, 0, -1];
  const finish = (): void => {
    if (read !== expected) return;
    parentPort?.postMessage({ sum });
    [sum, read, expected] = [0, 0, -1];
  };
  port.on('message', (record: Uint8Array) => {
    sum = fold(sum, record);
    read++;
    finish();
  });
  return ({ records }) => {
    expected = records;
    finish();
  };
}
