/** Questions that wait for their answers, each with its deadline. */

import type { SubjectError } from './errors.ts';
import type { Asked } from './faults.ts';

/** What a reply carries. */
export interface Value {
  readonly value?: unknown;
  readonly handle?: number;
}

export interface Call {
  readonly asked: Asked;
  resolve(value: Value): void;
  reject(error: SubjectError): void;
}

export class Calls {
  readonly #waiting = new Map<string, Call & { readonly timer: NodeJS.Timeout }>();
  /** Ids of calls that a finished check left waiting: their replies are late, not forged. */
  readonly #abandoned = new Set<string>();

  /** Resolves or rejects once `take`, `failAll` or `onOverdue` has seen to it. */
  add(id: string, asked: Asked, ms: number, onOverdue: () => void): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { asked, resolve, reject, timer: setTimeout(onOverdue, ms) });
    });
  }

  /** The call that a reply belongs to; undefined when nobody waits for it any more. Throws on an id that never was. */
  take(id: string): Call | undefined {
    const call = this.#waiting.get(id);
    if (call === undefined) {
      if (this.#abandoned.delete(id)) return undefined;
      throw new TypeError('a reply to a question that was not asked');
    }
    clearTimeout(call.timer);
    this.#waiting.delete(id);
    return call;
  }

  failAll(error: SubjectError): void {
    for (const id of [...this.#waiting.keys()]) this.take(id)?.reject(error);
  }

  /** Forgets what waits: neither answers nor deadlines matter. */
  abandonAll(): void {
    for (const [id, { timer }] of this.#waiting) {
      clearTimeout(timer);
      this.#abandoned.add(id);
    }
    this.#waiting.clear();
  }
}
