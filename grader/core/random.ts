/**
 * All chance in the judge comes from one printed seed. Each check and gate round derives its own generator
 * from that seed and its own name, so that one of them alone replays the same inputs.
 */
import { createHash, randomBytes } from 'node:crypto';

/** A repeatable source of chance. */
export interface Random {
  /** The seed as it is printed. */
  readonly seed: string;
  /** Uniform in [0, 1). */
  next(): number;
  /** An integer in [from, to], both included. */
  integer(from: number, to: number): number;
  pick<T>(items: readonly T[]): T;
  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
}

/** A fresh seed: eight hexadecimal digits. */
export function newSeed(): string {
  return randomBytes(4).toString('hex');
}

/** The seed of a named part of a run, e.g. of one check. */
export function deriveSeed(seed: string, name: string): string {
  return createHash('sha256').update(`${seed}/${name}`).digest('hex').slice(0, 8);
}

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state are plenty for test inputs. */
export function createRandom(seed: string): Random {
  let state = Number.parseInt(seed, 16) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const integer = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    seed,
    next,
    integer,
    pick: <T>(items: readonly T[]): T => {
      const item = items[integer(0, items.length - 1)];
      if (item === undefined) throw new RangeError('pick() needs at least one item');
      return item;
    },
    shuffle: <T>(items: readonly T[]): T[] => {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = integer(0, i);
        [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
      }
      return copy;
    },
  };
}
