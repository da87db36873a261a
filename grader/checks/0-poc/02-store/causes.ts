/** Likely causes, in the student's words. Those that look at the result choose between the common mistakes. */
import type { Cause } from '../../../harness/expectations.ts';

/** Whether a list has this element. */
function has(list: unknown, element: unknown): boolean {
  return Array.isArray(list) && list.includes(element);
}

export const causes = {
  fields:
    'name, value, timestamp and, where the metric has them, tags must all be there: JSON.stringify makes the text',
  newlineInside:
    'a newline inside a name is written as \\n, which JSON.stringify does; the store adds those between lines',
  escapes: 'JSON.stringify escapes all of this; text that is put together by hand must do the same',
  finite:
    'JSON.stringify turns NaN and Infinity into null without a word: ask Number.isFinite first, and throw a RangeError',
  startWaits: 'start waits for its own loop, which runs until stop: begin the loop without await',
  loneMetric: (received) => {
    if (has(received, 'm1')) return 'write exactly one line, with a newline at its end';
    if (Array.isArray(received) && received.length > 0)
      return 'every line ends with a newline, the last one too';
    return 'a lone metric must not wait until the batch is full, nor for a timer: write what take gives';
  },
  whoHolds:
    'who still holds metrics when stop is called? The queue does: go on until take gives [], which means closed and empty',
  inFlight: 'an append is still under way: keep the promise of the loop, and await it in stop',
  sync: 'append hands the bytes to the system, which keeps them in memory for a while: await file.sync() before stop resolves',
  stump: (received) =>
    has(received, 'm1')
      ? 'lines that were whole must stay, and each new one must stand on a line of its own'
      : 'm1 was glued to the stump: look at the last byte in start; unless it is a newline, write one before the first line',
  delays: (received) => {
    const times = Array.isArray(received) ? received : [];
    if (times.length < 2)
      return 'after the failure nothing more happened: catch the error, `await clock.sleep(100)`, try again. setTimeout does not see the time of the clock you were given';
    if (times[1] === 0) return 'the first retry came at once: wait before it';
    if (times.join() === '0,100,300,700')
      return 'four tries, five are wanted: four waits lie between five tries. After the wait of 800 ms comes one more, and only when that one fails too is the batch given up';
    if (times.length > 5 && times.slice(0, 5).join() === '0,100,300,700,1500')
      return 'more than five tries: the one after the wait of 800 ms is the last';
    return 'the waits are 100, 200, 400 and 800 ms, each counted from the failure before it';
  },
  sameBatch:
    'offer the same batch again: a new take would lose it, and pushing it back would change the order',
  givesUp:
    'giving up one batch must not end the loop: what waits in the queue is written when the disk works again',
  tornRetry:
    'a new line was glued to the stump: the newline is needed until an append with it has succeeded, whatever was given up meanwhile',
  startRejects:
    'start rejects only when the file cannot be read. An append in it can fail like any other: try it again, or let the newline travel with the first batch',
  badMetric:
    'catch the error of toLine for each metric by itself: the rest of the batch is written, and the loop goes on',
  oneInFlight: 'one batch in flight: take the next one only when the one before is written or given up',
} satisfies Record<string, Cause>;
