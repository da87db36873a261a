/**
 * The sliding window of 1.6 in memory that threads share: an id has one quota, whichever thread its requests come to.
 *
 * The whole contract is in README.md beside this file, under "What you build" and "Invariants".
 */
import { SabMutex } from './mutex.ts';

/** The longest id, in bytes of UTF-8. Memory that cannot grow needs a limit for everything. */
export const MAX_ID_BYTES = 128;

/** How far a reading may be behind the shard's time and still count as late; further behind, the clock was set back. */
export const LATE_MS = 1_000;

export interface LimiterOptions {
  /** How many locks: ids of different shards never wait for each other. */
  readonly shards: number;
  /** How many ids a shard can remember at a time. */
  readonly slotsPerShard: number;
  /** How many requests of an id pass in `windowMs`. */
  readonly limit: number;
  readonly windowMs: number;
  /** Where in the buffer it begins, a multiple of 64; default 0. */
  readonly byteOffset?: number;
}

export class ShardedLimiter {
  readonly #shards: number;
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #locks: SabMutex[];

  // Your own fields go here: views of the buffer, and what you need to find a slot.

  /** How much memory a limiter takes: a multiple of 64, so that the next one can begin right behind it. */
  static bytes({ shards, slotsPerShard, limit }: LimiterOptions): number {
    // TODO(human): 7. What does a shard hold, and what a slot? Draw it first. Contract: invariant 9. (README: Task 4)
    throw new Error('TODO(human): say how many bytes a limiter takes');
  }

  /** Throws a `RangeError` for options that make no sense, or do not fit into the buffer. Writes nothing. */
  constructor(buffer: SharedArrayBuffer, options: LimiterOptions) {
    const { shards, slotsPerShard, limit, windowMs, byteOffset = 0 } = options;
    requireWhole('shards', shards, 1);
    requireWhole('slotsPerShard', slotsPerShard, 1);
    requireWhole('limit', limit, 0);
    requireWhole('windowMs', windowMs, 1);
    requireWhole('byteOffset', byteOffset, 0);
    if (byteOffset % 64 !== 0) throw new RangeError(`byteOffset must be a multiple of 64, not ${byteOffset}`);
    const bytes = ShardedLimiter.bytes(options);
    if (byteOffset + bytes > buffer.byteLength)
      throw new RangeError(`${bytes} bytes from ${byteOffset} do not fit into ${buffer.byteLength}`);
    this.#shards = shards;
    this.#limit = limit;
    this.#windowMs = windowMs;
    const cells = new Int32Array(buffer, byteOffset, bytes / 4);
    // Every shard takes as many bytes as the others, and its lock is the first cell of it.
    this.#locks = Array.from(
      { length: shards },
      (_, shard) => new SabMutex(cells, (shard * bytes) / shards / 4),
    );
  }

  /**
   * Whether this request of `id` may pass, `now` being the caller's clock in milliseconds. False also when no slot can
   * be had for an id. Throws a `RangeError` for an id of more than `MAX_ID_BYTES`.
   */
  allow(id: string, now: number): boolean {
    // TODO(human): 8. Choose the shard by the hash, and with its lock held: find the id's slot or take one, and decide.
    // Contract: invariants 6 to 8 and 10. (README: Tasks 5 and 6)
    // TODO(human): 9. What is the time of a shard, when threads read the clock before they wait for its lock?
    // Contract: invariant 7. (README: Task 7)
    throw new Error('TODO(human): let the request through, or refuse it');
  }
}

function requireWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(`${name} must be a whole number of at least ${least}, not ${value}`);
}
