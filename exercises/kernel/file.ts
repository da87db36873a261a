import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { FileH } from './types.ts';

/** Reading, and writing that always goes to the end; the file is created when it is not there. */
const READ_AND_APPEND = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND;

/**
 * Opens a real file. One handle may append to a file at a time: it keeps count of the file's end, which is
 * how `append` knows the offset it wrote at without asking the system.
 */
export async function openFile(path: string): Promise<FileH> {
  const handle = await open(path, READ_AND_APPEND, 0o644);
  try {
    const { size } = await handle.stat();
    return new RealFile(handle, size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class RealFile implements FileH {
  readonly #handle: FileHandle;
  #end: number;
  /** Settles when the last change that was asked for is done; it never rejects. */
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#end = size;
  }

  append(buffers: readonly Uint8Array[]): Promise<number> {
    return this.#oneAtATime(async () => {
      const start = this.#end;
      try {
        await this.#writeAll(buffers);
      } catch (error) {
        // A full disk may take the first buffers and refuse the rest. Cut that part off, so that a failed
        // append leaves the file as it was; when even this fails, the first error is the one to report.
        await this.#handle.truncate(start).catch(() => undefined);
        this.#end = start;
        throw error;
      }
      return start;
    });
  }

  async readAt(position: number, length: number): Promise<Uint8Array> {
    // A length that was itself read from a damaged file can be absurd: never allocate more than is there.
    const available = Math.max(0, (await this.size()) - position);
    const bytes = new Uint8Array(Math.min(length, available));
    let filled = 0;
    while (filled < bytes.length) {
      const rest = bytes.length - filled;
      const { bytesRead } = await this.#handle.read(bytes, filled, rest, position + filled);
      if (bytesRead === 0) break; // somebody cut the file meanwhile
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  }

  /** `fdatasync`: the bytes and the file's size, but not its times, which nobody needs after a crash. */
  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  async size(): Promise<number> {
    const { size } = await this.#handle.stat();
    return size;
  }

  truncate(size: number): Promise<void> {
    return this.#oneAtATime(async () => {
      await this.#handle.truncate(size);
      this.#end = size;
    });
  }

  close(): Promise<void> {
    return this.#oneAtATime(() => this.#handle.close());
  }

  /** One system call for many buffers, and more of them only when the system took a part. */
  async #writeAll(buffers: readonly Uint8Array[]): Promise<void> {
    let left = buffers.filter((buffer) => buffer.length > 0);
    while (left.length > 0) {
      const { bytesWritten } = await this.#handle.writev(left);
      this.#end += bytesWritten;
      left = withoutFirst(left, bytesWritten);
    }
  }

  /**
   * Starts `change` when the one before it has ended. Without this, two appends in flight would both
   * believe that they start at the same offset.
   */
  #oneAtATime<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#lastChange.then(change);
    this.#lastChange = result.catch(() => undefined);
    return result;
  }
}

/** What is left of `buffers` when their first `count` bytes are done. */
function withoutFirst(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count;
  const left: Uint8Array[] = [];
  for (const buffer of buffers) {
    if (skip < buffer.length) left.push(buffer.subarray(skip));
    skip = Math.max(0, skip - buffer.length);
  }
  return left;
}
