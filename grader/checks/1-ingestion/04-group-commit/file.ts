/** The file that the student's committer gets: a simulated one that notes what is asked of it, and fails as disks do. */
import type { FileH } from '../../../../exercises/kernel/types.ts';

/** What was asked of the file; appends and cuts that failed too. */
export interface Operation {
  readonly kind: 'append' | 'sync' | 'truncate' | 'close';
  /** What was to be written. */
  readonly text: string;
}

export class WatchedFile implements FileH {
  readonly operations: Operation[] = [];
  /** Changes that were asked for while another one was under way: `append during sync`. */
  readonly overlaps: string[] = [];
  readonly #file: FileH;
  #tear: { bytes: number; code: string; after: number } | undefined;
  #syncsToFailure = Number.POSITIVE_INFINITY;
  #lies = false;
  #open: Operation['kind'] | undefined;
  #sizeFailure: string | undefined;

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

  /** The next question for the size fails. */
  failSize(code: string): void {
    this.#sizeFailure = code;
  }

  append(buffers: readonly Uint8Array[]): Promise<number> {
    const bytes = Buffer.concat(buffers);
    return this.#change('append', bytes.toString('latin1'), () => this.#write(buffers, bytes));
  }

  async #write(buffers: readonly Uint8Array[], bytes: Buffer): Promise<number> {
    if (this.#tear === undefined || this.#tear.after-- > 0) return this.#file.append(buffers);
    const { bytes: kept, code } = this.#tear;
    this.#tear = undefined;
    await this.#file.append([bytes.subarray(0, kept)]);
    throw Object.assign(new Error(`${code}: the disk took ${kept} of ${bytes.length} bytes`), { code });
  }

  /**
   * As on Linux: a sync that failed has thrown away what it could not write, and the next one says that all is well.
   */
  sync(): Promise<void> {
    return this.#change('sync', '', () => this.#sync());
  }

  async #sync(): Promise<void> {
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
    return this.#change('truncate', '', () => this.#file.truncate(size));
  }

  readAt(position: number, length: number): Promise<Uint8Array> {
    return this.#file.readAt(position, length);
  }

  async size(): Promise<number> {
    const code = this.#sizeFailure;
    this.#sizeFailure = undefined;
    if (code !== undefined) throw Object.assign(new Error(`${code}: i/o error, fstat`), { code });
    return this.#file.size();
  }

  close(): Promise<void> {
    return this.#change('close', '', () => this.#file.close());
  }

  /** Notes what is asked for, and whether the change before it has ended. */
  async #change<T>(kind: Operation['kind'], text: string, work: () => Promise<T>): Promise<T> {
    this.operations.push({ kind, text });
    if (this.#open !== undefined) this.overlaps.push(`${kind} during ${this.#open}`);
    this.#open = kind;
    try {
      return await work();
    } finally {
      this.#open = undefined;
    }
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
  if (!(error instanceof Error)) return `${String(error)}, which is no Error`;
  return 'code' in error ? String(error.code) : error.name;
}

export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
