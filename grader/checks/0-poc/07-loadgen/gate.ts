import type { Gate } from '../../../gate/types.ts';

export const gates: Gate[] = [
  {
    id: 'memory',
    kind: 'count',
    title: 'a histogram holds as much after a million values as after a hundred thousand',
    limit: 1_024,
    unit: 'KiB',
    reference: '13 KiB (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'Keep one counter per bucket and none of the values: some 900 counters cover 1 µs to 60 s at 1 %.',
    async measure(context) {
      const kib: number[] = [];
      for (const n of [100_000, 1_000_000]) {
        const subject = await context.start();
        const driver = await subject.driver();
        const bytes = await driver.callWithin(20_000, 'bytesHeld', n, context.random.integer(1, 1_000_000));
        kib.push(Math.max(0, Number(bytes)) / 1_024);
      }
      const [before = Number.NaN, after = Number.NaN] = kib;
      return {
        value: after,
        note: `${before.toFixed(0)} KiB after 100,000 values, ${after.toFixed(0)} after 1,000,000`,
      };
    },
  },
  {
    id: 'record-cpu',
    kind: 'ratio',
    title: 'recording costs a quarter of keeping and sorting, or less',
    limit: 0.25,
    size: 100_000,
    yardstick: {
      name: 'an array that keeps every value and is sorted',
      prepare: 'prepare',
      work: 'keepAndSort',
    },
    student: { prepare: 'prepare', work: 'recordAll' },
    reference: '0.09 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice: 'Compute the bucket from the value (a logarithm, or its bits) instead of searching for it.',
    verify(reply, size) {
      if (reply === null || typeof reply !== 'object' || !('count' in reply) || !('p99' in reply))
        return 'no answer';
      if (reply.count !== size) return `count is ${reply.count} after ${size} values`;
      // The values are spread evenly over log(1) to log(60,000,000): their p99 is known, give or take chance.
      const expected = 60_000_000 ** 0.99;
      const wrong = Math.abs(Number(reply.p99) / expected - 1) > 0.08;
      return wrong ? `p99 is ${reply.p99}, expected about ${Math.round(expected)}` : undefined;
    },
  },
];
