/** Floods a service, and weighs what is left of it in memory. */
import { Session } from 'node:inspector/promises';
import type { Disk, FileH } from '../../../../exercises/kernel/types.ts';
import { SimClock, student } from '../../../harness/driver.ts';
import { type Message, Wire } from './wire.ts';

const { IngestService } =
  await student<typeof import('../../../../exercises/1-ingestion/10-ingest-service/service.ts')>(
    'service.ts',
  );

/** A disk that keeps nothing: what is weighed is the service. */
function bottomless(): Disk {
  let size = 0;
  const file: FileH = {
    append: async (buffers) => {
      const start = size;
      for (const { length } of buffers) size += length;
      return start;
    },
    readAt: async () => new Uint8Array(),
    sync: async () => {},
    size: async () => size,
    truncate: async () => {},
    close: async () => {},
  };
  return {
    open: async () => file,
    list: async () => [],
    rename: async () => {},
    remove: async () => {},
    syncDir: async () => {},
  };
}

const body = '{"name":"a","value":1}';

/** So many clients with long names, one request each, where 100 are allowed. */
export function floodClients(count: number) {
  return flood(count, (i) => ({ client: `${i}`.padEnd(120, 'x'), body }));
}

/** One client with so many numbered batches, where 100 are remembered. */
export function floodBatches(count: number) {
  return flood(count, (i) => ({ client: 'c'.repeat(120), seq: i, body }));
}

/** So many clients with long names, one request each, never more than 50 within a window. */
export function floodPassing(count: number) {
  return flood(count, (i) => ({ client: `${i}`.padEnd(120, 'x'), body }), 25);
}

/** After each 25 requests so many milliseconds pass. */
async function flood(count: number, message: (i: number) => Message, pauseMs = 0) {
  const options = {
    limit: 1_000_000,
    maxClients: 100,
    maxBatches: 100,
    maxPending: 100,
    windowMs: 50,
    graceMs: 100,
  };
  const clock = new SimClock();
  const service = new IngestService({ disk: bottomless(), clock, file: 'f', ...options });
  const wire = await Wire.open(await service.listen(0));
  const statuses: Record<string, number> = {};
  const send = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at += 25) {
      const all = Array.from({ length: Math.min(25, to - at) }, (_, i) => wire?.post(message(at + i)) ?? 0);
      for (const status of await Promise.all(all)) statuses[status] = (statuses[status] ?? 0) + 1;
      if (pauseMs > 0) await clock.advance(pauseMs);
    }
  };
  // The first of them pay for compiled code, and fill what may be filled.
  const warm = Math.floor(count / 5);
  await send(0, warm);
  const before = await heldKb();
  await send(warm, count);
  const grownKb = Math.round((await heldKb()) - before);
  wire?.end();
  await service.close();
  return { grownKb, statuses };
}

async function heldKb(): Promise<number> {
  const session = new Session();
  session.connect();
  for (let i = 0; i < 2; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    await session.post('HeapProfiler.collectGarbage');
  }
  session.disconnect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_024;
}
