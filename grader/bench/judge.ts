/** Is this the reply that was expected? */
import { isDeepStrictEqual } from 'node:util';
import type { Expectation } from './types.ts';

const rememberedBodies = 256;
const rememberedBytes = 1_024;

export class Judge {
  readonly status: number;
  readonly #json: Readonly<Record<string, unknown>> | undefined;
  /** Servers answer alike: a body that was right once is compared, not parsed. */
  readonly #last = Buffer.alloc(rememberedBytes);
  #lastLength = -1;
  readonly #right = new Set<string>();

  /** `batch` is what `"$batch"` stands for. */
  constructor(expect: Expectation, batch: number) {
    this.status = expect.status;
    this.#json =
      expect.json === undefined ? undefined : (fill(expect.json, batch) as Record<string, unknown>);
  }

  /** What is wrong with a body is seen in the body itself; a cut one cannot be judged and is not right. */
  isRight(bytes: Buffer, from: number, to: number, cut: boolean): boolean {
    if (this.#json === undefined) return true;
    if (cut) return false;
    const length = to - from;
    if (length === this.#lastLength && bytes.compare(this.#last, 0, length, from, to) === 0) return true;
    if (length > rememberedBytes) return this.#parse(bytes.toString('utf8', from, to));
    const key = bytes.toString('latin1', from, to);
    if (!this.#right.has(key)) {
      if (!this.#parse(bytes.toString('utf8', from, to))) return false;
      if (this.#right.size === rememberedBodies) this.#right.clear();
      this.#right.add(key);
    }
    bytes.copy(this.#last, 0, from, to);
    this.#lastLength = length;
    return true;
  }

  #parse(text: string): boolean {
    try {
      return contains(JSON.parse(text), this.#json);
    } catch {
      return false;
    }
  }
}

/** Objects may have more members than expected; everything else must be equal. */
function contains(received: unknown, expected: unknown): boolean {
  if (!isRecord(expected)) return isDeepStrictEqual(received, expected);
  if (!isRecord(received)) return false;
  return Object.keys(expected).every(
    (name) => Object.hasOwn(received, name) && contains(received[name], expected[name]),
  );
}

function fill(value: unknown, batch: number): unknown {
  if (value === '$batch') return batch;
  if (Array.isArray(value)) return value.map((item) => fill(item, batch));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fill(item, batch)]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
