/**
 * `atomics` tells an older value, or does not store. Who believes something else has looked past it, or written past it.
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

const { READ, REFUSED, WAITING, WRITTEN } = layout;

export interface Lie {
  readonly kind: 'lied';
  readonly story: string;
  readonly expected: string;
  readonly received: string;
}

/** A ring whose `atomics` answers as `answer` says, and does nothing then; undefined: as always. */
function deceived(buffer: SharedArrayBuffer, answer: (op: Op) => number | undefined): Ring {
  return new SpscRing(
    buffer,
    tapped((op, perform) => answer(op) ?? perform()),
  );
}

/** The first lie that was not believed. */
export function lies(): Lie | undefined {
  for (const tell of [oldWritten, oldRead, keptRead, oldFlag, keptRefused, keptFlag]) {
    const found = tell();
    if (found !== undefined) return { kind: 'lied', ...found };
  }
  return undefined;
}

type Found = Omit<Lie, 'kind'> | undefined;

function oldWritten(): Found {
  const { buffer } = usedRing(128, 3, 1);
  const old = cellsOf(buffer)[READ] ?? 0;
  const reader = deceived(buffer, ({ name, cell }) =>
    name === 'load' && cell === 'WRITTEN' ? old : undefined,
  );
  const story = 'a record waits, but atomics.load says that WRITTEN has not moved yet';
  const seen = drain(reader).length;
  if (seen > 0)
    return { story: `${story}. readBatch reads`, expected: 'nothing', received: `${seen} records` };
  if (!reader.waitReadable(0)) return undefined;
  return { story: `${story}. waitReadable(0)`, expected: 'false', received: 'true' };
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
