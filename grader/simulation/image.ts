/**
 * One simulated file, twice: the volatile image is what programs see, the durable one what the disk holds.
 * Both are equal below `dirtyFrom`; what lies above is only promised after a sync.
 */
import type { Rng } from '../../exercises/kernel/types.ts';
import { GrowingBytes } from './bytes.ts';

/** Unit in which a disk writes: a torn write keeps some sectors and not others. */
const SECTOR = 512;

/** What survives of bytes that were never synced. */
export type Keep = 'random' | 'nothing' | 'everything' | { readonly bytes: number };

/** A sync under way: the bytes that were there when it began. */
export interface PendingSync {
  readonly from: number;
  readonly bytes: Uint8Array;
}

export class FileImage {
  readonly volatile = new GrowingBytes();
  readonly durable = new GrowingBytes();
  readonly #syncs = new Set<PendingSync>();
  #dirtyFrom = 0;

  append(buffers: readonly Uint8Array[]): number {
    const start = this.volatile.length;
    for (const buffer of buffers) this.volatile.append(buffer);
    return start;
  }

  truncate(size: number): void {
    this.#dirtyFrom = Math.min(this.#dirtyFrom, size, this.volatile.length);
    this.volatile.resize(size);
  }

  /** Bytes that a crash now could lose. */
  get unsynced(): number {
    return Math.max(0, this.volatile.length - this.#firstUnsynced());
  }

  /** Begins a sync. It covers what is in the file now, not what is appended while it runs. */
  startSync(): PendingSync {
    const from = this.#firstUnsynced();
    const sync = { from, bytes: this.volatile.slice(from) };
    this.#syncs.add(sync);
    this.#dirtyFrom = from + sync.bytes.length;
    return sync;
  }

  finishSync(sync: PendingSync): void {
    if (!this.#syncs.has(sync)) return; // a sync that began later covered this one, and is done
    for (const older of this.#syncs) {
      this.#syncs.delete(older);
      if (older === sync) break;
    }
    this.durable.write(sync.from, sync.bytes);
    this.durable.resize(sync.from + sync.bytes.length);
  }

  /** The sync failed: its bytes are as unsafe as before. */
  failSync(sync: PendingSync): void {
    if (!this.#syncs.delete(sync)) return;
    this.#dirtyFrom = Math.min(this.#dirtyFrom, sync.from);
  }

  /** Makes everything durable. */
  settle(): void {
    this.finishSync(this.startSync());
  }

  /** The power fails: both images become what is found afterwards. */
  crash(keep: Keep, rng: Rng): void {
    const first = this.#firstUnsynced();
    const found = this.#afterCrash(first, this.volatile.slice(first), keep, rng);
    for (const image of [this.volatile, this.durable]) {
      image.resize(0);
      image.write(0, found);
    }
    this.#syncs.clear();
    this.#dirtyFrom = found.length;
  }

  /** A sync under way has promised nothing yet. */
  #firstUnsynced(): number {
    let first = this.#dirtyFrom;
    for (const sync of this.#syncs) first = Math.min(first, sync.from);
    return first;
  }

  #afterCrash(first: number, tail: Uint8Array, keep: Keep, rng: Rng): Uint8Array {
    if (keep === 'nothing') return this.durable.slice();
    if (keep === 'everything') return this.volatile.slice();
    if (keep !== 'random') return this.volatile.slice(0, first + keep.bytes);
    // The file was cut and that was not synced: the old bytes may be back.
    const cutIsUnsafe = this.durable.length > first;
    if (cutIsUnsafe && rng.next() < 0.5) return this.durable.slice();
    return join(this.volatile.slice(0, first), survivors(tail, rng));
  }
}

/** A part of bytes that were on their way to the disk: cut short, with zeros at the end, or with lost sectors. */
function survivors(tail: Uint8Array, rng: Rng): Uint8Array {
  const kept = tail.slice(0, randomLength(tail.length, rng));
  const kind = rng.next();
  if (kind < 0.5) return kept;
  // The new size reached the disk, the last bytes did not.
  if (kind < 0.75) return join(kept, new Uint8Array(randomLength(tail.length - kept.length, rng)));
  for (let at = 0; at < kept.length; at += SECTOR) if (rng.next() < 0.3) kept.fill(0, at, at + SECTOR);
  return kept;
}

/** 0 to `max`, with both ends more often than chance: they are where programs go wrong. */
function randomLength(max: number, rng: Rng): number {
  const choice = rng.next();
  if (choice < 0.2) return 0;
  if (choice < 0.4) return max;
  return Math.floor(rng.next() * (max + 1));
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
