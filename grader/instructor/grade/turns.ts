/**
 * Who may measure. Gates are held one at a time, on the whole machine: other graders of this user wait too. Checks of
 * other submissions go on meanwhile, since gates count or read CPU time; only a gate that noise has left open once gets
 * a quiet turn, in which this grader does nothing else.
 */
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { CraftError } from '../../core/errors.ts';
import { withLock } from '../../progress/index.ts';

export interface Turns {
  /** Runs the work on one cell; begins when no quiet turn is on or asked for. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Called within `during`: resolves when this cell may measure, to the function that ends its turn. */
  take(quiet: boolean): Promise<() => void>;
}

/** Runs `work` while nobody else on the machine measures. */
export type MachineLock = (work: () => Promise<void>) => Promise<void>;

interface Asking {
  readonly quiet: boolean;
  grant(): void;
}

export function createTurns(lock: MachineLock): Turns {
  /** Cells at work that do not wait for a turn, with the one that has it. */
  let busy = 0;
  let held: Asking | undefined;
  const asking: Asking[] = [];
  const outside: (() => void)[] = [];

  const isQuiet = (): boolean => held?.quiet === true || asking.some(({ quiet }) => quiet);
  const next = (): void => {
    const [first] = asking;
    if (held === undefined && first !== undefined && !(first.quiet && busy > 0)) {
      held = asking.shift();
      busy++;
      first.grant();
    }
    while (outside.length > 0 && !isQuiet()) {
      busy++;
      outside.shift()?.();
    }
  };
  const finish = (): void => {
    busy--;
    next();
  };
  return {
    during: async (work) => {
      await new Promise<void>((resolve) => {
        outside.push(resolve);
        next();
      });
      return work().finally(finish);
    },
    take: (quiet) => {
      const { promise, resolve, reject } = withResolvers<() => void>();
      const mine: Asking = {
        quiet,
        grant: () => {
          const turn = async (): Promise<void> => {
            const ended = withResolvers<void>();
            resolve(() => ended.resolve());
            await ended.promise;
          };
          // The cell that asked goes on working when its turn is over: it stays busy.
          const over = (): void => {
            held = undefined;
            next();
          };
          lock(turn).then(over, (error: unknown) => {
            over();
            reject(error);
          });
        },
      };
      asking.push(mine);
      finish();
      return promise;
    },
  };
}

/** A lock of this user on this machine: a file in the folder for temporary ones, whose dead holders are replaced. */
export function machineLock(signal?: AbortSignal): MachineLock {
  const folder = join(tmpdir(), `craft-gates-${userInfo().uid}`);
  return async (work) => {
    prepare(folder);
    const patience = { waitMs: Number.POSITIVE_INFINITY, ...(signal === undefined ? {} : { signal }) };
    await withLock({ root: folder, state: folder }, work, patience);
  };
}

function prepare(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid } = userInfo();
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== uid) {
    throw new CraftError('NOT_WRITABLE', { path: folder, why: 'it belongs to somebody else' });
  }
  chmodSync(folder, 0o700);
}

interface Resolvers<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

function withResolvers<T>(): Resolvers<T> {
  let resolve = (_: T): void => {};
  let reject = (_: unknown): void => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
