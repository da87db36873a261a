/** Clients that a browser never is: one that stops reading, one that writes long before it reads, a thousand at once. */
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** Reads when it is told to. */
export interface LazyReader {
  /** Bytes read so far, of head and body. */
  readonly bytes: number;
  /** Reads at least so many bytes more, and stops again. */
  more(bytes: number, ms: number): Promise<void>;
  /** Reads on, to the end; gives the head, and the size and SHA-1 of what came after it. */
  finish(ms: number): Promise<{ head: string; size: number; sha1: string }>;
  /** Sends more, though it reads nothing. */
  send(bytes: string): void;
  /** Sends RST instead of a polite end. */
  reset(): void;
  destroy(): void;
}

const readers = new Set<Socket>();

/** `destroyReaders` will end it too. */
export function track(socket: Socket): void {
  readers.add(socket);
}

/** Ends what a check that failed has left. */
export function destroyReaders(): void {
  for (const socket of readers) socket.destroy();
  readers.clear();
}

/** Sends `request`, and reads at least `first` bytes of the reply; resolves then, or when nothing more comes. */
export async function readSome(port: number, request: string, first: number): Promise<LazyReader> {
  const socket = connect({ port, host: '127.0.0.1' });
  readers.add(socket);
  const hash = createHash('sha1');
  let head = '';
  let bytes = 0;
  let size = 0;
  let closed = false;
  let progress = (): void => {};
  const take = (chunk: Buffer): void => {
    bytes += chunk.length;
    const at = head.indexOf('\r\n\r\n');
    if (at !== -1) {
      hash.update(chunk);
      size += chunk.length;
    } else {
      const before = head.length;
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end !== -1) {
        const body = chunk.subarray(end + 4 - before);
        head = head.slice(0, end + 4);
        hash.update(body);
        size += body.length;
      }
    }
    progress();
  };
  socket.on('data', take);
  socket.on('error', () => {});
  for (const event of ['end', 'close']) {
    socket.on(event, () => {
      closed = true;
      progress();
    });
  }
  const until = (done: () => boolean, ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      progress = () => {
        if (!done()) return;
        clearTimeout(timer);
        progress = () => {};
        resolve();
      };
      progress();
    });
  socket.write(request);
  if (first > 0) await until(() => bytes >= first || closed, 3_000);
  socket.pause();
  return {
    get bytes() {
      return bytes;
    },
    more: async (count, ms) => {
      const enough = bytes + count;
      socket.resume();
      await until(() => bytes >= enough || closed, ms);
      socket.pause();
    },
    finish: async (ms) => {
      socket.resume();
      await until(() => closed, ms);
      socket.destroy();
      return { head, size, sha1: hash.digest('hex') };
    },
    send: (bytes) => void socket.write(bytes),
    reset: () => socket.resetAndDestroy(),
    destroy: () => socket.destroy(),
  };
}

/** Sends `request` and reads until the server closes, at most three seconds of silence; the bytes as they came. */
export function readAll(
  port: number,
  request: Uint8Array,
  { halfClose = false }: { halfClose?: boolean } = {},
): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1' });
    socket.setTimeout(3_000, () => socket.destroy());
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve(Buffer.concat(chunks)));
    if (halfClose) socket.end(request);
    else socket.write(request);
  });
}

/** How a long write ended: with what could be read after it, or with why it could not be finished. */
export type Ending = { readonly text: string } | { readonly failed: string };

const PIECE = Buffer.alloc(262_144, ' ');
export const LONG_MB = 32;
export const LONG_BYTES = LONG_MB * 1_048_576;

/**
 * Sends `head` and 32 MB, and reads nothing before all of it is out, as many clients do. That is more than the kernel
 * keeps for a server that does not read.
 */
export function writeThenRead(
  port: number,
  head: string,
  whenWritten: () => Promise<void> = async () => {},
): Promise<Ending> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const finish = (ending: Ending): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(ending);
    };
    const timer = setTimeout(() => finish({ failed: 'the write stands still: nobody reads' }), 5_000);
    socket.on('error', (error) => finish({ failed: `the connection was cut (${codeOf(error)})` }));
    socket.pause();
    const write = (left: number): void => {
      if (left > 0) {
        socket.write(PIECE, (error) => error ?? write(left - PIECE.length));
        return;
      }
      void whenWritten().then(read);
    };
    const read = (): void => {
      let text = '';
      socket.on('data', (bytes) => {
        text += bytes.toString('latin1');
        if (/^HTTP\/1\.1 \d{3}[\s\S]*\r\n\r\n/.test(text)) finish({ text });
      });
      socket.on('end', () => finish({ failed: 'the connection was closed without a reply' }));
      socket.resume();
    };
    socket.write(head, () => write(LONG_BYTES));
  });
}

/** Many connections, opened at once. */
export interface Crowd {
  /** How many the kernel has completed. */
  readonly connected: number;
  /** Waits until all are connected, or none has been for `ms`. */
  settled(ms: number): Promise<void>;
  /** Sends `request` on each; resolves with how many read a 200 and an end within `ms`, and an example of what else. */
  ask(request: string, ms: number): Promise<{ answered: number; example: string }>;
  destroy(): void;
}

const PAUSE = 5;

export function gather(port: number, count: number): Crowd {
  let connected = 0;
  const sockets: Socket[] = [];
  const replies: string[] = Array.from({ length: count }, () => '');
  let ended = 0;
  for (let i = 0; i < count; i++) {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => {
      connected++;
    });
    socket.on('data', (chunk) => {
      replies[i] += chunk.toString('latin1');
    });
    socket.on('error', (error) => {
      replies[i] += `(${codeOf(error)})`;
    });
    socket.on('close', () => ended++);
    sockets.push(socket);
  }
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE));
  return {
    get connected() {
      return connected;
    },
    settled: async (ms) => {
      // In turns of our own loop: a judge that gets no CPU must not conclude that nothing happens.
      for (let [seen, quiet] = [0, 0]; connected < count && quiet < ms / PAUSE; quiet++) {
        await pause();
        if (connected !== seen) quiet = 0;
        seen = connected;
      }
    },
    ask: async (request, ms) => {
      const deadline = performance.now() + ms;
      for (const socket of sockets) socket.write(request); // waits in the socket when it is not connected yet
      while (ended < count && performance.now() < deadline) await pause();
      const bad = replies.filter((reply) => !reply.startsWith('HTTP/1.1 200 '));
      return {
        answered: count - bad.length,
        example: bad[0] === '' ? 'nothing' : (bad[0] ?? ''),
      };
    },
    destroy: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}
