/** The student's ring, the buffers that it is put into, and a look at every use it makes of the shared counters. */
import { student } from '../../../harness/driver.ts';

export const { SpscRing } =
  await student<typeof import('../../../../exercises/1-ingestion/08-spsc-ring/ring.ts')>('ring.ts');

export type Ring = InstanceType<typeof SpscRing>;

export const layout =
  await student<typeof import('../../../../exercises/1-ingestion/08-spsc-ring/layout.ts')>('layout.ts');

const { CELLS, DATA, READ, REFUSED, WAITING, WRITTEN } = layout;

/** A ring that has been in use until its counters stood at `start`, and is empty. */
export function newBuffer(capacity: number, start = 0): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(DATA + capacity);
  const cells = cellsOf(buffer);
  cells[WRITTEN] = start;
  cells[READ] = start;
  return buffer;
}

export function cellsOf(buffer: SharedArrayBuffer): Int32Array {
  return new Int32Array(buffer, 0, CELLS);
}

/** What the memory holds just now. */
export function copyOf(buffer: SharedArrayBuffer): SharedArrayBuffer {
  const copy = new SharedArrayBuffer(buffer.byteLength);
  new Uint8Array(copy).set(new Uint8Array(buffer));
  return copy;
}

/** A record that no other resembles: its number decides every byte. */
export function recordOf(number: number, length: number): Uint8Array {
  const record = new Uint8Array(length);
  for (let i = 0; i < length; i++) record[i] = number * 37 + i * 11 + 5;
  return record;
}

export function textOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** One call of `Atomics`. */
export interface Op {
  readonly name: string;
  /** WRITTEN, READ and so on; the number of the byte for any other place. */
  readonly cell: string;
  readonly byte: number;
  /** What was given behind the index: a value, a count, a timeout. */
  readonly values: readonly number[];
}

/** Does the call, or something else in its place. */
export type Around = (op: Op, perform: () => number | string) => number | string;

const names = new Map([
  [4 * WRITTEN, 'WRITTEN'],
  [4 * READ, 'READ'],
  [4 * WAITING, 'WAITING'],
  [4 * REFUSED, 'REFUSED'],
]);

/** `Atomics`, each use of which goes through `around`. */
export function tapped(around: Around): typeof Atomics {
  const tap: Record<string, unknown> = {};
  for (const name of Object.getOwnPropertyNames(Atomics)) {
    const real: unknown = Reflect.get(Atomics, name);
    if (typeof real !== 'function') continue;
    tap[name] = (...args: unknown[]): unknown => {
      const [view, index, ...values] = args;
      const perform = (): number | string => Reflect.apply(real, Atomics, args) as number | string;
      if (!ArrayBuffer.isView(view)) return perform();
      const width = Reflect.get(view, 'BYTES_PER_ELEMENT') as number;
      const byte = view.byteOffset + Number(index) * width;
      const cell = names.get(byte) ?? `byte ${byte}`;
      return around({ name, cell, byte, values: values.map(Number) }, perform);
    };
  }
  return tap as unknown as typeof Atomics;
}

/** Whether a call of `Atomics` may change the cell. */
export function changes({ name }: Op): boolean {
  return !['load', 'wait', 'waitAsync', 'notify', 'isLockFree'].includes(name);
}

/** What was thrown, as plain text; what is not written yet passes on, since craft has its own words for that. */
export function described(error: unknown): string {
  if (error instanceof Error && error.message.startsWith('TODO(human)')) throw error;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
