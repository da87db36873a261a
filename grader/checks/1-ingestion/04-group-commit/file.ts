/** The file that the student's committer gets: a simulated one that notes what is asked of it, and fails as disks do. */
import type { FileH } from '../../../../exercises/kernel/types.ts';

/** What was asked of the file; appends and cuts that failed too. */
export interface Operation {
  readonly kind: 'append' | 'sync' | 'truncate';
  /** What was to be written. */
  readonly text: string;
}

export class WatchedFile implements FileH {
  readonly operations: Operation[] = [];
  readonly #file: FileH;
  #tear: { bytes: number; code: string; after: number } | undefined;
  #syncsToFailure = Number.POSITIVE_INFINITY;
  #lies = false;

  constructor(file: FileH) {
    this.#file = file;
  }

  /** The `nth` append from now on writes so many bytes, and then fails. */
  tear(bytes: number, code: string, nth = 1): void {
    this.#tear = { bytes, code, after: nth - 1 };
  }

  /** The `nth` sync from now on fails. */
  failSync(nth: number): void {
    this.#syncsToFailure = nth;
  }

  async append(buffers: readonly Uint8Array[]): Promise<number> {
    const bytes = Buffer.concat(buffers);
    this.#note('append', bytes.toString('latin1'));
    if (this.#tear === undefined || this.#tear.after-- > 0) return this.#file.append(buffers);
    const { bytes: kept, code } = this.#tear;
    this.#tear = undefined;
    await this.#file.append([bytes.subarray(0, kept)]);
    throw Object.assign(new Error(`${code}: the disk took ${kept} of ${bytes.length} bytes`), { code });
  }

  /**
   * As on Linux: a sync that failed has thrown away what it could not write, and the next one says that all is well.
   */
  async sync(): Promise<void> {
    this.#note('sync');
    if (this.#lies) return;
    try {
      if (--this.#syncsToFailure === 0)
        throw Object.assign(new Error('EIO: i/o error, sync'), { code: 'EIO' });
      await this.#file.sync();
    } catch (error) {
      this.#lies = true;
      throw error;
    }
  }

  truncate(size: number): Promise<void> {
    this.#note('truncate');
    return this.#file.truncate(size);
  }

  readAt(position: number, length: number): Promise<Uint8Array> {
    return this.#file.readAt(position, length);
  }

  size(): Promise<number> {
    return this.#file.size();
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #note(kind: Operation['kind'], text = ''): void {
    this.operations.push({ kind, text });
  }
}

/** A call that throws instead of returning a promise counts as one that rejects. */
export function start<T>(call: () => Promise<T>): Promise<T> {
  try {
    return Promise.resolve(call());
  } catch (error) {
    return Promise.reject(error);
  }
}

export function why(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.name;
}

export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
