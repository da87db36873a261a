/** An open file of a simulated disk. */
import type { FileH } from '../../exercises/kernel/types.ts';
import type { DiskCounts } from './disk.ts';
import { type DiskOperation, systemError } from './faults.ts';
import type { FileImage } from './image.ts';

/** What a file needs of its disk. */
export interface FileHost {
  readonly counts: DiskCounts;
  /** Runs `work` after the disk's delay, or `fail` when an ordered failure strikes. */
  perform<T>(operation: DiskOperation, work: () => T, fail?: () => void): Promise<T>;
}

export class SimFile implements FileH {
  readonly #image: FileImage;
  readonly #host: FileHost;
  #closed = false;
  /** Settles when the change before the next one is done; it never rejects. */
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(image: FileImage, host: FileHost) {
    this.#image = image;
    this.#host = host;
  }

  async append(buffers: readonly Uint8Array[]): Promise<number> {
    this.#refuseClosed('append');
    this.#host.counts.appends++;
    // The buffers are read when the disk takes them, not when it is asked: code that changes a buffer
    // while its append is under way writes the changed bytes, as it may with a real disk.
    return this.#oneAtATime(() =>
      this.#host.perform('append', () => {
        const start = this.#image.append(buffers);
        this.#host.counts.bytes += this.#image.volatile.length - start;
        return start;
      }),
    );
  }

  async readAt(position: number, length: number): Promise<Uint8Array> {
    this.#refuseClosed('read');
    if (!(position >= 0) || !(length >= 0))
      throw new RangeError(`cannot read ${length} bytes at ${position}`);
    this.#host.counts.reads++;
    return this.#host.perform('read', () => this.#image.volatile.slice(position, position + length));
  }

  async sync(): Promise<void> {
    this.#refuseClosed('sync');
    this.#host.counts.syncs++;
    const sync = this.#image.startSync();
    await this.#host.perform(
      'sync',
      () => this.#image.finishSync(sync),
      () => this.#image.failSync(sync),
    );
  }

  async size(): Promise<number> {
    this.#refuseClosed('read');
    return this.#image.volatile.length;
  }

  async truncate(size: number): Promise<void> {
    this.#refuseClosed('truncate');
    await this.#oneAtATime(() => this.#host.perform('truncate', () => this.#image.truncate(size)));
  }

  async close(): Promise<void> {
    this.#refuseClosed('read');
    this.#closed = true;
    await this.#lastChange;
  }

  #refuseClosed(operation: DiskOperation): void {
    if (this.#closed) throw systemError('EBADF', operation, 'closed file');
  }

  /** Changes land in the order in which they were asked for, however long each takes. */
  #oneAtATime<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#lastChange.then(change);
    this.#lastChange = result.catch(() => undefined);
    return result;
  }
}
