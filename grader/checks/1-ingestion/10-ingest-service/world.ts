/** What the student's service runs in: a disk that is watched, a clock that can be set back, ports. */
import { connect, createServer } from 'node:net';
import type { Cancel, Clock, Disk, FileH } from '../../../../exercises/kernel/types.ts';
import { SimClock } from '../../../harness/driver.ts';

/** A simulated clock that somebody may set back. */
export class WallClock implements Clock {
  readonly #clock = new SimClock();
  #behind = 0;

  now(): number {
    return this.#clock.now() - this.#behind;
  }

  sleep(ms: number): Promise<void> {
    return this.#clock.sleep(ms);
  }

  timer(ms: number, fn: () => void): Cancel {
    return this.#clock.timer(ms, fn);
  }

  async advance(ms: number): Promise<void> {
    await this.#clock.advance(ms);
  }

  setBack(ms: number): void {
    this.#behind += ms;
  }
}

/** Knows which files are open, and may be full. */
export class WatchedDisk implements Disk {
  readonly files = new Set<FileH>();
  /** While it is there every append waits for it, and is refused then. */
  full: Promise<void> | undefined;
  /** How many times a file was opened. */
  opened = 0;
  readonly #disk: Disk;
  readonly #written: (bytes: number) => void;

  /** `written` is told the bytes of each append. */
  constructor(disk: Disk, written: (bytes: number) => void = () => {}) {
    this.#disk = disk;
    this.#written = written;
  }

  async open(path: string): Promise<FileH> {
    this.opened++;
    const file = await this.#disk.open(path);
    const append = file.append.bind(file);
    file.append = async (buffers) => {
      this.#written(buffers.reduce((sum, { length }) => sum + length, 0));
      if (this.full === undefined) return append(buffers);
      await this.full;
      throw Object.assign(new Error('ENOSPC: no space left on device, append'), { code: 'ENOSPC' });
    };
    const close = file.close.bind(file);
    file.close = async () => {
      this.files.delete(file);
      await close();
    };
    this.files.add(file);
    return file;
  }

  list(path: string): Promise<string[]> {
    return this.#disk.list(path);
  }
  rename(from: string, to: string): Promise<void> {
    return this.#disk.rename(from, to);
  }
  remove(path: string): Promise<void> {
    return this.#disk.remove(path);
  }
  syncDir(path: string): Promise<void> {
    return this.#disk.syncDir(path);
  }
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
