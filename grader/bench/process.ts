/** The other end of a generator process: starts it, speaks with it, ends it. */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { CraftError } from '../core/errors.ts';
import { builtGraderRoot, graderRoot, moduleExtension } from '../core/paths.ts';
import { type Command, type Message, monotonicMs } from './protocol.ts';

/** A child runs JavaScript: the built worker, also when the tool's own tests run from the sources. */
const workerFile = join(moduleExtension === '.js' ? graderRoot : builtGraderRoot, 'bench', 'worker.js');

type Done = Message & { kind: 'done' };

export class GeneratorProcess {
  /** As of its last message. */
  ended = 0;
  failed = 0;
  /** Requests ended a second, between its last two messages. */
  rate = 0;
  /** Called when the three above are new. */
  onProgress: () => void = () => {};
  /** Resolves when the process is no more. */
  readonly gone: Promise<void>;
  readonly #child: ChildProcess;
  #toldAt = 0;
  #asked: { resolve: (done: Done) => void; reject: (error: Error) => void } | undefined;
  #broken: CraftError | undefined;

  constructor() {
    // Neither the judge's flags (a loader, an inspector) nor its environment belong in the generator.
    this.#child = fork(workerFile, [], {
      serialization: 'advanced',
      execArgv: [],
      env: {},
      // A group of its own: Ctrl-C on the terminal would end one that is still starting, and look like a bug of ours.
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message: Message) => this.#hear(message));
    // Without this, sending to a process that has just died would end this one.
    this.#child.on('error', (error) => this.#break(error.message));
    this.gone = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#break(`a load generator ended (${signal ?? `exit code ${code}`})`);
        resolve();
      });
    });
  }

  /** One at a time. Rejects with INTERNAL when the process dies. */
  ask(command: Command): Promise<Done> {
    return new Promise((resolve, reject) => {
      if (this.#broken !== undefined) {
        reject(this.#broken);
        return;
      }
      this.#asked = { resolve, reject };
      this.#child.send(command);
    });
  }

  forgetProgress(): void {
    this.ended = 0;
    this.failed = 0;
    this.rate = 0;
    this.#toldAt = monotonicMs();
  }

  /** Ends what is being measured: its report comes as the answer to what was asked. */
  stop(): void {
    if (this.#child.connected) this.#child.send({ verb: 'stop' } satisfies Command);
  }

  /** Its sockets end with it. */
  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.gone;
  }

  #hear(message: Message): void {
    if (message.kind === 'progress') {
      const seconds = (message.at - this.#toldAt) / 1_000;
      this.rate = seconds > 0 ? Math.max(0, message.ended - this.ended) / seconds : 0;
      this.#toldAt = message.at;
      this.ended = message.ended;
      this.failed = message.failed;
      this.onProgress();
    } else if (message.kind === 'broken') {
      this.#break(`a load generator broke: ${message.message}`);
    } else {
      this.#asked?.resolve(message);
      this.#asked = undefined;
    }
  }

  #break(message: string): void {
    this.#broken ??= new CraftError('INTERNAL', { message });
    this.#asked?.reject(this.#broken);
    this.#asked = undefined;
  }
}
