import { failGate } from '../../../gate/index.ts';
import type { Gate } from '../../../gate/types.ts';
import { shape, z } from '../../../harness/expectations.ts';

const CLIENTS = 2_000;
/**
 * Not just below a size at which something grows: a buffer that doubles past the limit has 1,024 places here, an
 * array that grows by push 791. With 500 they would have 512 and 517, and nobody would notice.
 */
const LIMIT = 600;

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
        : `a limit of ${size} and ${4 * size} requests gave ${JSON.stringify(reply)}, not ${JSON.stringify(expected)}`;
    },
    reference: '0.79-0.84; searching for the oldest 1.96-2.01 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'allow() and retryAfterMs() look at many times to find the one that matters. In a ring its place is known: the time that the next one replaces is the oldest. If they do not, the ring grows by a fixed number of places: double them.',
  },
  {
    id: 'bytes-per-request',
    kind: 'count',
    title: 'a client costs 8 bytes for each request that the limit allows, and 1,000 for everything else',
    limit: Math.round(100 * (8 + 1_000 / LIMIT)) / 100,
    unit: 'bytes per request',
    async measure(context) {
      const driver = await (await context.start()).driver();
      const reply = await driver.callWithin(9_000, 'bytesPerRequest', CLIENTS, LIMIT).catch(explainSlow);
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
    reference: '8.1-8.3; an object for each request 49 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'Keep one number for each request that was let through and nothing for others. Never have more places than the limit: doubling stops there, not at the next power of two, and push takes places in reserve. Refuse, or use the place of one that is out of the window.',
  },
];

/** Whoever looks at every time in each call does not come to the end of this. */
function explainSlow(error: unknown): never {
  if (!(error instanceof Error && 'code' in error && error.code === 'CALL_TIMEOUT')) throw error;
  failGate(
    `${CLIENTS} clients, limit ${LIMIT}: ${CLIENTS * LIMIT * 1.75} requests took more than 9 s, so nothing was measured. First make allow() independent of how many are in the window: the gate arrivals-exponent tells how`,
  );
}

/** What `fill` and `arrive` of the driver must come to. */
function expectedArrivals(size: number, phase: number): { allowed: number; waited: number } {
  const times = Array.from({ length: size }, (_, i) => i + 1);
  let [now, next, allowed, waited] = [size, 0, size, 0];
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
