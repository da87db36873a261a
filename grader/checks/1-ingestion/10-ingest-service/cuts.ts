/**
 * Cuts the power at every point of one history: clients post, each its next batch when the last one has its answer; the
 * power fails; a new service starts on what the disk has kept, and every client sends again what it has sent before.
 */
import { createRng, SimClock, SimDisk, student } from '../../../harness/driver.ts';
import { type Message, Wire } from './wire.ts';

const { IngestService } =
  await student<typeof import('../../../../exercises/1-ingestion/10-ingest-service/service.ts')>(
    'service.ts',
  );

/** In a folder: its name is kept there, and nowhere else. */
const PATH = 'ingest/metrics.log';

export interface World {
  readonly clients: Message[][];
  /** What stood in the file before, if there was one. */
  readonly found: Uint8Array;
  readonly exists: boolean;
}

export interface Answered extends Message {
  /** Undefined: none has come. */
  status?: number;
}

export interface Cut {
  /** The power failed when the disk had done so many changes. */
  readonly after: number;
  /** What the disk kept of the bytes that were not synced. */
  readonly kept: string;
  /** All that was sent until then. */
  readonly sent: Answered[];
  /** The file when the next process listens. */
  readonly recovered: Uint8Array;
  /** The same batches once more, those with a number; the last is new. */
  readonly again: Answered[];
  /** The file after a second power cut, behind the last answer. */
  readonly last: Uint8Array;
}

const keeps = ['nothing', 'everything', 'random', 'half'] as const;
type Keep = (typeof keeps)[number];

export async function cutEverywhere(world: World): Promise<{ cuts: Cut[]; changes: number }> {
  const cuts: Cut[] = [];
  for (let after = 1; ; after++) {
    let isOver = true;
    for (const keep of keeps) {
      const { cut, over } = await run(world, after, keep);
      cuts.push(cut);
      isOver &&= over;
    }
    if (isOver || after > 200) return { cuts, changes: after };
  }
}

async function run(world: World, after: number, keep: Keep): Promise<{ cut: Cut; over: boolean }> {
  const clock = new SimClock();
  const disk = new SimDisk(createRng(after));
  if (world.exists) disk.put(PATH, world.found);
  const make = () => new IngestService({ disk, clock, file: PATH, graceMs: 20 });
  disk.powerOffAfter(after);
  const first = make();
  const sent: Answered[] = [];
  const off = disk.poweredOff.then(() => 'off' as const);
  const outcome = await Promise.race([live(first, world.clients, sent), off]);
  // What was answered before the power failed is on its way to the client.
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
  const answers = sent.map((each) => ({ ...each }));
  disk.crash(keep === 'half' ? { bytes: Math.floor(unsyncedOf(disk) / 2) } : keep);
  end(first);
  const second = make();
  const port = await second.listen(0);
  const recovered = bytesOf(disk);
  const wire = await Wire.open(port);
  const again: Answered[] = [];
  const repeated = world.clients.flat().filter(({ seq }) => seq !== undefined);
  for (const message of [...repeated, { client: 'z', seq: 1, body: '{"name":"z1","value":1}' }])
    again.push({ ...message, status: (await wire?.post(message)) ?? 0 });
  disk.crash('nothing');
  const last = bytesOf(disk);
  wire?.end();
  end(second);
  return { cut: { after, kept: keep, sent: answers, recovered, again, last }, over: outcome === 'over' };
}

/** The whole history, if the power lasts. */
async function live(
  service: InstanceType<typeof IngestService>,
  clients: readonly Message[][],
  sent: Answered[],
): Promise<'over'> {
  const port = await service.listen(0);
  await Promise.all(
    clients.map(async (messages) => {
      const wire = await Wire.open(port);
      wires.push(wire);
      for (const message of messages) {
        const entry: Answered = { ...message };
        sent.push(entry);
        const status = await wire?.post(message);
        if (status !== 0 && status !== undefined) entry.status = status;
      }
    }),
  );
  return 'over';
}

let wires: (Wire | undefined)[] = [];

/** Its disk never answers again: nobody waits for it. */
function end(service: InstanceType<typeof IngestService>): void {
  for (const wire of wires) wire?.end();
  wires = [];
  void (async () => service.close())().catch(() => {});
}

function unsyncedOf(disk: SimDisk): number {
  return disk.has(PATH) ? disk.unsynced(PATH) : 0;
}

function bytesOf(disk: SimDisk): Uint8Array {
  return disk.has(PATH) ? disk.bytes(PATH) : new Uint8Array();
}
