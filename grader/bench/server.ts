/**
 * Starts a server that is to be loaded, waits until it listens, and ends it with everything it started.
 *
 * The server is the leader of a process group of its own. A shell in that group waits at a pipe that only craft holds:
 * when craft goes, even by kill -9, the pipe ends and the shell kills the group. A listener inside the server would
 * not do: a server that never comes back to its event loop would not hear it. Its temporary files go the same way.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { CraftError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { builtGraderRoot } from '../core/paths.ts';
import { bornAt, cpuMsOf, type Family, killTree, processTree } from '../subject/tree.ts';
import { addressIn, reach } from './address.ts';
import { deathOf, endedBeforeListening, type ServerExit, silenceOf } from './death.ts';

/** The guard holds nothing of the server's but the pipe: who reads the output must see it end with the server. */
const guarded = [
  'ulimit -c 0',
  '{ read -r _ <&4; rm -rf "$CRAFT_SCRATCH"; kill -KILL 0; } >/dev/null 2>&1 3>&- &',
  'exec "$@" 4<&-',
].join('\n');

/** The program of the yardstick, for `file`. */
export const yardstickFile = join(builtGraderRoot, 'bench', 'yardstick.js');
/** All that it answers. */
export const yardstickServes = { method: 'POST', path: '/metrics', status: 202 } as const;

export interface ServerOptions {
  /** JavaScript. It prints `listening on http://localhost:<port>` when it listens on the port of PORT, a free one. */
  readonly file: string;
  /** How errors call it; the file's name unless given. */
  readonly name?: string;
  readonly args?: readonly string[];
  /** Added to craft's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where it is started; places in errors are told from here. */
  readonly cwd: string;
  /** Gets what it prints. */
  readonly output?: (text: string) => void;
  /** Gives the start up: INTERRUPTED. */
  readonly signal?: AbortSignal;
  readonly startMs?: number;
}

export interface RunningServer {
  /** `http://127.0.0.1:40123`, without a path. */
  readonly url: string;
  readonly pid: number;
  /**
   * CPU time of its living processes, ms; undefined when it is gone or the system does not tell. A process of the tree
   * that ends takes its time with it.
   */
  cpuMs(): number | undefined;
  /** Resolves when it has ended, and with it all that it started. Never rejects. */
  readonly exited: Promise<ServerExit>;
  /** Asks it to end, and after 3 s ends it. May be called again, and when it is gone. */
  stop(): Promise<void>;
}

/** Rejects with a CraftError that says what the student can do when there is no server; then nothing is left of it. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const server = new Server(options);
  try {
    const url = await listening(server, options);
    return {
      url,
      pid: server.pid,
      cpuMs: () => server.cpuMs(),
      exited: server.exited,
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Waits for its address, then until it answers there; whatever comes first of that, its end and the deadline. */
async function listening(server: Server, { signal, startMs = limits.serverStartMs }: ServerOptions) {
  let url: string | undefined;
  const over = new AbortController();
  const died = server.exited.then((exit): never => {
    throw endedBeforeListening(server.name, exit);
  });
  const given = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(new CraftError('INTERRUPTED')), { signal: over.signal });
    if (signal?.aborted) reject(new CraftError('INTERRUPTED'));
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(silenceOf(server.name, server.output, startMs, url, server.pid)),
      startMs,
    );
  });
  try {
    url = await Promise.race([server.address, died, given, late]);
    return await Promise.race([reach(url, server.pid, over.signal), died, given, late]);
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

class Server {
  readonly name: string;
  readonly pid: number;
  readonly exited: Promise<ServerExit>;
  /** The first address on its stdout; pending for ever when there is none. */
  readonly address: Promise<string>;
  /** The last of what it printed. */
  output = '';
  readonly #child: ChildProcess;
  readonly #family: Family;
  /** Its temporary files; on the disk that TMPDIR names. */
  readonly #scratch = mkdtempSync(join(tmpdir(), 'craft-bench-server-'));
  #told = '';
  #stopping: Promise<void> | undefined;

  constructor({ file, name, args = [], env, cwd, output }: ServerOptions) {
    this.name = name ?? basename(file);
    const id = randomUUID();
    const preload = join(builtGraderRoot, 'run', 'preload.js');
    const node = [process.execPath, '--enable-source-maps', `--import=${preload}`, file, ...args];
    this.#child = spawn('/bin/sh', ['-c', guarded, 'server', ...node], {
      // stdin, stdout, stderr, what the preload tells of a TODO(human), the pipe that the guard waits at.
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
      cwd,
      env: {
        ...process.env,
        ...env,
        PORT: '0',
        TMPDIR: this.#scratch,
        CRAFT_SCRATCH: this.#scratch,
        CRAFT_BENCH: id,
      },
    });
    const { pid, stdout, stderr, stdio } = this.#child;
    // Without a process (its folder is gone) there is an error event, which must have a listener.
    this.#child.on('error', () => {});
    if (pid === undefined || stdout === null || stderr === null) {
      rmSync(this.#scratch, { recursive: true, force: true });
      throw new CraftError('INTERNAL', { message: `no process could be started in ${cwd}` });
    }
    this.pid = pid;
    const marker = `CRAFT_BENCH=${id}`;
    // The student may work in the same folder with other programs: it must not make one of the family.
    this.#family = { root: pid, born: bornAt(pid), marker, folder: marker, seen: new Map() };
    stdio[4]?.on('error', () => {});
    this.#read(stdio[3] as Readable, (text) => {
      if (this.#told.length < outputKept) this.#told += text;
    });
    const print = (text: string): void => {
      this.output = (this.output + text).slice(-outputKept);
      output?.(text);
    };
    this.#read(stderr, print);
    this.address = new Promise((resolve) => {
      let head = '';
      this.#read(stdout, (text) => {
        print(text);
        if (head.length > outputKept) return;
        head += text;
        const found = addressIn(head);
        if (found !== undefined) resolve(found);
      });
    });
    this.exited = this.#end(cwd);
  }

  cpuMs(): number | undefined {
    const times = processTree(this.pid).flatMap(({ pid }) => cpuMsOf(pid) ?? []);
    return times.length === 0 ? undefined : times.reduce((sum, ms) => sum + ms, 0);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => killTree(this.#family), limits.serverGraceMs);
    await this.exited;
    clearTimeout(timer);
  }

  /** What it leaves behind goes with it. The guard is still in the group, so nobody else can have its id by now. */
  #end(root: string): Promise<ServerExit> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      this.#child.once('exit', () => {
        const wasStopped = this.#stopping !== undefined;
        killTree(this.#family);
        rmSync(this.#scratch, { recursive: true, force: true, maxRetries: 2 });
        this.#child.once('close', (code, signal) => {
          clearTimeout(timer);
          resolve(
            deathOf({
              name: this.name,
              code,
              signal,
              output: this.output,
              told: this.#told,
              root,
              wasStopped,
            }),
          );
        });
        // Where a process that fled the group cannot be found, it may hold the output open for ever.
        timer = setTimeout(() => {
          for (const stream of this.#child.stdio) stream?.destroy();
        }, limits.graceMs);
      });
    });
  }

  #read(stream: Readable, take: (text: string) => void): void {
    stream
      .setEncoding('utf8')
      .on('data', take)
      .on('error', () => {});
  }
}

/** Characters: an address stands in the first of them, what went wrong in the last. */
const outputKept = 65_536;
