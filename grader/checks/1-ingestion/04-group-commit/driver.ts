/** Plays a script against the student's committer, on a simulated disk and in virtual time. */
import { createRng, SimClock, SimDisk, student } from '../../../harness/driver.ts';
import { bytesOf, type Operation, start, textOf, WatchedFile, why } from './file.ts';

const { GroupCommitter } =
  await student<typeof import('../../../../exercises/1-ingestion/04-group-commit/committer.ts')>(
    'committer.ts',
  );

type Committer = InstanceType<typeof GroupCommitter>;
type Held = 'append' | 'sync' | 'truncate';

const PATH = 'records';

export type Step =
  /** Appends these records, one after another, without waiting. */
  | ['append', string[]]
  | ['close']
  /** Lets everything happen that can happen without time passing. */
  | ['rest']
  /** Lets the event loop turn so many times, and no more. */
  | ['turn', number]
  | ['advance', number]
  /** Operations of this kind that begin from now on do not end before `release`. */
  | ['hold', Held]
  /** Lets those of a kind end, or all. */
  | ['release', Held | 'all']
  /** The next operation of this kind fails. */
  | ['fail', Held | 'size', string]
  /** The next append writes so many bytes, and then fails. */
  | ['tear', number, string]
  /** The power fails: what was not synced is gone. */
  | ['crash']
  | ['report'];

export interface Options {
  readonly maxBytes: number;
  readonly maxPending: number;
  /** What stood in the file before. */
  readonly found: string;
  /** Whether the disk takes its time: the clock must advance then. */
  readonly slow: boolean;
}

/** What can be seen from outside at one moment. */
export interface Report {
  readonly text: string;
  readonly operations: Operation[];
  readonly overlaps: string[];
  /** For each record its position, or `waiting`, or `rejected: <why>`, or `threw: <why>`. */
  readonly answers: (number | string)[];
  /** For each record which error object it was rejected with: equal numbers are the same object; -1 is none. */
  readonly errors: number[];
  /** The records that have an answer, by their numbers from 0, in the order in which they got it. */
  readonly settled: number[];
  readonly closes: string[];
  /** Timers that run now because of the committer. */
  readonly timers: number;
  /** Whether somebody still asks for one turn of the event loop after the other. */
  readonly polls: boolean;
}

export async function play(options: Options, steps: readonly Step[]): Promise<Report[]> {
  const stage = await Stage.set(options);
  const reports: Report[] = [];
  for (const step of steps) {
    if (step[0] === 'report') reports.push(stage.report());
    else await stage.perform(step);
  }
  reports.push(stage.report());
  return reports;
}

class Stage {
  readonly #answers: (number | string)[] = [];
  readonly #settled: number[] = [];
  readonly #errors: number[] = [];
  readonly #seen: unknown[] = [];
  readonly #closes: string[] = [];
  readonly #timersBefore = countTimers();
  readonly #clock: SimClock;
  readonly #disk: SimDisk;
  readonly #file: WatchedFile;
  readonly #committer: Committer;
  readonly #releases = new Map<Held, () => void>();
  #unwritten: Error | undefined;

  private constructor(clock: SimClock, disk: SimDisk, file: WatchedFile, options: Options) {
    this.#clock = clock;
    this.#disk = disk;
    this.#file = file;
    this.#committer = new GroupCommitter(file, options);
  }

  static async set(options: Options): Promise<Stage> {
    const clock = new SimClock();
    const delays: { append: [number, number]; sync: [number, number] } = { append: [0, 3], sync: [1, 9] };
    const disk = new SimDisk(createRng(1), { clock, delays: options.slow ? delays : {} });
    disk.put(PATH, options.found);
    return new Stage(clock, disk, new WatchedFile(await disk.open(PATH)), options);
  }

  async perform(step: Exclude<Step, ['report']>): Promise<void> {
    switch (step[0]) {
      case 'append':
        for (const text of step[1]) this.#append(text);
        break;
      case 'close':
        this.#close();
        break;
      case 'rest':
        return this.#clock.advance(0);
      case 'turn':
        for (let turn = 0; turn < step[1]; turn++) await new Promise((resolve) => setImmediate(resolve));
        break;
      case 'advance':
        return this.#clock.advance(step[1]);
      case 'hold':
        this.#releases.set(step[1], this.#disk.hold(step[1]));
        break;
      case 'release':
        for (const [held, release] of this.#releases) if ([held, 'all'].includes(step[1])) release();
        break;
      case 'fail':
        if (step[1] === 'size') this.#file.failSize(step[2]);
        else this.#disk.failNext(step[1], step[2]);
        break;
      case 'tear':
        this.#file.tear(step[1], step[2]);
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
      text: textOf(this.#disk.bytes(PATH)),
      operations: [...this.#file.operations],
      overlaps: [...this.#file.overlaps],
      answers: [...this.#answers],
      errors: [...this.#errors],
      settled: [...this.#settled],
      closes: [...this.#closes],
      timers: countTimers() - this.#timersBefore,
      polls: process.getActiveResourcesInfo().includes('Immediate'),
    };
  }

  #append(text: string): void {
    const index = this.#answers.push('waiting') - 1;
    this.#errors.push(-1);
    const answer = (outcome: number | string): void => {
      this.#answers[index] = outcome;
      this.#settled.push(index);
    };
    let verb = 'threw';
    const call = start(() => {
      const promise = this.#committer.append(bytesOf(text));
      verb = 'rejected';
      return promise;
    });
    call.then(answer, (error: unknown) => {
      this.#notice(error);
      if (!this.#seen.includes(error)) this.#seen.push(error);
      this.#errors[index] = this.#seen.indexOf(error);
      answer(`${verb}: ${why(error)}`);
    });
  }

  #close(): void {
    const index = this.#closes.push('waiting') - 1;
    start(() => this.#committer.close()).then(
      () => {
        this.#closes[index] = 'resolved';
      },
      (error: unknown) => {
        this.#notice(error);
        this.#closes[index] = `rejected: ${why(error)}`;
      },
    );
  }

  #notice(error: unknown): void {
    if (error instanceof Error && error.message.startsWith('TODO(human)')) this.#unwritten ??= error;
  }
}

function countTimers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}
