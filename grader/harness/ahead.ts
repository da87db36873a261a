/**
 * Subjects that are started before a check asks for them. A process takes 50 ms to start, during which there are other
 * things to do: compile, run a check.
 */
import { type Subject, startSubject } from '../subject/index.ts';
import type { HarnessConfig } from './context.ts';

export interface Wanted {
  /** V8's old space in MB. */
  readonly heapMb?: number;
}

export class SubjectsAhead {
  readonly #config: HarnessConfig;
  /** In the order in which they were started. */
  readonly #waiting: { readonly heapMb: number | undefined; readonly subject: Promise<Subject> }[] = [];

  constructor(config: HarnessConfig) {
    this.#config = config;
  }

  /** Starts one that will be asked for. */
  prepare({ heapMb }: Wanted): void {
    const subject = this.#start(heapMb);
    // Whoever takes it learns of its failure; if nobody does, there is nobody to tell.
    subject.catch(() => {});
    this.#waiting.push({ heapMb, subject });
  }

  /** One that was started ahead, if there is one of this kind, or else a new one. */
  take({ heapMb }: Wanted): Promise<Subject> {
    const place = this.#waiting.findIndex((each) => each.heapMb === heapMb);
    const [found] = place < 0 ? [] : this.#waiting.splice(place, 1);
    return found?.subject ?? this.#start(heapMb);
  }

  /** Ends those that nobody took. */
  async end(): Promise<void> {
    const left = await Promise.allSettled(this.#waiting.splice(0).map(({ subject }) => subject));
    await Promise.all(left.map((each) => (each.status === 'fulfilled' ? each.value.shutdown() : undefined)));
  }

  #start(heapMb: number | undefined): Promise<Subject> {
    const { build, driverDirectory } = this.#config;
    return startSubject({ build, driverDirectory, ...(heapMb === undefined ? {} : { heapMb }) });
  }
}
