/** Plays a script against the student's store, on a simulated disk and in virtual time. */
import type { FileH, Metric } from '../../../../exercises/kernel/types.ts';
import { createRng, SimClock, SimDisk, student } from '../../../harness/driver.ts';

const { JsonlStore } =
  await student<typeof import('../../../../exercises/0-poc/02-store/store.ts')>('store.ts');
const { BoundedQueue } =
  await student<typeof import('../../../../exercises/0-poc/01-queue/queue.ts')>('../01-queue/queue.ts');

const PATH = 'metrics.jsonl';

export type Step =
  | ['start']
  | ['stop']
  /** Lets everything happen that can happen without time passing. */
  | ['rest']
  /** Virtual milliseconds pass. */
  | ['advance', number]
  /** Pushes this many metrics, named m1, m2, ... throughout the play. */
  | ['push', number]
  /** Pushes one metric with this value, named like the others. */
  | ['value', number]
  /** This many appends from now on fail with the code. */
  | ['fail', number, string]
  /** The nth append from now on fails. */
  | ['fail-nth', number, string]
  /** Appends that begin from now on do not end before `release`. */
  | ['hold']
  | ['release']
  /** The power fails: what was not synced is gone. */
  | ['crash']
  | ['report'];

export interface Options {
  readonly batch: number;
  readonly capacity: number;
  /** What an earlier process left in the file. */
  readonly found: string;
}

/** What can be seen from outside at one moment. */
export interface Report {
  readonly text: string;
  /** Every append asked for so far, failed ones too: virtual ms since the play began, and what was to be written. */
  readonly appends: { readonly at: number; readonly text: string }[];
  readonly written: number;
  readonly dropped: number;
  readonly start: string;
  readonly stops: string[];
  /** What push did when it did not accept. */
  readonly refusals: string[];
}

/** Plays the steps in order; reports where the script says so, and at the end. */
export async function play(options: Options, steps: readonly Step[]): Promise<Report[]> {
  const stage = new Stage();
  await stage.set(options);
  const reports: Report[] = [];
  for (const step of steps) {
    if (step[0] === 'report') reports.push(stage.report());
    else await stage.perform(step);
  }
  reports.push(stage.report());
  return reports;
}

/** What the script acts on: a queue, a store and a file, and notes of what came of it. */
class Stage {
  readonly #clock = new SimClock();
  readonly #startedAt = this.#clock.now();
  readonly #disk = new SimDisk(createRng(1), { clock: this.#clock });
  readonly #appends: { at: number; text: string }[] = [];
  readonly #stops: string[] = [];
  readonly #refusals: string[] = [];
  #queue = new BoundedQueue<Metric>(1);
  #store: InstanceType<typeof JsonlStore> | undefined;
  #start = 'not called';
  #pushed = 0;
  #release: () => void = () => {};
  #unwritten: Error | undefined;

  async set({ batch, capacity, found }: Options): Promise<void> {
    this.#disk.put(PATH, found); // its name is durable then, as if it had been there for long
    const file = await this.#disk.open(PATH);
    const note = (text: string): void => {
      this.#appends.push({ at: this.#clock.now() - this.#startedAt, text });
    };
    this.#queue = new BoundedQueue<Metric>(capacity);
    this.#store = new JsonlStore(noting(file, note), this.#queue, this.#clock, { batch });
  }

  async perform(step: Exclude<Step, ['report']>): Promise<void> {
    switch (step[0]) {
      case 'start':
        this.#begin();
        break;
      case 'stop':
        this.#end();
        break;
      case 'rest':
        return this.#clock.advance(0);
      case 'advance':
        return this.#clock.advance(step[1]);
      case 'push':
        for (let i = 0; i < step[1]; i++) this.#push(1);
        break;
      case 'value':
        this.#push(step[1]);
        break;
      case 'fail':
        this.#disk.failNext('append', step[2], step[1]);
        break;
      case 'fail-nth':
        this.#disk.failAppend(step[1], step[2]);
        break;
      case 'hold':
        this.#release = this.#disk.hold('append');
        break;
      case 'release':
        this.#release();
        break;
      case 'crash':
        this.#disk.crash('nothing');
        break;
    }
  }

  report(): Report {
    // Not a wrong answer but no answer yet: craft has its own words for that.
    if (this.#unwritten !== undefined) throw this.#unwritten;
    return {
      text: this.#disk.text(PATH),
      appends: [...this.#appends],
      written: this.#store?.stats.written ?? 0,
      dropped: this.#store?.stats.dropped ?? 0,
      start: this.#start,
      stops: [...this.#stops],
      refusals: [...this.#refusals],
    };
  }

  #begin(): void {
    this.#start = 'still waiting';
    this.#watch(this.#store?.start(), (outcome) => {
      this.#start = outcome;
    });
  }

  #end(): void {
    const index = this.#stops.push('still waiting') - 1;
    this.#watch(this.#store?.stop(), (outcome) => {
      this.#stops[index] = outcome;
    });
  }

  #push(value: number): void {
    this.#pushed++;
    const metric = { name: `m${this.#pushed}`, value, timestamp: this.#clock.now() };
    try {
      if (!this.#queue.push(metric)) this.#refusals.push('full');
    } catch (error) {
      this.#refusals.push(error instanceof Error ? `threw ${error.name}` : `threw ${String(error)}`);
    }
  }

  /** Notes how a promise ends, without waiting for it. */
  #watch(promise: Promise<void> | undefined, note: (outcome: string) => void): void {
    Promise.resolve(promise).then(
      () => note('resolved'),
      (error: unknown) => {
        if (error instanceof Error && error.message.startsWith('TODO(human)')) this.#unwritten ??= error;
        note(`rejected with ${String(error)}`);
      },
    );
  }
}

/** The same file; `note` hears of every append before it begins. */
function noting(file: FileH, note: (text: string) => void): FileH {
  return {
    append(buffers) {
      note(Buffer.concat(buffers).toString('utf8'));
      return file.append(buffers);
    },
    readAt: (position, length) => file.readAt(position, length),
    sync: () => file.sync(),
    size: () => file.size(),
    truncate: (size) => file.truncate(size),
    close: () => file.close(),
  };
}

/** Gate: `count` metrics arrive at a store that waits for them; returns how many appends and lines it made. */
export async function countAppends(
  count: number,
  batch: number,
): Promise<{ appends: number; lines: number }> {
  const clock = new SimClock();
  const disk = new SimDisk(createRng(1), { clock });
  const queue = new BoundedQueue<Metric>(count);
  const store = new JsonlStore(await disk.open(PATH), queue, clock, { batch });
  await store.start();
  await clock.advance(0);
  for (let i = 0; i < count; i++) queue.push({ name: `m${i}`, value: i, timestamp: clock.now() });
  await clock.advance(0);
  await store.stop();
  return { appends: disk.counts.appends, lines: disk.text(PATH).split('\n').length - 1 };
}
