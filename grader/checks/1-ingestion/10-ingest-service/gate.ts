import { failGate } from '../../../gate/index.ts';
import type { Gate } from '../../../gate/types.ts';
import { shape, z } from '../../../harness/expectations.ts';

const CLIENTS = 64;
const ROUNDS = 16;

export const gates: Gate[] = [
  {
    id: 'syncs',
    kind: 'count',
    title: `${CLIENTS} clients share their syncs`,
    limit: (CLIENTS * ROUNDS) / 4,
    unit: 'syncs',
    async measure({ start }) {
      const driver = await (await start()).driver('serving.ts');
      const reply = await driver.call('countSyncs', CLIENTS, ROUNDS);
      const { syncs, accepted } = shape(
        'what was counted',
        reply,
        z.object({ syncs: z.number(), accepted: z.number() }),
      );
      if (accepted !== CLIENTS * ROUNDS)
        failGate(`${accepted} of ${CLIENTS * ROUNDS} batches were answered with 202`);
      return { value: syncs, note: `${syncs} syncs for ${CLIENTS * ROUNDS} batches of ${CLIENTS} clients` };
    },
    reference: '79; 1,024 with a sync for each batch (2-core EPYC VM, busy, Node 20.20, 2026-11-23)',
    advice:
      'All requests that one turn of the event loop brings share a commit: hand each to the committer at once, and await nothing before it.',
  },
  {
    id: 'cost',
    kind: 'ratio',
    transport: 'http',
    title: 'a durable request at 100 clients against one of your own 0.6, which is not durable',
    limit: 1.45,
    connections: 100,
    yardstick: { name: 'your 0.6', file: 'serving.ts', start: 'serveMonitor' },
    student: { file: 'serving.ts', start: 'serveIngest' },
    requests: (random) =>
      Array.from({ length: 32 }, () => ({
        method: 'POST',
        path: '/metrics',
        headers: { 'Content-Type': 'application/json', Authorization: 'gate' },
        body: JSON.stringify({
          name: `cpu_${random.integer(0, 999)}`,
          value: random.next(),
          timestamp: 1_700_000_000_000 + random.integer(0, 1_000_000),
          tags: { host: `web-${random.integer(0, 99)}`, region: 'eu-west-1' },
        }),
        status: 202,
      })),
    reference:
      '0.81 to 1.01; the second design, with four async functions for each request, 1.14 (2-core EPYC VM, busy, Node 20.20, 2026-11-23)',
    advice:
      'Profile it: what does a request do besides parsing once, writing one record and one answer? A trip to another thread for each request costs more than all of that.',
  },
];
