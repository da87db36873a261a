/** Many short tasks, and what they leave behind. */
import { Session } from 'node:inspector/promises';
import { student } from '../../../harness/driver.ts';
import { countThreads, countTimers, endThreads } from './threads.ts';

const { WorkerPool } =
  await student<typeof import('../../../../exercises/1-ingestion/03-worker-pool/pool.ts')>('pool.ts');

interface Numbered {
  readonly number: number;
}

/** 10,000 tasks with a limit of a minute each, all at once, by two threads. */
export async function performMany(count: number) {
  const warnings: string[] = [];
  const timersBefore = countTimers();
  const note = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);
  process.on('warning', note);
  const pool = new WorkerPool<Numbered, Numbered>(new URL('./double.js', import.meta.url), {
    size: 2,
    maxQueue: count,
  });
  try {
    const inputs: WeakRef<object>[] = [];
    const outputs: WeakRef<object>[] = [];
    const promises: WeakRef<object>[] = [];
    let right = 0;
    // Nothing in here holds what it has made.
    const perform = (number: number): Promise<void> => {
      const input = { number };
      inputs.push(new WeakRef(input));
      const promise = pool.run(input, { timeoutMs: 60_000 });
      promises.push(new WeakRef(promise));
      return promise.then((output) => {
        outputs.push(new WeakRef(output));
        if (output.number === 2 * number) right++;
      });
    };
    await Promise.all(Array.from({ length: count }, (_, number) => perform(number)));
    await collectGarbage();
    const countKept = (refs: readonly WeakRef<object>[]): number =>
      refs.filter((ref) => ref.deref() !== undefined).length;
    return {
      wrong: count - right,
      warnings,
      kept: { inputs: countKept(inputs), outputs: countKept(outputs), promises: countKept(promises) },
      timers: Math.max(0, countTimers() - timersBefore),
      ...countThreads(),
    };
  } finally {
    process.off('warning', note);
    await endThreads();
  }
}

async function collectGarbage(): Promise<void> {
  // What a WeakRef was asked for lives until the turn of the event loop ends.
  await new Promise((resolve) => setImmediate(resolve));
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
}
