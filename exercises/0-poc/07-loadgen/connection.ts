/** Given: one keep-alive connection to the server under load. It carries one request at a time. */
import { Agent, request } from 'node:http';

/** How one request ended. Nothing is thrown: a failed request is a result, and a load generator counts results. */
export type Outcome =
  | { readonly kind: 'reply'; readonly status: number }
  /** No complete reply within `timeoutMs`; the connection was given up. */
  | { readonly kind: 'timeout' }
  /** The connection was refused, or broke before the reply was complete. */
  | { readonly kind: 'reset' };

/**
 * A connection to `url`. It opens on the first `send`, stays open from one request to the next, and opens
 * again by itself after a timeout or a reset. It never holds more than one socket.
 */
export class Connection {
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(url: string, timeoutMs: number) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
  }

  /** Posts a JSON body and resolves when the request has ended, one way or another. It never rejects. */
  send(body: string): Promise<Outcome> {
    return new Promise((resolve) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const post = request(this.#url, { method: 'POST', agent: this.#agent, headers });
      const timer = setTimeout(() => end({ kind: 'timeout' }), this.#timeoutMs);
      const end = (outcome: Outcome): void => {
        clearTimeout(timer);
        resolve(outcome); // The first outcome wins: resolving again does nothing.
        if (outcome.kind === 'timeout') post.destroy();
      };
      post.on('error', () => end({ kind: 'reset' }));
      post.on('response', (reply) => {
        reply.on('error', () => end({ kind: 'reset' }));
        reply.on('end', () => end({ kind: 'reply', status: reply.statusCode ?? 0 }));
        reply.resume();
      });
      post.end(body);
    });
  }

  /** Closes the socket. */
  close(): void {
    this.#agent.destroy();
  }
}
