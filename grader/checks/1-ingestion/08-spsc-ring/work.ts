/** What the gates count and time. */
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Go } from './mover.ts';
import { type Around, type Op, SpscRing, tapped } from './ring.ts';

export interface Counted {
  /** Uses of the other side's counter, and of the own one by the reader. */
  readonly looks: number;
  readonly all: number;
  readonly read: number;
  readonly published: number;
}

/** One thread fills a ring with records, then empties it in batches, and again: what both ask of the counters. */
export function countLooks(records: number, length: number, capacity: number, batch: number): Counted {
  const buffer = SpscRing.alloc(capacity);
  let [looks, all, published, read, begun] = [0, 0, 0, 0, false];
  const counting =
    (isLook: (op: Op) => boolean): Around =>
    (op, perform) => {
      if (begun) all++;
      if (begun && isLook(op)) looks++;
      if (op.cell === 'WRITTEN' && op.name !== 'load' && op.name !== 'notify') published++;
      return perform();
    };
  const writer = new SpscRing(buffer, tapped(counting(({ cell }) => cell === 'READ')));
  const reader = new SpscRing(buffer, tapped(counting(({ cell }) => cell === 'WRITTEN' || cell === 'READ')));
  begun = true;
  const record = new Uint8Array(length).fill(7);
  let written = 0;
  while (read < records) {
    while (written < records && writer.tryWrite(record)) written++;
    const before = read;
    for (let got = 1; got > 0; ) {
      got = reader.readBatch((view) => {
        if (view.length === length) read++;
      }, batch);
    }
    if (read === before) break;
  }
  return { looks, all, read, published };
}

/** Both threads, kept from one sample to the next. */
interface Crew {
  move(go: Go): Promise<number>;
}

const CAPACITY = 4 * 2 ** 20;
let ring: Crew | undefined;
let messages: Crew | undefined;
let next: { crew: Crew; go: Go } | undefined;

function newThread(): Worker {
  const worker = new Worker(new URL('./mover.js', import.meta.url));
  worker.unref();
  return worker;
}

/** One message to the writer begins, one of the reader ends: between them the records move. */
function crew(start: (writer: Worker, reader: Worker) => void): Crew {
  const [writer, reader] = [newThread(), newThread()];
  start(writer, reader);
  return {
    move: (go) =>
      new Promise((resolve, reject) => {
        const end = (result: { sum?: number; error?: string }): void => {
          for (const worker of [writer, reader]) worker.removeAllListeners('message');
          if (result.sum === undefined) reject(new Error(result.error ?? 'no sum'));
          else resolve(result.sum);
        };
        writer.on('message', (result: { error?: string }) => {
          // The ring holds them all: the reader begins when the writer is ready, on one processor as on many.
          if (result.error !== undefined) end(result);
          else reader.postMessage({ go });
        });
        reader.on('message', end);
        writer.postMessage({ go });
      }),
  };
}

export function prepareRing(size: number, seed: string): void {
  ring ??= crew((writer, reader) => {
    const buffer = SpscRing.alloc(CAPACITY);
    writer.postMessage({ end: 'write', buffer });
    reader.postMessage({ end: 'read', buffer });
  });
  next = { crew: ring, go: { records: size, salt: saltOf(seed) } };
}

export function prepareMessages(size: number, seed: string): void {
  messages ??= crew((writer, reader) => {
    const { port1, port2 } = new MessageChannel();
    writer.postMessage({ end: 'write', port: port1 }, [port1]);
    reader.postMessage({ end: 'read', port: port2 }, [port2]);
  });
  next = { crew: messages, go: { records: size, salt: saltOf(seed) } };
}

/** Moves the records; a sum over all that came, which tells whether they came whole and in order. */
export async function move(): Promise<number> {
  if (next === undefined) throw new Error('prepare first');
  return next.crew.move(next.go);
}

/** 0 to 255, from the seed. */
function saltOf(seed: string): number {
  let salt = 0;
  for (const character of seed) salt = (salt * 31 + (character.codePointAt(0) ?? 0)) & 255;
  return salt;
}
