/**
 * What goes over file descriptor 3 between the judge and the subject.
 *
 * A frame is `[u32 length, little endian][v8.serialize of one message]`. Node's own ipc channel is not used:
 * garbage on it throws uncatchably in the parent on Node 20 and 22 (measured), and the subject may write
 * whatever it likes to any descriptor it holds.
 */
import { deserialize, serialize } from 'node:v8';
import type { ForbiddenApi } from '../core/types.ts';

/** The closed set of requests. Every request has a random id that its reply repeats. */
export type Request =
  | { id: string; verb: 'load'; scope: 'student' | 'driver'; file: string }
  | { id: string; verb: 'new'; target: number; name: string; args: unknown[] }
  | { id: string; verb: 'call'; target: number; name: string; args: unknown[]; keep: boolean }
  | { id: string; verb: 'get'; target: number; name: string }
  | { id: string; verb: 'release'; target: number }
  | { id: string; verb: 'settle' }
  | { id: string; verb: 'cpu' }
  | { id: string; verb: 'shutdown' };

/** What a thrown value looks like from outside. */
export interface RemoteError {
  readonly code: 'THREW' | 'MISSING' | 'NOT_PLAIN';
  readonly name: string;
  readonly message: string;
  /** With source maps applied. */
  readonly stack: string;
}

export type Reply =
  | { id: string; ok: true; value?: unknown; handle?: number }
  | { id: string; ok: false; error: RemoteError };

/** Sent without being asked. `pid` is sent before any of the student's code has run. */
export type Event =
  | { event: 'ready'; pid: number }
  | { event: 'late'; kind: 'Unhandled rejection' | 'Uncaught exception'; error: RemoteError };

/** What the host is started with, as JSON in its arguments. */
export interface HostOptions {
  /** Folder of the exercise's compiled code. */
  readonly studentDirectory: string;
  readonly driverDirectory?: string;
  readonly traps: readonly ForbiddenApi[];
}

export function encodeFrame(message: Request | Reply | Event): Buffer {
  const body = serialize(message);
  const frame = Buffer.allocUnsafe(4 + body.length);
  frame.writeUInt32LE(body.length, 0);
  body.copy(frame, 4);
  return frame;
}

/** Cuts a stream of bytes into messages. Throws on a frame that is too long or not a serialized value. */
export class FrameReader {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #buffered = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The messages completed by these bytes, unchecked. */
  feed(chunk: Buffer): unknown[] {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    const messages: unknown[] = [];
    while (this.#buffered >= 4) {
      const head = this.#peek(4);
      const length = head.readUInt32LE(0);
      if (length > this.#maxBytes) throw new RangeError(`a frame of ${length} bytes`);
      if (this.#buffered < 4 + length) break;
      messages.push(deserialize(this.#take(4 + length).subarray(4)));
    }
    return messages;
  }

  #peek(length: number): Buffer {
    const first = this.#chunks[0];
    if (first !== undefined && first.length >= length) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }

  #take(length: number): Buffer {
    // Joined only when a frame is whole, so a large frame in small pieces is copied once.
    const joined = this.#peek(length);
    const frame = joined.subarray(0, length);
    this.#buffered -= length;
    if (joined.length === length) this.#chunks.shift();
    else this.#chunks[0] = joined.subarray(length);
    return frame;
  }
}

/** Whether a message from the subject has the shape of a reply or an event; it may be anything at all. */
export function isFromSubject(message: unknown): message is Reply | Event {
  if (typeof message !== 'object' || message === null) return false;
  const m = message as Record<string, unknown>;
  if (m.event === 'ready') return typeof m.pid === 'number';
  if (m.event === 'late') return typeof m.kind === 'string' && isRemoteError(m.error);
  if (typeof m.id !== 'string') return false;
  if (m.ok === true) return m.handle === undefined || typeof m.handle === 'number';
  return m.ok === false && isRemoteError(m.error);
}

function isRemoteError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const e = error as Record<string, unknown>;
  return [e.code, e.name, e.message, e.stack].every((field) => typeof field === 'string');
}
