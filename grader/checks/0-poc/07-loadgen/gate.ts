import type { Gate } from '../../../gate/types.ts';

/** The heap of a process moves by some hundred KiB by itself; less than that cannot be told from nothing. */
const noiseKib = 256;

function shown(kib: number): string {
  return kib < noiseKib ? 'less than can be measured' : `${kib.toFixed(0)} KiB`;
}

export const gates: Gate[] = [
  {
    id: 'memory',
    kind: 'count',
    title: 'a histogram stays small, however many values it has recorded',
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
        note: `after 100,000 values: ${shown(before)}; after 1,000,000: ${shown(after)}`,
      };
    },
  },
  {
    id: 'record-cpu',
    kind: 'ratio',
    title: 'recording costs a quarter of keeping and sorting every value, or less',
    limit: 0.25,
    size: 100_000,
    yardstick: {
      name: 'keep and sort',
      prepare: 'prepare',
      work: 'keepAndSort',
    },
    student: { prepare: 'prepare', work: 'recordAll' },
    reference: '0.09 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'Counters only, no array of values, nothing to sort; and a bucket is computed from its value (a logarithm, or its bits), not searched.',
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
