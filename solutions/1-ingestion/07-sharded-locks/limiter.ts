/**
 * The sliding window of 1.6 in memory that threads share: an id has one quota, whichever thread its requests come to.
 *
 * Ids are dealt to shards by their hash, and each shard has a lock of its own, so that threads meet only when their ids
 * do. A shard is a small hash table of fixed size: shared memory cannot grow, and holds bytes, no strings and no Maps.
 *
 *   shard   0 lock, 4 free, 8 time, 16 correction, 24 free ... 64 slots ...       rounded up to 64 bytes
 *   slot    0 bytes of the id + 1, 4 hash, 8 times in use, 12 next place, 16 id ... 144 times (8 bytes each)
 *
 * All zeros is an empty limiter. So nobody has to set it up, and nobody may: other threads may be at work already.
 */
import { hashBytes } from './hash.ts';
import { SabMutex } from './mutex.ts';

/** The longest id, in bytes of UTF-8. Memory that cannot grow needs a limit for everything. */
export const MAX_ID_BYTES = 128;

/**
 * How far a reading may be behind the last one and still count as late: between reading the clock and getting the lock
 * a thread may be stopped for a while. One that is further behind is a clock that was set back.
 */
export const LATE_MS = 1_000;

/** What two threads write must not share a cache line, or each write takes it away from the other processor. */
const LINE = 64;

const HEADER = LINE;
const TIME = 8;
const CORRECTION = 16;

const HASH = 4;
const USED = 8;
const NEXT = 12;
const ID = 16;
const TIMES = ID + MAX_ID_BYTES;

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

const utf8 = new TextEncoder();

export class ShardedLimiter {
  readonly #shards: number;
  readonly #slots: number;
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #slotBytes: number;
  readonly #shardBytes: number;
  readonly #locks: SabMutex[];
  // Three views of the same bytes, all from the beginning of this limiter.
  readonly #ints: Int32Array;
  readonly #floats: Float64Array;
  readonly #bytes: Uint8Array;
  /** The id of the call under way, in UTF-8; one byte longer than allowed, so that too long can be seen. */
  readonly #id = new Uint8Array(MAX_ID_BYTES + 1);

  /** How much memory a limiter takes: a multiple of 64, so that the next one can begin right behind it. */
  static bytes({ shards, slotsPerShard, limit }: LimiterOptions): number {
    return shards * shardBytes(slotsPerShard, limit);
  }

  /** Throws a `RangeError` for options that make no sense, or do not fit into the buffer. Writes nothing. */
  constructor(buffer: SharedArrayBuffer, options: LimiterOptions) {
    const { shards, slotsPerShard, limit, windowMs, byteOffset = 0 } = options;
    requireWhole('shards', shards, 1);
    requireWhole('slotsPerShard', slotsPerShard, 1);
    requireWhole('limit', limit, 0);
    requireWhole('windowMs', windowMs, 1);
    requireWhole('byteOffset', byteOffset, 0);
    if (byteOffset % LINE !== 0)
      throw new RangeError(`byteOffset must be a multiple of 64, not ${byteOffset}`);
    const bytes = ShardedLimiter.bytes(options);
    if (byteOffset + bytes > buffer.byteLength)
      throw new RangeError(`${bytes} bytes from ${byteOffset} do not fit into ${buffer.byteLength}`);
    this.#shards = shards;
    this.#slots = slotsPerShard;
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#slotBytes = slotBytes(limit);
    this.#shardBytes = shardBytes(slotsPerShard, limit);
    this.#ints = new Int32Array(buffer, byteOffset, bytes / 4);
    this.#floats = new Float64Array(buffer, byteOffset, bytes / 8);
    this.#bytes = new Uint8Array(buffer, byteOffset, bytes);
    this.#locks = Array.from(
      { length: shards },
      (_, shard) => new SabMutex(this.#ints, (shard * this.#shardBytes) / 4),
    );
  }

  /**
   * Whether this request of `id` may pass, `now` being the caller's clock in milliseconds. False also when no slot can
   * be had for an id. Throws a `RangeError` for an id of more than `MAX_ID_BYTES`.
   */
  allow(id: string, now: number): boolean {
    const { read, written } = utf8.encodeInto(id, this.#id);
    if (read < id.length || written > MAX_ID_BYTES)
      throw new RangeError(`an id has at most ${MAX_ID_BYTES} bytes`);
    if (this.#limit === 0) return false;
    // All that needs no shared memory is done before the lock is taken.
    const bytes = this.#id.subarray(0, written);
    const hash = hashBytes(bytes);
    const shard = hash % this.#shards;
    const lock = this.#locks[shard];
    if (lock === undefined) throw new RangeError(`there is no shard ${shard}`);
    return lock.with(() => {
      const base = shard * this.#shardBytes;
      const time = this.#advance(base, now);
      const slot = this.#find(base + HEADER, bytes, hash, time);
      return slot >= 0 && this.#pass(slot, time);
    });
  }

  /**
   * The time of a shard: what passes from call to call in it. Readings of several threads come a little out of order;
   * to add up the steps forward, as in 1.6, would count the same milliseconds again and again.
   */
  #advance(base: number, now: number): number {
    const last = this.#float(base + TIME);
    const time = now + this.#float(base + CORRECTION);
    if (time >= last) {
      this.#setFloat(base + TIME, time);
      return time;
    }
    // Set back: from here on this reading is the last time, and time goes on.
    if (last - time > LATE_MS) this.#setFloat(base + CORRECTION, last - now);
    return last;
  }

  /** The slot of the id, or one for it: never used, or its owner has nothing in the window any more. -1: none. */
  #find(first: number, id: Uint8Array, hash: number, time: number): number {
    const size = this.#slotBytes;
    const end = first + this.#slots * size;
    // The shard is what remains of the hash; the place in it goes by the rest, or all ids would begin at few places.
    let slot = first + (Math.floor(hash / this.#shards) % this.#slots) * size;
    let idle = -1;
    for (let looked = 0; looked < this.#slots; looked++) {
      if (this.#int(slot) === 0) {
        // Slots are taken over, never given back: behind one that was never used the id cannot stand.
        if (idle < 0) idle = slot;
        break;
      }
      if (this.#int(slot + HASH) === (hash | 0) && this.#holds(slot, id)) return slot;
      if (idle < 0 && time - this.#newest(slot) >= this.#windowMs) idle = slot;
      slot += size;
      if (slot === end) slot = first;
    }
    if (idle >= 0) this.#take(idle, id, hash);
    return idle;
  }

  #holds(slot: number, id: Uint8Array): boolean {
    if (this.#int(slot) !== id.length + 1) return false;
    for (let i = 0; i < id.length; i++) if (this.#bytes[slot + ID + i] !== id[i]) return false;
    return true;
  }

  #take(slot: number, id: Uint8Array, hash: number): void {
    this.#setInt(slot, id.length + 1);
    this.#setInt(slot + HASH, hash);
    this.#setInt(slot + USED, 0);
    this.#setInt(slot + NEXT, 0);
    this.#bytes.set(id, slot + ID);
  }

  /** The ring of 1.6. Zeroed memory says "at time 0", which is a time like any other: so it counts its times. */
  #pass(slot: number, time: number): boolean {
    const used = this.#int(slot + USED);
    const next = this.#int(slot + NEXT);
    const place = slot + TIMES + next * 8;
    if (used === this.#limit && time - this.#float(place) < this.#windowMs) return false;
    this.#setFloat(place, time);
    this.#setInt(slot + NEXT, (next + 1) % this.#limit);
    if (used < this.#limit) this.#setInt(slot + USED, used + 1);
    return true;
  }

  /** Every slot in use has let a request through: it was taken for one. */
  #newest(slot: number): number {
    const next = this.#int(slot + NEXT);
    return this.#float(slot + TIMES + (next === 0 ? this.#limit - 1 : next - 1) * 8);
  }

  #int(at: number): number {
    return this.#ints[at / 4] ?? 0;
  }

  #setInt(at: number, value: number): void {
    this.#ints[at / 4] = value;
  }

  #float(at: number): number {
    return this.#floats[at / 8] ?? 0;
  }

  #setFloat(at: number, value: number): void {
    this.#floats[at / 8] = value;
  }
}

function slotBytes(limit: number): number {
  return TIMES + 8 * limit;
}

function shardBytes(slots: number, limit: number): number {
  return Math.ceil((HEADER + slots * slotBytes(limit)) / LINE) * LINE;
}

function requireWhole(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RangeError(`${name} must be a whole number of at least ${least}, not ${value}`);
}
