/** The gates' servers: the student's service and the student's monitor; and a count of syncs. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Disk } from '../../../../exercises/kernel/types.ts';
import { createRng, SimClock, SimDisk, student } from '../../../harness/driver.ts';
import { Wire } from './wire.ts';

const { IngestService } =
  await student<typeof import('../../../../exercises/1-ingestion/10-ingest-service/service.ts')>(
    'service.ts',
  );

/**
 * On a real file, whose `sync` makes the trip to another thread and back but does not wait for the disk: that takes 0.3
 * ms on one machine and 10 on the next, by no doing of the student. How often it is asked for is counted elsewhere.
 */
export async function serveIngest(): Promise<number> {
  const { realClock, realDisk } =
    await student<typeof import('../../../../exercises/kernel/index.ts')>('../../kernel/index.ts');
  const real = realDisk(mkdtempSync(join(process.cwd(), 'ingest-')));
  const disk: Disk = {
    ...real,
    open: async (path) => {
      const file = await real.open(path);
      return {
        append: (buffers) => file.append(buffers),
        sync: async () => void (await file.size()),
        readAt: (position, length) => file.readAt(position, length),
        size: () => file.size(),
        truncate: (size) => file.truncate(size),
        close: () => file.close(),
      };
    },
  };
  return new IngestService({ disk, clock: realClock, file: 'metrics.log', limit: 1_000_000 }).listen(0);
}

export async function serveMonitor(): Promise<number> {
  const { startMonitor } =
    await student<typeof import('../../../../exercises/1-ingestion/10-ingest-service/before.ts')>(
      'before.ts',
    );
  const { port } = await startMonitor(mkdtempSync(join(process.cwd(), 'monitor-')));
  return port;
}

/** Clients post in rounds, each on its own connection, all at once: how often was the disk asked? */
export async function countSyncs(clients: number, rounds: number) {
  const disk = new SimDisk(createRng(1));
  const service = new IngestService({ disk, clock: new SimClock(), file: 'f', limit: 1_000_000 });
  const port = await service.listen(0);
  const wires = await Promise.all(Array.from({ length: clients }, () => Wire.open(port)));
  const { syncs, appends } = disk.counts;
  let accepted = 0;
  for (let round = 0; round < rounds; round++) {
    const message = { client: 'c', body: `{"name":"m","value":${round}}` };
    const statuses = await Promise.all(wires.map((wire) => wire?.post(message)));
    accepted += statuses.filter((status) => status === 202).length;
  }
  for (const wire of wires) wire?.end();
  await service.close();
  return { syncs: disk.counts.syncs - syncs, appends: disk.counts.appends - appends, accepted };
}
