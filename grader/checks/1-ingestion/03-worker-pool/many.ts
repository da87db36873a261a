/** Many short tasks, and what they leave behind. */
import { Session } from 'node:inspector/promises';
import { student } from '../../../harness/driver.ts';
import { countThreads, endThreads } from './threads.ts';

const { WorkerPool } =
  await student<typeof import('../../../../exercises/1-ingestion/03-worker-pool/pool.ts')>('pool.ts');

/** 10,000 tasks with a limit of a minute each, all at once, by two threads. */
export async function performMany(count: number) {
  const warnings: string[] = [];
  const note = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);
  process.on('warning', note);
  const pool = new WorkerPool<{ readonly number: number }, number>(new URL('./double.js', import.meta.url), {
    size: 2,
    maxQueue: count,
  });
  try {
    const inputs: WeakRef<object>[] = [];
    const answers = await Promise.all(
      Array.from({ length: count }, (_, number) => {
        const input = { number };
        inputs.push(new WeakRef(input));
        return pool.run(input, { timeoutMs: 60_000 });
      }),
    );
    await collectGarbage();
    return {
      wrong: answers.filter((answer, number) => answer !== 2 * number).length,
      warnings,
      kept: inputs.filter((input) => input.deref() !== undefined).length,
      timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
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
