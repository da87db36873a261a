/** What can go wrong with a simulated disk, and how long it takes. */
import type { Clock, Rng } from '../../exercises/kernel/types.ts';

export type DiskOperation =
  | 'open'
  | 'append'
  | 'read'
  | 'sync'
  | 'truncate'
  | 'list'
  | 'rename'
  | 'remove'
  | 'syncDir';

/** Milliseconds: always the same, or between two bounds. */
export type Delay = number | readonly [from: number, to: number];

const sentences: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBADF: 'bad file descriptor',
  EDQUOT: 'disk quota exceeded',
  EIO: 'i/o error',
  EMFILE: 'too many open files',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  EROFS: 'read-only file system',
};

/** An error as Node's file system would give it. */
export function systemError(code: string, operation: DiskOperation, path: string): Error {
  const message = `${code}: ${sentences[code] ?? 'simulated failure'}, ${operation} '${path}'`;
  return Object.assign(new Error(message), { code, syscall: operation, path });
}

/** The failures that were ordered and have not happened yet. */
export class Faults {
  /** Per operation: how many calls from now, and with which code. */
  readonly #ordered = new Map<DiskOperation, { after: number; code: string }[]>();

  /** The `nth` call from now on fails; 1 is the next one. */
  order(operation: DiskOperation, nth: number, code: string): void {
    const list = this.#ordered.get(operation) ?? [];
    list.push({ after: nth - 1, code });
    this.#ordered.set(operation, list);
  }

  /** Counts one call; the code that it must fail with, if any. */
  take(operation: DiskOperation): string | undefined {
    const list = this.#ordered.get(operation) ?? [];
    const due = list.find((fault) => fault.after === 0);
    const rest = list.filter((fault) => fault.after > 0);
    this.#ordered.set(
      operation,
      rest.map((fault) => ({ ...fault, after: fault.after - 1 })),
    );
    return due?.code;
  }
}

/** How long operations take, in a clock's time, and which of them a test holds back. */
export class Pace {
  readonly #clock: Clock | undefined;
  readonly #rng: Rng;
  readonly #delays: Readonly<Partial<Record<DiskOperation, Delay>>>;
  readonly #held = new Map<DiskOperation, Promise<void>>();

  constructor(rng: Rng, clock: Clock | undefined, delays: Readonly<Partial<Record<DiskOperation, Delay>>>) {
    this.#clock = clock;
    this.#rng = rng;
    this.#delays = delays;
  }

  /** Holds back all operations of a kind that begin from now on, until the returned function is called. */
  hold(operation: DiskOperation): () => void {
    const { promise, resolve } = deferred();
    this.#held.set(operation, promise);
    return () => {
      if (this.#held.get(operation) === promise) this.#held.delete(operation);
      resolve();
    };
  }

  async wait(operation: DiskOperation): Promise<void> {
    await this.#held.get(operation);
    const delay = this.#delays[operation];
    if (delay === undefined || this.#clock === undefined) return;
    await this.#clock.sleep(typeof delay === 'number' ? delay : between(delay, this.#rng));
  }
}

function between([from, to]: readonly [number, number], rng: Rng): number {
  return from + Math.floor(rng.next() * (to - from + 1));
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
