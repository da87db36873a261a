import type { Gate } from '../../../gate/types.ts';

export const gates: Gate[] = [
  {
    id: 'drain-exponent',
    kind: 'exponent',
    title: 'draining the queue grows with the number of items, not with its square',
    limit: 1.35,
    sizes: [20_000, 40_000, 80_000, 160_000],
    subject: { prepare: 'fill', work: 'drain' },
    verify(reply, size, seed) {
      const first = Number.parseInt(seed, 16);
      let sum = 0;
      for (let i = 0; i < size; i++) sum = (sum + first + i) % 1_000_003;
      const expected = { count: size, sum, last: first + size - 1 };
      const same = JSON.stringify(reply) === JSON.stringify(expected);
      return same
        ? undefined
        : `draining ${size} items gave ${JSON.stringify(reply)}, not ${JSON.stringify(expected)}`;
    },
    reference: '0.98-1.04; Array.shift 1.94 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'Array.shift and splice move every item that stays. Remember where the oldest item is instead of moving the others to the front.',
  },
];
