/** A client that keeps its side open after the reply, and may go on sending. */
import { connect } from 'node:net';
import { track } from './clients.ts';

export interface Stayer {
  /** All that came. */
  readonly text: string;
  /** Whether the server has ended its side, or cut the connection. */
  readonly ended: boolean;
  /** Its place among all stayers, in the order in which they were ended; undefined before. */
  readonly endRank: number | undefined;
  /** A reset, or a write that failed: when, and which. */
  readonly broken: { readonly at: number; readonly code: string } | undefined;
  send(bytes: string): void;
  reset(): void;
  destroy(): void;
}

let endings = 0;

/** Resolves when it is connected. */
export async function stay(port: number): Promise<Stayer> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  track(socket);
  const state: { text: string; ended: boolean; endRank?: number; broken?: { at: number; code: string } } = {
    text: '',
    ended: false,
  };
  socket.setEncoding('utf8');
  socket.on('data', (piece: string) => {
    state.text += piece;
  });
  for (const event of ['end', 'close']) {
    socket.on(event, () => {
      state.ended = true;
      state.endRank ??= endings++;
    });
  }
  socket.on('error', (error: NodeJS.ErrnoException) => {
    state.broken ??= { at: performance.now(), code: error.code ?? error.message };
  });
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
    socket.once('close', () => resolve());
  });
  return {
    get text() {
      return state.text;
    },
    get ended() {
      return state.ended;
    },
    get endRank() {
      return state.endRank;
    },
    get broken() {
      return state.broken;
    },
    send: (bytes) => void socket.write(bytes),
    reset: () => void socket.resetAndDestroy(),
    destroy: () => void socket.destroy(),
  };
}
