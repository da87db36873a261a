/**
 * `atomics` tells another value than stands in the memory, or does not store. Who believes something else has looked past it, or written past it.
 */
import { drain, usedRing } from './orders.ts';
import {
  cellsOf,
  changes,
  layout,
  newBuffer,
  type Op,
  type Ring,
  recordOf,
  SpscRing,
  tapped,
} from './ring.ts';

const { DATA, READ, REFUSED, WAITING, WRITTEN } = layout;

export interface Lie {
  readonly kind: 'lied';
  readonly story: string;
  readonly expected: string;
  readonly received: string;
}

/** A ring whose `atomics` answers as `answer` says, and does nothing then; undefined: as always. */
function deceived(buffer: SharedArrayBuffer, answer: (op: Op) => number | string | undefined): Ring {
  return new SpscRing(
    buffer,
    tapped((op, perform) => answer(op) ?? perform()),
  );
}

/** The first lie that was not believed. */
export function lies(): Lie | undefined {
  for (const tell of [
    oldWritten,
    newWritten,
    oldRead,
    newRead,
    keptRead,
    oldFlag,
    newFlag,
    keptRefused,
    keptFlag,
    others,
  ]) {
    const found = tell();
    if (found !== undefined) return { kind: 'lied', ...found };
  }
  return undefined;
}

type Found = Omit<Lie, 'kind'> | undefined;

function oldWritten(): Found {
  const { buffer } = usedRing(128, 3, 1);
  const old = cellsOf(buffer)[READ] ?? 0;
  const reader = deceived(buffer, ({ name, cell, values }) => {
    if (cell !== 'WRITTEN') return undefined;
    if (name === 'wait') return ((values[0] ?? 0) | 0) === old ? 'timed-out' : 'not-equal';
    return name === 'load' ? old : undefined;
  });
  const story = 'a record waits, but atomics.load says that WRITTEN has not moved yet';
  const seen = drain(reader).length;
  if (seen > 0)
    return { story: `${story}. readBatch reads`, expected: 'nothing', received: `${seen} records` };
  if (!reader.waitReadable(0)) return undefined;
  return { story: `${story}. waitReadable(0)`, expected: 'false', received: 'true' };
}

function newWritten(): Found {
  const { buffer } = usedRing(128, 3, 1);
  const cells = cellsOf(buffer);
  const moved = cells[WRITTEN] ?? 0;
  cells[WRITTEN] = cells[READ] ?? 0;
  const reader = deceived(buffer, ({ name, cell }) =>
    name === 'load' && cell === 'WRITTEN' ? moved : undefined,
  );
  const seen = drain(reader).length;
  if (seen === 1) return undefined;
  const story =
    'atomics.load says that WRITTEN has moved; a plain read does not show it yet. readBatch reads';
  return { story, expected: '1 record', received: `${seen} records` };
}

function newRead(): Found {
  const buffer = newBuffer(64);
  let told = 0;
  const writer = deceived(buffer, ({ name, cell }) =>
    name === 'load' && cell === 'READ' ? told : undefined,
  );
  for (let i = 0; i < 4; i++) writer.tryWrite(recordOf(i, 12));
  if (cellsOf(buffer)[WRITTEN] !== 64) return undefined;
  told = 64;
  if (writer.tryWrite(recordOf(9, 12))) return undefined;
  const story =
    'the ring was full, and atomics.load says that all has been read; a plain read does not show it yet. tryWrite';
  return { story, expected: 'true', received: 'false' };
}

function oldRead(): Found {
  const buffer = newBuffer(64);
  const writer = deceived(buffer, ({ name, cell }) => (name === 'load' && cell === 'READ' ? 0 : undefined));
  for (let i = 0; i < 4; i++) writer.tryWrite(recordOf(i, 12));
  cellsOf(buffer)[READ] = cellsOf(buffer)[WRITTEN] ?? 0;
  if (!writer.tryWrite(recordOf(9, 12))) return undefined;
  const story =
    'the ring is full; the reader has read all, but atomics.load says that READ has not moved yet. tryWrite';
  return { story, expected: 'false', received: 'true' };
}

function keptRead(): Found {
  const { buffer } = usedRing(128, 3, 2);
  const before = cellsOf(buffer)[READ];
  const reader = deceived(buffer, (op) => (op.cell === 'READ' && changes(op) ? 0 : undefined));
  reader.readBatch(() => {}, 9);
  if (cellsOf(buffer)[READ] === before) return undefined;
  const story = 'atomics.store with READ does nothing. readBatch reads two records';
  return { story, expected: 'READ where it was', received: 'READ has moved' };
}

function oldFlag(): Found {
  const buffer = newBuffer(64);
  let notified = 0;
  const writer = deceived(buffer, ({ name, cell }) => {
    if (name === 'notify') notified++;
    return cell === 'WAITING' ? 0 : undefined;
  });
  cellsOf(buffer)[WAITING] = 1;
  writer.tryWrite(recordOf(1, 4));
  if (notified === 0) return undefined;
  const story = 'WAITING is 1 in the memory, but atomics says 0. tryWrite';
  return { story, expected: 'no atomics.notify', received: 'atomics.notify' };
}

function newFlag(): Found {
  const buffer = newBuffer(64);
  let notified = 0;
  const writer = deceived(buffer, ({ name, cell }) => {
    if (name === 'notify') notified++;
    return cell === 'WAITING' && name !== 'notify' ? 1 : undefined;
  });
  writer.tryWrite(recordOf(1, 4));
  if (notified > 0) return undefined;
  const story = 'atomics says that WAITING is 1; a plain read does not show it yet. tryWrite';
  return { story, expected: 'atomics.notify', received: 'no atomics.notify' };
}

/** Both ends at work: nothing but the four counters is used in front of the ring's bytes. */
function others(): Found {
  const buffer = newBuffer(64);
  const used = new Set<string>();
  const ring = deceived(buffer, (op) => {
    if (op.cell.startsWith('byte ') && op.byte < DATA) used.add(`atomics.${op.name} of ${op.cell}`);
    return undefined;
  });
  for (let i = 0; i < 30; i++) {
    ring.tryWrite(recordOf(i, i % 25));
    ring.waitReadable(1);
    if (i % 3 === 0) ring.readBatch(() => {}, 2);
  }
  drain(ring);
  ring.waitReadable(1);
  const first = [...used][0];
  if (first === undefined) return undefined;
  const story = 'records are written and read. Uses of anything but the four counters, in front of the ring';
  return { story, expected: 'none', received: first };
}

function keptRefused(): Found {
  const buffer = newBuffer(64);
  const writer = deceived(buffer, (op) => (op.cell === 'REFUSED' && changes(op) ? 0 : undefined));
  for (let i = 0; i < 9; i++) writer.tryWrite(recordOf(i, 28));
  if (cellsOf(buffer)[REFUSED] === 0) return undefined;
  const story = 'the ring is full, and atomics.store with REFUSED does nothing. tryWrite';
  return { story, expected: 'REFUSED where it was', received: 'REFUSED has moved' };
}

function keptFlag(): Found {
  let moved = false;
  for (const flag of [0, 1]) {
    const buffer = newBuffer(64);
    const cells = cellsOf(buffer);
    cells[WAITING] = flag;
    const reader = deceived(buffer, (op) => {
      moved ||= cells[WAITING] !== flag;
      return op.cell === 'WAITING' && changes(op) ? flag : undefined;
    });
    reader.waitReadable(5);
    moved ||= cells[WAITING] !== flag;
  }
  if (!moved) return undefined;
  const story = 'nothing is there, and atomics.store with WAITING does nothing. waitReadable(5)';
  return { story, expected: 'WAITING where it was', received: 'WAITING has changed' };
}
