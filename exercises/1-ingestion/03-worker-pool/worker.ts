/**
 * What runs in a thread of the pool. A file of tasks calls `serve` once, at its top level:
 *
 *   import { serve } from './worker.ts';
 *   serve((text: string) => text.length);
 *
 * The pool posts a task's input, as it is, and gets exactly one `Answer` for it.
 */
import { isMainThread, parentPort } from 'node:worker_threads';

/** What the thread posts when a task has ended: what it returned, or what it threw. */
export type Answer<O> =
  | { readonly ok: true; readonly output: O }
  | { readonly ok: false; readonly error: unknown };

/** Performs `task` for each input that comes. Does nothing in the main thread, so anybody may import such a file. */
export function serve<I, O>(task: (input: I) => O | Promise<O>): void {
  if (isMainThread) return;
  parentPort?.on('message', (input: I) => {
    void perform(task, input).then(post);
  });
}

async function perform<I, O>(task: (input: I) => O | Promise<O>, input: I): Promise<Answer<O>> {
  try {
    return { ok: true, output: await task(input) };
  } catch (error) {
    return { ok: false, error };
  }
}

/** What travels between threads is copied. Not everything can be: a function, for one. That is an error as well. */
function post(answer: Answer<unknown>): void {
  try {
    parentPort?.postMessage(answer);
  } catch (why) {
    parentPort?.postMessage({ ok: false, error: new TypeError(`the answer cannot be copied: ${why}`) });
  }
}
