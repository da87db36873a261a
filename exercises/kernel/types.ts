/**
 * What your code may ask of the world outside: the time, chance, a disk, a network.
 *
 * Exercises take these as constructor arguments instead of calling `Date.now`, `Math.random` or `fs`
 * directly. In production you pass the real ones (`realClock`, `realDisk`, ...); tests pass simulated ones
 * that run hours in milliseconds, tear writes and repeat exactly from one seed.
 */

/** A metric's tags, e.g. `{ host: 'web-1', region: 'eu' }`. */
export type Labels = Readonly<Record<string, string>>;

/** Stops a pending timer. Calling it twice, or after the timer fired, does nothing. */
export type Cancel = () => void;

/** Time in integer milliseconds since the Unix epoch. */
export interface Clock {
  now(): number;
  /** Resolves after `ms` milliseconds; `ms <= 0` resolves on a later turn of the event loop. */
  sleep(ms: number): Promise<void>;
  /** Calls `fn` once after `ms` milliseconds. */
  timer(ms: number, fn: () => void): Cancel;
}

/** A source of chance: uniform numbers in [0, 1), repeatable when seeded. */
export interface Rng {
  next(): number;
}

/**
 * One open file. Bytes from `append` are only promised to survive a crash once a later `sync` has resolved.
 * Every method rejects with an `Error` whose `code` is the system's (`ENOSPC`, `EACCES`, `EIO`, ...).
 */
export interface FileH {
  /** Writes the buffers one after another at the end of the file; resolves with the offset they start at. */
  append(buffers: readonly Uint8Array[]): Promise<number>;
  /** Reads at most `length` bytes from `position`; fewer at the end of the file. */
  readAt(position: number, length: number): Promise<Uint8Array>;
  /** Makes all appended bytes durable. */
  sync(): Promise<void>;
  /** Size in bytes. */
  size(): Promise<number>;
  /** Cuts the file to `size` bytes. */
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** A folder of files. Paths are relative to it and use `/`. */
export interface Disk {
  /** Opens a file for reading and appending; creates it when it is not there. */
  open(path: string): Promise<FileH>;
  /** The names in a folder, sorted; `[]` when the folder is not there. */
  list(path: string): Promise<string[]>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes renames, removals and new names in a folder durable. */
  syncDir(path: string): Promise<void>;
}

/** Messages between named nodes: may be lost, late, doubled or out of order. */
export interface Net {
  send(to: string, message: unknown): void;
  onMessage(handler: (from: string, message: unknown) => void): void;
}

/** One measurement. `timestamp` is integer milliseconds since the Unix epoch. */
export interface Metric {
  readonly name: string;
  readonly value: number;
  readonly timestamp: number;
  readonly tags?: Labels;
}
