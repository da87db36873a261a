/**
 * What does it cost to hand something to another thread?
 *
 *   npx craft run 1.8             all tables
 *   npx craft run 1.8 numbers     four ways to use two shared counters: numbers of 4 bytes
 *   npx craft run 1.8 records     records of 200 bytes: your ring, and messages
 *   npx craft run 1.8 numbers 30  so many rounds instead of 9
 *
 * Two threads, a writer and a reader. Each row runs several times for 0.15 s, the rows in turn; on a busy
 * machine, or one with a single processor, the figures scatter widely. So three are shown: the lowest, the median, the
 * highest.
 */
import { MessageChannel, type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads';
import {
  CELLS,
  type Lane,
  lanes,
  PATIENCE,
  RESULT,
  readNumbers,
  rest,
  SLOTS,
  STOP,
  writeNumbers,
} from './lanes.ts';
import { SpscRing } from './ring.ts';

const MS = 150;
const RECORD = 200;

/** A way for records: the ring, whose reader copies or looks in place, or a message of so many records. */
interface Way {
  readonly name: string;
  readonly copies?: boolean;
  /** How often the reader looks at an empty ring before it goes to sleep. */
  readonly looks?: number;
  readonly perMessage?: number;
}

const ways: readonly Way[] = [
  { name: 'your ring, read in place' },
  { name: 'your ring, copied out', copies: true },
  { name: 'your ring, sleeps at once', looks: 0 },
  { name: 'postMessage, one each', perMessage: 1 },
  { name: 'postMessage, arrays of 64', perMessage: 64 },
];

/** What a thread gets: one end of one row. */
interface Job {
  readonly end: 'write' | 'read';
  readonly cells: SharedArrayBuffer;
  readonly slots: SharedArrayBuffer;
  readonly lane?: Lane;
  readonly way?: Way;
  readonly port?: MessagePort;
}

// ---- in a thread ----

function work({ end, cells, slots, lane, way, port }: Job): void {
  const counters = new Int32Array(cells);
  const stopped = (): boolean => Atomics.load(counters, STOP) !== 0;
  if (lane !== undefined) {
    const move = end === 'write' ? writeNumbers : readNumbers;
    move(lane, counters, new Int32Array(slots));
  } else if (port !== undefined) {
    if (end === 'write') post(port, way?.perMessage ?? 1);
    else receive(port, counters);
  } else if (end === 'write') {
    fill(new SpscRing(slots), stopped);
  } else {
    drain(new SpscRing(slots), way ?? { name: '' }, counters, stopped);
  }
}

function fill(ring: SpscRing, stopped: () => boolean): void {
  const record = new Uint8Array(RECORD).fill(1);
  let vain = 0;
  while (!stopped()) {
    for (let i = 0; i < 1_000; i++) {
      if (ring.tryWrite(record)) {
        vain = 0;
      } else if (++vain === PATIENCE) {
        rest();
        vain = 0;
      }
    }
  }
}

function drain(
  ring: SpscRing,
  { copies = false, looks = PATIENCE }: Way,
  counters: Int32Array,
  stopped: () => boolean,
) {
  let [records, sum, idle] = [0, 0, 0];
  const visit = (record: Uint8Array): void => {
    const bytes = copies ? record.slice() : record;
    sum += (bytes[0] ?? 0) + (bytes[RECORD - 1] ?? 0);
  };
  while (!stopped()) {
    const read = ring.readBatch(visit, 256);
    records += read;
    idle = read === 0 ? idle + 1 : 0;
    if (idle > looks) ring.waitReadable(50);
  }
  Atomics.store(counters, RESULT, sum === 2 * records ? records : -1);
}

/** Waits for the reader when 16,384 records are under way: messages queue up without a limit. */
function post(port: MessagePort, each: number): void {
  let ahead = 0;
  const record = new Uint8Array(RECORD).fill(1);
  const more = (): void => {
    for (; ahead < 16_384; ahead += each)
      port.postMessage(each === 1 ? record : Array.from({ length: each }, () => new Uint8Array(record)));
  };
  port.on('message', (read: number) => {
    ahead -= read;
    more();
  });
  more();
}

function receive(port: MessagePort, counters: Int32Array): void {
  let [records, told] = [0, 0];
  port.on('message', (message: Uint8Array | Uint8Array[]) => {
    records += Array.isArray(message) ? message.length : 1;
    if (records - told >= 4_096) {
      port.postMessage(records - told);
      told = records;
    }
    Atomics.store(counters, RESULT, records);
  });
}

// ---- the tables ----

/** Things handed over per second, in two threads of their own; -1 when something arrived changed. */
async function measure(row: { readonly lane?: Lane; readonly way?: Way }): Promise<number> {
  const cells = new SharedArrayBuffer(4 * CELLS);
  const counters = new Int32Array(cells);
  const slots = row.lane === undefined ? SpscRing.alloc(262_144) : new SharedArrayBuffer(4 * SLOTS);
  const { port1, port2 } = new MessageChannel();
  const usesPort = row.way?.perMessage !== undefined;
  const threads = [port1, port2].map((port, i) => {
    const end = i === 0 ? 'write' : 'read';
    const job: Job = { end, cells, slots, ...row, ...(usesPort ? { port } : {}) };
    const file = new URL(import.meta.url);
    return new Worker(file, { workerData: job, transferList: usesPort ? [port] : [] });
  });
  await Promise.all(threads.map((thread) => new Promise((resolve) => thread.once('online', resolve))));
  const began = performance.now();
  await new Promise((resolve) => setTimeout(resolve, MS));
  if (usesPort) {
    const rate = Atomics.load(counters, RESULT) / ((performance.now() - began) / 1_000);
    await Promise.all(threads.map((thread) => thread.terminate()));
    return rate;
  }
  const ended = threads.map((thread) => new Promise((resolve) => thread.once('exit', resolve)));
  Atomics.store(counters, STOP, 1);
  const seconds = (performance.now() - began) / 1_000;
  await Promise.all(ended);
  const moved = Atomics.load(counters, RESULT);
  return moved < 0 ? -1 : moved / seconds;
}

async function table(
  title: string,
  rows: readonly { name: string; lane?: Lane; way?: Way }[],
  rounds: number,
) {
  const figures = rows.map((): number[] => []);
  for (let round = 0; round < rounds; round++)
    for (const [i, row] of rows.entries()) figures[i]?.push(await measure(row));
  console.log(
    `${title.padEnd(28)}${['lowest', 'median', 'highest'].map((head) => head.padStart(10)).join('')}`,
  );
  for (const [i, { name }] of rows.entries()) {
    const sorted = figures[i]?.toSorted((a, b) => a - b) ?? [];
    if (sorted.some((figure) => figure < 0)) console.log(`${name.padEnd(28)}  something arrived changed`);
    const shown = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)].map((figure = 0) => figure / 1e6);
    console.log(`${name.padEnd(28)}${shown.map((figure) => figure.toFixed(2).padStart(10)).join('')}`);
  }
  console.log();
}

async function main([which = 'all', count = '9']: readonly string[]): Promise<void> {
  const rounds = Number(count);
  if (!['all', 'numbers', 'records'].includes(which) || !Number.isInteger(rounds) || rounds < 1) {
    console.error('usage: npx craft run 1.8 [numbers | records] [rounds]');
    process.exitCode = 1;
    return;
  }
  if (which !== 'records')
    await table(
      'numbers, millions/s',
      lanes.map((lane) => ({ name: lane.name, lane })),
      rounds,
    );
  if (which !== 'numbers')
    await table(
      'records, millions/s',
      ways.map((way) => ({ name: way.name, way })),
      rounds,
    );
}

if (parentPort === null) await main(process.argv.slice(2));
else work(workerData as Job);
