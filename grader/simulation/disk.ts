/**
 * A disk in memory that forgets what was not synced.
 *
 * Programs see every write at once, as through the page cache. `crash()` is the power failing: what was synced
 * stays, of the rest an arbitrary part survives. Killing a process would show nothing of this: the page cache
 * outlives it.
 */
import type { Clock, Disk, FileH, Rng } from '../../exercises/kernel/types.ts';
import { createRandom } from '../core/random.ts';
import { type Delay, type DiskOperation, Faults, Pace, systemError } from './faults.ts';
import { SimFile } from './file.ts';
import { FileImage, type Keep } from './image.ts';
import { Names, normalPath } from './names.ts';
import type { Trace } from './trace.ts';

export interface SimDiskOptions {
  /** Needed for delays. */
  readonly clock?: Clock;
  /** How long operations take, e.g. `{ sync: 5, append: [0, 2] }` milliseconds; nothing by default. */
  readonly delays?: Readonly<Partial<Record<DiskOperation, Delay>>>;
  readonly trace?: Trace;
}

/** What was asked of the disk so far. */
export interface DiskCounts {
  appends: number;
  syncs: number;
  reads: number;
  /** Bytes that were appended. */
  bytes: number;
}

/** Operations that leave something to lose or to find after a crash. */
const changing: ReadonlySet<DiskOperation> = new Set([
  'open',
  'append',
  'sync',
  'truncate',
  'rename',
  'remove',
  'syncDir',
]);

export class SimDisk implements Disk {
  readonly counts: DiskCounts = { appends: 0, syncs: 0, reads: 0, bytes: 0 };
  /** Resolves when the power failed because of `powerOffAfter`. */
  readonly poweredOff: Promise<void>;
  readonly #names = new Names();
  readonly #faults = new Faults();
  readonly #rng: Rng;
  readonly #pace: Pace;
  readonly #options: SimDiskOptions;
  #tellPoweredOff: () => void = () => {};
  /** Rises with every crash: files that were opened before belong to a process that is gone. */
  #life = 0;
  #changes = 0;
  #changesLeft = Number.POSITIVE_INFINITY;

  constructor(rng: Rng = createRandom('00000001'), options: SimDiskOptions = {}) {
    this.#rng = rng;
    this.#options = options;
    this.#pace = new Pace(rng, options.clock, options.delays ?? {});
    this.poweredOff = new Promise((resolve) => {
      this.#tellPoweredOff = resolve;
    });
  }

  open(path: string): Promise<FileH> {
    return this.#perform('open', path, (name) => {
      const image = this.#names.get(name) ?? this.#create(name);
      const life = this.#life;
      return new SimFile(image, {
        counts: this.counts,
        perform: (operation, work, fail) => this.#perform(operation, name, work, fail, life),
      });
    });
  }

  list(path: string): Promise<string[]> {
    return this.#perform('list', path, (folder) => this.#names.list(folder));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#perform('rename', from, (name) => {
      const image = this.#need(name, 'rename');
      const target = normalPath(to);
      if (target === name) return;
      this.#names.change([
        [name, undefined],
        [target, image],
      ]);
    });
  }

  remove(path: string): Promise<void> {
    return this.#perform('remove', path, (name) => {
      this.#need(name, 'remove');
      this.#names.change([[name, undefined]]);
    });
  }

  syncDir(path: string): Promise<void> {
    return this.#perform('syncDir', path, (folder) => this.#names.sync(folder));
  }

  /**
   * The power fails, and comes back. What was synced is there; of the rest, as much as `keep` says. Files opened
   * before never answer again: the process that held them is gone.
   */
  crash(keep: Keep = 'random'): void {
    this.#life++;
    this.#changesLeft = Number.POSITIVE_INFINITY;
    this.#names.crash(keep, this.#rng);
    for (const image of this.#names.files()) image.crash(keep, this.#rng);
    this.#options.trace?.note(this.#options.clock?.now() ?? 0, 'disk crash');
  }

  /** Changes so far (opens that create nothing included): the points at which a crash can be tried. */
  get changes(): number {
    return this.#changes;
  }

  /** The power fails when `count` more changes are done: nothing answers any more until `crash()`. */
  powerOffAfter(count: number): void {
    this.#changesLeft = count;
    if (count <= 0) this.#tellPoweredOff();
  }

  /** The `nth` append from now on fails; 1 is the next one. */
  failAppend(nth: number, code: string): void {
    this.#faults.order('append', nth, code);
  }

  /** The next `times` operations of a kind fail. */
  failNext(operation: DiskOperation, code: string, times = 1): void {
    for (let nth = 1; nth <= times; nth++) this.#faults.order(operation, nth, code);
  }

  /** Holds back operations of a kind that begin from now on, until the returned function is called. */
  hold(operation: DiskOperation): () => void {
    return this.#pace.hold(operation);
  }

  /** A bit rots, in the file as programs see it and on the disk. Without `bit` a random one; says which. */
  flipBit(path: string, bit?: number): number {
    const image = this.#need(normalPath(path), 'read');
    const flipped = bit ?? Math.floor(this.#rng.next() * image.volatile.length * 8);
    image.volatile.flip(flipped);
    image.durable.flip(flipped);
    return flipped;
  }

  /** Puts a durable file there, as if an earlier process had left it. */
  put(path: string, content: string | Uint8Array): void {
    const name = normalPath(path);
    const image = this.#names.get(name) ?? this.#create(name);
    image.truncate(0);
    image.append([typeof content === 'string' ? new TextEncoder().encode(content) : content]);
    image.settle();
    this.#names.settle();
  }

  /** A file as programs see it. */
  bytes(path: string): Uint8Array {
    return this.#need(normalPath(path), 'read').volatile.slice();
  }

  /** A file as programs see it, as UTF-8. */
  text(path: string): string {
    return new TextDecoder().decode(this.bytes(path));
  }

  /** How many of a file's bytes a crash could lose now. */
  unsynced(path: string): number {
    return this.#need(normalPath(path), 'read').unsynced;
  }

  has(path: string): boolean {
    return this.#names.get(normalPath(path)) !== undefined;
  }

  #create(name: string): FileImage {
    const image = new FileImage();
    this.#names.change([[name, image]]);
    return image;
  }

  #need(name: string, operation: DiskOperation): FileImage {
    const image = this.#names.get(name);
    if (image === undefined) throw systemError('ENOENT', operation, name);
    return image;
  }

  /** Runs one operation: counts it, lets it wait, lets it fail, and forgets it when the power went meanwhile. */
  async #perform<T>(
    operation: DiskOperation,
    path: string,
    work: (name: string) => T,
    fail?: () => void,
    life = this.#life,
  ): Promise<T> {
    const name = normalPath(path);
    const fault = this.#faults.take(operation);
    await this.#pace.wait(operation);
    if (life !== this.#life || this.#changesLeft <= 0) return never<T>();
    this.#options.trace?.note(
      this.#options.clock?.now() ?? 0,
      `${operation} ${name}${fault ? ` ${fault}` : ''}`,
    );
    if (fault !== undefined) {
      fail?.();
      throw systemError(fault, operation, name);
    }
    const result = work(name);
    if (changing.has(operation)) this.#countChange();
    return result;
  }

  #countChange(): void {
    this.#changes++;
    this.#changesLeft--;
    if (this.#changesLeft <= 0) this.#tellPoweredOff();
  }
}

/** What a process that is gone gets for an answer. */
function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}
