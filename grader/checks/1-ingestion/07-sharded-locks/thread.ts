/** One real thread: does what `threads.ts` asks for, beside the student's code, and reports what came of it. */
import { BroadcastChannel, MessagePort, parentPort, Worker, workerData } from 'node:worker_threads';
import { student } from '../../../harness/driver.ts';
import type { Job } from './threads.ts';

const { control, job } = workerData as { readonly control: Int32Array; readonly job: Job };

async function prepare(): Promise<() => number> {
  if ('ids' in job) {
    const { ShardedLimiter } =
      await student<typeof import('../../../../exercises/1-ingestion/07-sharded-locks/limiter.ts')>(
        'limiter.ts',
      );
    const { buffer, options, ids, calls, now } = job;
    const limiter = new ShardedLimiter(buffer, options);
    const ask = (): number => {
      let allowed = 0;
      for (let i = 0; i < calls; i++) if (limiter.allow(ids[i % ids.length] ?? '', now)) allowed++;
      return allowed;
    };
    return job.kind === 'allow' ? ask : () => messagesDuring(ask);
  }
  const { SabMutex } =
    await student<typeof import('../../../../exercises/1-ingestion/07-sharded-locks/mutex.ts')>('mutex.ts');
  const { cells, rounds } = job;
  const mutex = new SabMutex(cells, 0);
  return () => {
    for (let i = 0; i < rounds; i++) {
      mutex.lock();
      // Not atomic on purpose: two threads inside at once lose one of the two.
      cells[1] = (cells[1] ?? 0) + 1;
      if (job.kind === 'hold') Atomics.wait(control, 2, 0, job.holdMs);
      mutex.unlock();
    }
    return rounds;
  };
}

/** How many messages are sent while `act` runs, by whatever way. */
function messagesDuring(act: () => void): number {
  let count = 0;
  const undo = [MessagePort.prototype, BroadcastChannel.prototype, Worker.prototype].map((owner) => {
    const { postMessage } = owner;
    owner.postMessage = () => {
      count++;
    };
    return () => {
      owner.postMessage = postMessage;
    };
  });
  try {
    act();
  } finally {
    for (const put of undo) put();
  }
  return count;
}

const act = await prepare();
parentPort?.postMessage('ready');
Atomics.wait(control, 1, 0, 10_000);
parentPort?.postMessage(act());
