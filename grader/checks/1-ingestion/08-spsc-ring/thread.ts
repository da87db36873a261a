/** A thread of a check: one end of a ring. Runs inside the subject, beside the student's code. */
import { parentPort } from 'node:worker_threads';
import { Bed } from './bed.ts';
import { type Around, cellsOf, described, newBuffer, SpscRing, tapped } from './ring.ts';
import { fill, lengthOf, matches } from './stream.ts';
import type { Done, Task } from './tasks.ts';

// A moment's rest for who waits for room.
const nobody = new Int32Array(newBuffer(16), 0, 1);
const rest = (): void => void Atomics.wait(nobody, 0, 0, 0.1);

parentPort?.on('message', (task: Task) => {
  let done: Done;
  try {
    done = task.role === 'write' ? write(task) : task.role === 'read' ? read(task) : sleep(task);
  } catch (error) {
    done = { error: textOf(error) };
  }
  parentPort?.postMessage(done);
});

function textOf(error: unknown): string {
  try {
    return described(error);
  } catch (unwritten) {
    return unwritten instanceof Error ? unwritten.message : String(unwritten);
  }
}

function write({ buffer, seed, from, to, longest }: Task & { role: 'write' }): Done {
  const ring = new SpscRing(buffer);
  const record = new Uint8Array(longest);
  let refused = 0;
  for (let i = from; i < to; i++) {
    const length = lengthOf(seed, i, longest);
    fill(record, seed, i, length);
    const bytes = record.subarray(0, length);
    while (!ring.tryWrite(bytes)) {
      refused++;
      rest();
    }
  }
  return { count: refused };
}

function read({ buffer, seed, to, longest, batch }: Task & { role: 'read' }): Done {
  const ring = new SpscRing(buffer);
  let [next, problem] = [0, ''];
  while (next < to && problem === '') {
    const got = ring.readBatch((view) => {
      if (problem === '' && !matches(view, seed, next, longest))
        problem = `record ${next + 1}: ${lengthOf(seed, next, longest)} bytes were written, and others or other ones came (${view.length} bytes)`;
      next++;
    }, batch);
    if (got === 0) ring.waitReadable(200);
  }
  return problem === '' ? { count: next } : { problem };
}

function sleep({ buffer, shared, ms, drains }: Task & { role: 'sleep' }): Done {
  const bed = new Bed(shared);
  const cells = cellsOf(buffer);
  const sleeps: string[] = [];
  const around: Around = (op, perform) => {
    if (op.name !== 'wait') return perform();
    if ((op.values[1] ?? 1) <= 0) return perform(); // no sleep but a look
    const ended = bed.sleep(op, cells);
    sleeps.push(ended);
    return ended;
  };
  const ring = new SpscRing(buffer, tapped(around));
  while (drains && ring.readBatch(() => {}, 9) > 0);
  const returned = ring.waitReadable(ms);
  bed.back();
  return { returned, sleeps };
}
