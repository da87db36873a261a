/** Senders of bodies that are too large: one that writes to the end before it reads, one that looks for a second answer. */
import { connect } from 'node:net';
import type { CheckContext, RawConnection } from '../../../harness/index.ts';
import { fail } from '../../../harness/index.ts';
import { thrownBy } from './lab.ts';

/** More than the kernel keeps for a reader that does not read, so that nobody gets rid of it unread. */
export const LONG_MB = 32;
const PIECES = 2 * LONG_MB;

/** How a long write ended: with what could be read after it, or with why it could not be finished. */
export type Ending = { readonly text: string } | { readonly failed: string };

/**
 * Sends `head` and 32 MB made of `piece`, and reads nothing before all of it is out, as many clients do. A
 * server that closes its side meanwhile makes the write fail, and such a client never looks at the answer.
 */
export function writeThenRead(port: number, head: string, piece: Uint8Array, last: string): Promise<Ending> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const finish = (ending: Ending): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(ending);
    };
    const timer = setTimeout(() => finish({ failed: 'the write stands still: nobody reads' }), 4_000);
    socket.on('error', (error) => finish({ failed: `the connection was cut (${codeOf(error)})` }));
    socket.pause();
    const write = (left: number): void => {
      if (left > 0) {
        socket.write(piece, (error) => error ?? write(left - 1));
        return;
      }
      socket.write(last, () => {
        let text = '';
        socket.on('data', (bytes) => {
          text += bytes.toString('latin1');
          if (/^HTTP\/1\.1 \d{3}[\s\S]*\r\n\r\n/.test(text)) finish({ text });
        });
        socket.on('end', () => finish({ failed: 'the connection was closed without an answer' }));
        socket.resume();
      });
    };
    socket.write(head, () => write(PIECES));
  });
}

/** One of the pieces that `writeThenRead` repeats. */
export const PIECE = Buffer.alloc((LONG_MB / PIECES) * 1_048_576, ' ');
export const LONG_BYTES = PIECE.length * PIECES;

/**
 * Nothing was thrown because a request had been answered already. With a connection: looks until a second
 * answer is there, at most a second.
 */
export async function answeredOnce({ subject }: CheckContext, connection?: RawConnection): Promise<void> {
  const deadline = performance.now() + 1_000;
  try {
    await subject.settle();
    while (connection !== undefined && performance.now() < deadline && !connection.closed) {
      if (/HTTP\/1\.1[\s\S]*HTTP\/1\.1/.test(await connection.readUntilClose(10))) break;
      await subject.settle();
    }
    await subject.settle();
  } catch (error) {
    const thrown = thrownBy(error);
    if (thrown === undefined || !/after they are sent|write after end/.test(thrown.received)) throw error;
    fail({
      summary: 'a request that already had its 413 was answered a second time',
      expected: 'one answer',
      received: thrown.received,
      cause:
        'more "data" and "end" still come after your 413: once it is sent, both must keep and answer nothing',
    });
  }
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}
