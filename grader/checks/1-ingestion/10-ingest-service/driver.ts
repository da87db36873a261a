/** A service of the student on a simulated disk, in the process of the student's code; asked from outside over HTTP. */
import { createRng, SimClock, SimDisk, student } from '../../../harness/driver.ts';
import { Wire } from './wire.ts';
import { freePort, isOpen, WallClock, WatchedDisk } from './world.ts';

type Services = typeof import('../../../../exercises/1-ingestion/10-ingest-service/service.ts');
type Options = ConstructorParameters<Services['IngestService']>[0];

const { IngestService } = await student<Services>('service.ts');
const records =
  await student<typeof import('../../../../exercises/1-ingestion/10-ingest-service/record.ts')>('record.ts');

export const PATH = 'metrics.log';

export type Setup = Omit<Partial<Options>, 'disk' | 'clock' | 'file'> & {
  /** What an earlier process has left in the file. */
  readonly found?: Uint8Array;
};

type Held = 'append' | 'sync';

export async function start(setup: Setup): Promise<Stage> {
  const stage = new Stage(setup);
  await stage.open();
  return stage;
}

class Stage {
  readonly #options: Setup;
  readonly #clock = new WallClock();
  readonly #disk = new SimDisk(createRng(1));
  readonly #watched: WatchedDisk;
  readonly #releases: (() => void)[] = [];
  #service: InstanceType<Services['IngestService']>;
  #port = 0;
  #closed = 0;

  constructor({ found, ...options }: Setup) {
    this.#options = options;
    this.#watched = new WatchedDisk(this.#disk);
    if (found !== undefined) this.#disk.put(PATH, found);
    this.#service = this.#make();
  }

  #make(): InstanceType<Services['IngestService']> {
    const world = { disk: this.#watched, clock: this.#clock, file: PATH };
    return new IngestService({ graceMs: 300, ...this.#options, ...world });
  }

  async open(port = 0): Promise<void> {
    this.#port = await this.#service.listen(port);
  }

  port(): number {
    return this.#port;
  }

  /** The file as programs see it; empty when it is not there. */
  file(): Uint8Array {
    return this.#disk.has(PATH) ? this.#disk.bytes(PATH) : new Uint8Array();
  }

  counts(): { appends: number; syncs: number } {
    const { appends, syncs } = this.#disk.counts;
    return { appends, syncs };
  }

  /** Files that were opened and not closed. */
  openFiles(): number {
    return this.#watched.files.size;
  }

  hold(operation: Held): void {
    this.#releases.push(this.#disk.hold(operation));
  }

  release(): void {
    for (const release of this.#releases.splice(0)) release();
  }

  /** The process is gone: what is held back now is never done. What begins from now on is not held back. */
  kill(): void {
    this.#releases.length = 0;
    this.#disk.hold('sync')();
    this.#disk.hold('append')();
  }

  /** So many requests of one client, 25 at a time on one connection: how many got which answer. */
  async postMany(count: number): Promise<Record<string, number>> {
    const wire = await Wire.open(this.#port);
    const statuses: Record<string, number> = {};
    for (let at = 0; at < count; at += 25) {
      const message = { client: 'many', body: '{"name":"a","value":1}' };
      const all = Array.from({ length: Math.min(25, count - at) }, () => wire?.post(message) ?? 0);
      for (const status of await Promise.all(all)) statuses[status] = (statuses[status] ?? 0) + 1;
    }
    wire?.end();
    return statuses;
  }

  /** From now on there is no room: every append is refused, as soon as `release` is called. */
  fill(): void {
    this.#watched.full = new Promise((resolve) => this.#releases.push(resolve));
  }

  /** There is room again. */
  makeRoom(): void {
    this.#watched.full = undefined;
  }

  fail(operation: Held, code: string): void {
    this.#disk.failNext(operation, code);
  }

  /** The power fails: what was not synced is gone. */
  crash(): void {
    this.#disk.crash('nothing');
  }

  async advance(ms: number): Promise<void> {
    await this.#clock.advance(ms);
  }

  /** Somebody sets the clock of the machine back. */
  setBack(ms: number): void {
    this.#clock.setBack(ms);
  }

  /** A new process on the same disk, without a power cut: what the last one wrote is there, synced or not. */
  async restart(port = 0): Promise<void> {
    const old = this.#service;
    this.#service = this.#make();
    await this.open(port);
    void (async () => old.close())().catch(() => {});
  }

  /** The same, while the disk takes its time to sync: whether listen() has waited for it, and its port was closed. */
  async restartSlowly(): Promise<boolean> {
    this.kill();
    const release = this.#disk.hold('sync');
    let isListening = false;
    const port = await freePort();
    const restarting = this.restart(port).then(() => {
      isListening = true;
    });
    for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
    const hasWaited = !isListening && !(await isOpen(port));
    release();
    await restarting;
    return hasWaited;
  }

  beginClose(): void {
    void this.#service.close().then(() => this.#closed++);
  }

  /** How many calls of close() have resolved. */
  closed(): number {
    return this.#closed;
  }

  /** Another service on the same disk wants the port of this one: why it cannot, or what it says instead. */
  async listenTwice(): Promise<string> {
    const second = this.#make();
    const late = new Promise<string>((resolve) => setTimeout(resolve, 1_500, 'still pending').unref());
    const outcome = second.listen(this.#port).then(
      (port) => `resolved with ${port}`,
      () => 'rejected',
    );
    return Promise.race([outcome, late]);
  }

  /** The end of a check: whether close() works is for its own checks. */
  async stop(): Promise<void> {
    this.release();
    const closing = (async () => this.#service.close())().catch(() => {});
    await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, 600).unref())]);
  }
}

/** listen() on a file with these bytes, on a disk that fails at one operation: what comes of it, and what is left. */
export async function listenBroken(bytes: Uint8Array, operation: 'read' | 'truncate' | 'sync' | 'syncDir') {
  const disk = new SimDisk(createRng(1));
  disk.put(PATH, bytes);
  const watched = new WatchedDisk(disk);
  disk.failNext(operation, 'EIO');
  const service = new IngestService({ disk: watched, clock: new SimClock(), file: PATH, graceMs: 100 });
  const outcome = await service.listen(0).then(
    () => 'resolved',
    () => 'rejected',
  );
  const openFiles = watched.files.size;
  if (outcome === 'resolved') await service.close();
  return { outcome, openFiles, bytes: disk.bytes(PATH).length };
}

/** The bytes of a record. */
export function encode(batch: Parameters<typeof records.encodeRecord>[0]): Uint8Array {
  return records.encodeRecord(batch);
}

/** What `recover` finds in a file with these bytes, and the most that it read at once. */
export async function recoverFrom(bytes: Uint8Array) {
  const disk = new SimDisk(createRng(1));
  disk.put(PATH, bytes);
  const file = await disk.open(PATH);
  let mostRead = 0;
  const readAt = file.readAt.bind(file);
  file.readAt = (position, length) => {
    mostRead = Math.max(mostRead, length);
    return readAt(position, length);
  };
  const before = disk.changes;
  const found: object[] = [];
  const end = await records.recover(file, ({ client, seq, count, at, body }, position) => {
    const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString();
    found.push({ position, client, ...(seq !== undefined && { seq }), count, at, body: text });
  });
  return { end, found, mostRead, changed: disk.changes !== before };
}

/** Only how far `recover` gets: for many files. */
export async function endsOf(files: readonly Uint8Array[]) {
  const ends: { end: number; visited: number }[] = [];
  for (const bytes of files) {
    const { end, found } = await recoverFrom(bytes);
    ends.push({ end, visited: found.length });
  }
  return ends;
}

/** Starts main.ts as `npx craft run 1.10 <folder>` does; its port is in what it prints. */
export async function runMain(folder: string): Promise<void> {
  process.argv[2] = folder;
  process.env.PORT = '0';
  await student('main.ts');
}

/** What of network and timers keeps this process busy. The channel to the judge is none of these. */
export function leftovers(): { sockets: number; timers: number } {
  const active = process.getActiveResourcesInfo();
  const count = (pattern: RegExp): number => active.filter((each) => pattern.test(each)).length;
  return { sockets: count(/^TCP(Socket|Server)Wrap$/), timers: count(/^Timeout$/) };
}
