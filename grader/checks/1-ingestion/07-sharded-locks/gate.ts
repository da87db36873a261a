import { failGate } from '../../../gate/index.ts';
import type { Gate } from '../../../gate/types.ts';
import { shape, z } from '../../../harness/expectations.ts';

const ROUNDS = 1_000;
const PAIRS = 400;
const SHARDS = 64;

export const gates: Gate[] = [
  {
    id: 'uncontended',
    kind: 'count',
    title: 'a lock that nobody else wants costs two atomic operations, and wakes nobody',
    limit: 3 * ROUNDS,
    unit: 'calls of Atomics',
    async measure({ start }) {
      const driver = await (await start()).driver();
      const schema = z.object({ calls: z.number(), notifies: z.number() });
      const { calls, notifies } = shape('what was counted', await driver.call('uncontended', ROUNDS), schema);
      if (notifies > 0)
        failGate(
          `${notifies} of ${ROUNDS} unlocks called Atomics.notify, although nobody waited: a notify that wakes nobody costs many times as much as the rest. Who waits must say so in the cell`,
        );
      return { value: calls, note: `${calls} calls of Atomics for ${ROUNDS} times lock() and unlock()` };
    },
    reference: '2,000; a notify in every unlock is refused (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'Free to held is one compareExchange, held to free one exchange. Only who does not get the lock needs more.',
  },
  {
    id: 'meetings',
    kind: 'count',
    title: `with ${SHARDS} shards, two clients seldom wait for each other`,
    limit: PAIRS / 16,
    unit: 'pairs that met',
    async measure({ start }) {
      const driver = await (await start()).driver('limits.ts');
      const pairs = Array.from({ length: PAIRS }, (_, i) => [`client-${i}`, `web-${i * i}`]);
      const options = { shards: SHARDS, slotsPerShard: 1, limit: 1, windowMs: 1_000 };
      const met = shape('pairs', await driver.call('meetings', options, pairs), z.number());
      return { value: met, note: `${met} of ${PAIRS} pairs of clients waited for each other` };
    },
    reference: '5; one lock, or all at once, 400 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'One thread was stopped in the middle of allow() for one client, and the other thread could not finish allow() for another. Take only the lock of the shard, and let fnv1a(id) % shards say which that is.',
  },
  {
    id: 'search-exponent',
    kind: 'exponent',
    title: 'what a request costs does not depend on how many clients are in its shard',
    limit: 1.35,
    sizes: [512, 1_024, 2_048, 4_096],
    subject: { file: 'limits.ts', prepare: 'fill', work: 'ask' },
    verify(reply, size) {
      return reply === 4 * size
        ? undefined
        : `${size} clients with a limit of 4 got ${String(reply)}, not ${4 * size}`;
    },
    reference: '0.97-1.02; a linear search 1.77 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'allow() looks at many slots to find one. Let the hash say at which slot the search begins, go on from there, and end at the first that was never used: taken slots are handed on, never given back.',
  },
];
