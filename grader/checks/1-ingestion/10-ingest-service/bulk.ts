/** What a service does whose options say nothing: how much fits, and what its constructor begins. */
import { createHook } from 'node:async_hooks';
import { createRng, SimClock, SimDisk, student } from '../../../harness/driver.ts';
import { recordOf } from './format.ts';
import { type Message, Wire } from './wire.ts';
import { WatchedDisk } from './world.ts';

const { IngestService } =
  await student<typeof import('../../../../exercises/1-ingestion/10-ingest-service/service.ts')>(
    'service.ts',
  );
const { KeepAliveServer } = await student<
  typeof import('../../../../exercises/1-ingestion/09-keep-alive/server.ts')
>('../09-keep-alive/server.ts');

const body = '{"name":"a","value":1}';
const LANE = 25;

/** A service with all defaults, and what it stands on. */
async function begin(found?: Uint8Array) {
  const disk = new SimDisk(createRng(1));
  if (found !== undefined) disk.put('f', found);
  const service = new IngestService({ disk, clock: new SimClock(), file: 'f', limit: 1_000_000 });
  const port = await service.listen(0);
  return { disk, service, port };
}

/** So many clients, one request each. */
export async function fillClients(count: number): Promise<Record<string, number>> {
  const { service, port } = await begin();
  const wire = await Wire.open(port);
  const statuses: Record<string, number> = {};
  for (let at = 0; at < count; at += LANE) {
    const few = Array.from({ length: Math.min(LANE, count - at) }, (_, i) => ({
      client: `c${at + i}`,
      body,
    }));
    for (const status of await Promise.all(few.map((message) => wire?.post(message) ?? 0)))
      statuses[status] = (statuses[status] ?? 0) + 1;
  }
  wire?.end();
  await service.close();
  return statuses;
}

/** So many batches while the disk does not sync: the statuses, once it does. Waits for `refused` refusals before. */
export async function fillQueue(count: number, refused: number): Promise<Record<string, number>> {
  const { disk, service, port } = await begin();
  const release = disk.hold('sync');
  const lanes = Math.ceil(count / LANE);
  const wires = await Promise.all(Array.from({ length: lanes }, () => Wire.open(port)));
  const answers = Array.from({ length: count }, (_, i) => wires[i % lanes]?.post({ client: 'c', body }) ?? 0);
  const deadline = performance.now() + 5_000;
  for (let seen = 0; seen < refused && performance.now() < deadline; ) {
    const report = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    seen = Number(/status="503"} (\d+)/.exec(report)?.[1] ?? 0);
  }
  release();
  const statuses: Record<string, number> = {};
  for (const status of await Promise.all(answers)) statuses[status] = (statuses[status] ?? 0) + 1;
  for (const wire of wires) wire?.end();
  await service.close();
  return statuses;
}

/** A file of so many numbered batches: what becomes of the one with number `again` when it comes once more. */
export async function recoverMany(count: number, again: number) {
  const batches = Array.from({ length: count }, (_, seq) =>
    recordOf({ client: 'c', seq, count: 1, at: 1, body }),
  );
  const { disk, service, port } = await begin(Buffer.concat(batches));
  const before = disk.bytes('f').length;
  const wire = await Wire.open(port);
  const status = await (wire?.post({ client: 'c', seq: again, body } satisfies Message) ?? 0);
  wire?.end();
  await service.close();
  return { status, isNew: disk.bytes('f').length > before };
}

/** So many batches of so many bytes that wait for one flush: the most bytes that a later one writes. */
export async function largestFlush(count: number, bytes: number): Promise<number> {
  const disk = new SimDisk(createRng(1));
  let largest = 0;
  const watched = new WatchedDisk(disk, (written) => {
    largest = Math.max(largest, written);
  });
  const service = new IngestService({ disk: watched, clock: new SimClock(), file: 'f', limit: 1_000_000 });
  const port = await service.listen(0);
  const release = disk.hold('sync');
  const wires = await Promise.all(Array.from({ length: count }, () => Wire.open(port)));
  const answers = wires.map((wire) => wire?.post({ client: 'c', body: body.padEnd(bytes) }) ?? 0);
  // All have come when an answer has: to a request that was sent behind each of them, and needs no disk.
  for (let turn = 0; turn < 3; turn++) {
    const asked = await Promise.all(wires.map(() => Wire.open(port)));
    await Promise.all(asked.map((wire) => wire?.post({ client: 'x', body: '{' }) ?? 0));
    for (const wire of asked) wire?.end();
  }
  release();
  await Promise.all(answers);
  for (const wire of wires) wire?.end();
  await service.close();
  return largest;
}

/** What the constructor of the service begins, beyond what that of the server of 1.9 does. */
export function construct(): { timers: number; opened: number } {
  const disk = new WatchedDisk(new SimDisk(createRng(1)));
  const timersOf = (make: () => unknown): number => {
    let timers = 0;
    const hook = createHook({
      init: (_id, type) => {
        if (type === 'Timeout') timers++;
      },
    }).enable();
    make();
    hook.disable();
    return timers;
  };
  const server = timersOf(() => new KeepAliveServer(() => ({ status: 200 })));
  const service = timersOf(() => new IngestService({ disk, clock: new SimClock(), file: 'f' }));
  return { timers: Math.max(0, service - server), opened: disk.opened };
}
