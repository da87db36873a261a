/**
 * Stands between the student's code and `Atomics`: whoever directs a play decides what happens at each call. Loaded
 * before the student's modules, so that it does not matter how they get at `Atomics`. Without a director nothing changes.
 */

export type Kind =
  | 'load'
  | 'store'
  | 'add'
  | 'sub'
  | 'and'
  | 'or'
  | 'xor'
  | 'exchange'
  | 'compareExchange'
  | 'wait'
  | 'notify'
  | 'read'
  | 'write';

/** One access to shared memory; `at` is the address of the cell in its buffer. */
export interface Access {
  readonly kind: Kind;
  readonly cells: Int32Array;
  readonly index: number;
  readonly at: number;
  readonly args: readonly unknown[];
}

/** What happens at an access, and what it returns. `run` does what Atomics would have done. */
export type Director = (access: Access, run: () => unknown) => unknown;

type AtomicsCall = (cells: Int32Array, index: number, ...args: unknown[]) => unknown;

let director: Director | undefined;
/** Arrays whose plain reads and writes are seen too. */
const watched = new WeakMap<object, Int32Array>();

const kinds: readonly Kind[] = [
  ...(['load', 'store', 'add', 'sub', 'and', 'or', 'xor'] as const),
  ...(['exchange', 'compareExchange', 'wait', 'notify'] as const),
];
for (const kind of kinds) {
  const original = Reflect.get(Atomics, kind) as AtomicsCall;
  Reflect.set(Atomics, kind, (given: Int32Array, index: number, ...args: unknown[]): unknown => {
    const cells = watched.get(given) ?? given;
    const run = (): unknown => original(cells, index, ...args);
    return director === undefined ? run() : director(accessOf(kind, cells, index, args), run);
  });
}

function accessOf(kind: Kind, cells: Int32Array, index: number, args: readonly unknown[]): Access {
  return { kind, cells, index, at: cells.byteOffset + index * cells.BYTES_PER_ELEMENT, args };
}

/** Runs `act` with every access in the hands of `given`. */
export function direct<T>(given: Director, act: () => T): T {
  const before = director;
  director = given;
  try {
    return act();
  } finally {
    director = before;
  }
}

/** The accesses that `act` makes, in order; they take place as usual. */
export function record(act: () => void): Access[] {
  const accesses: Access[] = [];
  direct((access, run) => {
    accesses.push(access);
    return run();
  }, act);
  return accesses;
}

/** The same array, but `cells[3]` and `cells[3] = 1` are accesses that a director sees. */
export function watch(cells: Int32Array): Int32Array {
  const proxy = new Proxy(cells, {
    get(target, key) {
      const plain = (): unknown => {
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      };
      if (director === undefined || typeof key !== 'string' || !/^\d+$/.test(key)) return plain();
      return director(accessOf('read', target, Number(key), []), plain);
    },
    set(target, key, value) {
      const plain = (): unknown => Reflect.set(target, key, value, target);
      if (director === undefined || typeof key !== 'string' || !/^\d+$/.test(key)) return Boolean(plain());
      director(accessOf('write', target, Number(key), [value]), plain);
      return true;
    },
  });
  watched.set(proxy, cells);
  return proxy;
}
