import { failGate } from '../../../gate/index.ts';
import type { Gate } from '../../../gate/types.ts';
import { shape, z } from '../../../harness/expectations.ts';

const CLIENTS = 2_000;
/**
 * A fair number: an array that grows by push has 517 places when it holds 500 items, a buffer that doubles has 512.
 * With 1,000 the one would have 1,202, and chance would decide which design is thrifty.
 */
const LIMIT = 500;

export const gates: Gate[] = [
  {
    id: 'arrivals-exponent',
    kind: 'exponent',
    title: 'what a request costs does not depend on how many are in the window',
    limit: 1.35,
    sizes: [4_000, 8_000, 16_000, 32_000],
    subject: { prepare: 'fill', work: 'arrive' },
    verify(reply, size, seed) {
      const expected = expectedArrivals(size, Number.parseInt(seed, 16) % 4);
      const same = JSON.stringify(reply) === JSON.stringify(expected);
      return same
        ? undefined
        : `a limit of ${size} and ${3 * size} requests gave ${JSON.stringify(reply)}, not ${JSON.stringify(expected)}`;
    },
    reference: '0.75-0.83; searching for the oldest 1.96-2.01 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'allow() and retryAfterMs() look at many times to find the one that matters. In a ring its place is known: the time that the next one replaces is the oldest.',
  },
  {
    id: 'bytes-per-request',
    kind: 'count',
    title: 'a client costs 8 bytes for each request that the limit allows, and 1,000 for everything else',
    limit: 8 + 1_000 / LIMIT,
    unit: 'bytes per request',
    async measure(context) {
      const driver = await (await context.start()).driver();
      const reply = await driver.callWithin(9_000, 'bytesPerRequest', CLIENTS, LIMIT);
      const schema = z.object({ most: z.number(), allowed: z.number(), refused: z.number() });
      const { most, allowed, refused } = shape('what was measured', reply, schema);
      const expected = { allowed: CLIENTS * LIMIT * 1.75, refused: CLIENTS * 3 };
      if (allowed !== expected.allowed || refused !== expected.refused) {
        failGate(
          `${CLIENTS} clients, limit ${LIMIT}: ${allowed} requests let through and ${refused} refused, not ${expected.allowed} and ${expected.refused}`,
        );
      }
      return {
        value: Math.round(most * 100) / 100,
        note: `${most.toFixed(2)} bytes per request: ${((most * CLIENTS * LIMIT) / 1e6).toFixed(1)} MB for ${CLIENTS} clients with ${LIMIT} requests each`,
      };
    },
    reference: '8.2-8.5; an object for each request 49 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'Keep one number for each request that was let through and nothing for others. Never have more places than the limit: refuse, or use the place of one that is out of the window.',
  },
];

/** What `fill` and `arrive` of the driver must come to. */
function expectedArrivals(size: number, phase: number): { allowed: number; waited: number } {
  const times = Array.from({ length: size }, (_, i) => i + 1);
  let [now, next, allowed, waited] = [size, 0, 0, 0];
  for (let i = 0; i < 3 * size; i++) {
    if ((i + phase) % 4 !== 0) now++;
    const oldest = times[next] ?? 0;
    if (now - oldest >= size) {
      times[next] = now;
      next = (next + 1) % size;
      allowed++;
    } else {
      waited += oldest + size - now;
    }
  }
  return { allowed, waited };
}
