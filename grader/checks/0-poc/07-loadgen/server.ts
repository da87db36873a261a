/** Servers on the judge's side for the student's load: they count what arrives and answer as each check wants. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** One request as the server saw it. */
export interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
  /** When it was complete, in ms since the server started. */
  readonly at: number;
}

export interface Target {
  readonly url: string;
  readonly arrivals: readonly Arrival[];
  /** Replies given so far, by status. */
  readonly replies: Readonly<Record<string, number>>;
  /** When each reply was sent, on the scale of `Arrival.at`. */
  readonly repliedAt: readonly number[];
  /** Sockets that are open now. */
  readonly openSockets: number;
  /** Sockets open at the same time, at most. */
  readonly mostSockets: number;
  /** Sockets opened in all. */
  readonly sockets: number;
  /** Requests under way at the same time, at most. */
  readonly mostUnderWay: number;
  /** When the last reply was sent, on the scale of `Arrival.at`. */
  readonly lastReplyAt: number;
}

/** What a check's server may do with the n-th request (from 1). */
export type Answer = (turn: { n: number; reply(status: number): void; hangUp(): void }) => void;

/** Runs `body` against a server on a free port, and closes the server whatever happens. */
export async function withServer<T>(answer: Answer, body: (target: Target) => Promise<T>): Promise<T> {
  const began = performance.now();
  const arrivals: Arrival[] = [];
  const replies: Record<string, number> = {};
  const repliedAt: number[] = [];
  const seen = { sockets: 0, open: 0, mostSockets: 0, underWay: 0, mostUnderWay: 0 };
  const reply = (response: ServerResponse, status: number): void => {
    if (response.destroyed) return;
    replies[status] = (replies[status] ?? 0) + 1;
    repliedAt.push(performance.now() - began);
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  };
  const server = createServer((request, response) => {
    seen.mostUnderWay = Math.max(seen.mostUnderWay, ++seen.underWay);
    response.on('close', () => seen.underWay--);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      const { method = '', url: path = '' } = request;
      const contentType = request.headers['content-type'] ?? '';
      const at = performance.now() - began;
      arrivals.push({ method, path, contentType, body: Buffer.concat(chunks).toString(), at });
      answer({
        n: arrivals.length,
        reply: (status) => reply(response, status),
        hangUp: () => request.socket.destroy(),
      });
    });
  });
  server.keepAliveTimeout = 60_000; // Idle sockets are the client's to close.
  server.on('connection', (socket) => {
    seen.sockets += 1;
    seen.mostSockets = Math.max(seen.mostSockets, ++seen.open);
    socket.on('close', () => seen.open--);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
  try {
    return await body({
      url,
      arrivals,
      replies,
      repliedAt,
      get openSockets() {
        return seen.open;
      },
      get mostSockets() {
        return seen.mostSockets;
      },
      get sockets() {
        return seen.sockets;
      },
      get mostUnderWay() {
        return seen.mostUnderWay;
      },
      get lastReplyAt() {
        return repliedAt.at(-1) ?? 0;
      },
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** How many sockets are open once they had time to close: 0 as soon as all have. */
export async function socketsLeft(server: Target, withinMs: number): Promise<number> {
  const deadline = performance.now() + withinMs;
  while (server.openSockets > 0 && performance.now() < deadline) await pause(5);
  return server.openSockets;
}

/** Answers 202 at once. */
export const fast: Answer = ({ reply }) => reply(202);

/** Answers 202 after `ms`. */
export function slow(ms: number): Answer {
  return ({ reply }) => void setTimeout(() => reply(202), ms);
}

/** Answers 202 after `ms`, but the first ones only once `n` of them are there, or 1.5 s have passed. */
export function gathering(n: number, ms: number): Answer {
  const held: (() => void)[] = [];
  let gathered = false;
  const release = (): void => {
    gathered = true;
    for (const answer of held.splice(0)) setTimeout(answer, ms);
  };
  return (turn) => {
    held.push(() => turn.reply(202));
    if (gathered || held.length >= n) release();
    else if (held.length === 1) setTimeout(release, 1_500);
  };
}

/** Answers 202 at once, but the n-th request only after `ms`. */
export function hanging(n: number, ms: number): Answer {
  return (turn) => (turn.n === n ? void setTimeout(() => turn.reply(202), ms) : turn.reply(202));
}

/** Fast, except that from the n-th request on nothing is answered for `ms`: then everything held, at once. */
export function stalling(n: number, ms: number): Answer {
  const held: (() => void)[] = [];
  let state: 'before' | 'stalled' | 'after' = 'before';
  return (turn) => {
    if (turn.n >= n && state === 'before') {
      state = 'stalled';
      setTimeout(() => {
        state = 'after';
        for (const release of held) release();
      }, ms);
    }
    if (state === 'stalled') held.push(() => turn.reply(202));
    else turn.reply(202);
  };
}

/** An address where nothing listens: the port was free a moment ago. */
export async function deadUrl(): Promise<string> {
  return withServer(fast, async ({ url }) => url);
}
