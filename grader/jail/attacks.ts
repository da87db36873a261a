/** What student code could try, tried: runs inside the jail of probe.ts and prints which attempts came to nothing. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';

/** What the attempts are aimed at: it all exists, outside. */
export interface Targets {
  /** A file, and what is in it; also in the judge's environment. */
  readonly hidden: string;
  readonly secret: string;
  /** A listener on the machine's loopback. */
  readonly port: number;
  readonly processes: readonly number[];
  /** A file that is not there yet. */
  readonly outside: string;
  /** To be found in the command line of what outlives. */
  readonly marker: string;
  /** What the jail allows. */
  readonly threads?: number;
}

export interface Attempt {
  readonly name: string;
  /** Whether the jail held: the attack came to nothing, or what must work does. */
  readonly held: boolean;
  readonly detail?: string;
}

type Body = (targets: Targets) => string | undefined | Promise<string | undefined>;

/** Each gives what it has won, or nothing. */
const attempts: Readonly<Record<string, Body>> = {
  'reads a hidden file': ({ hidden }) => readIfAny(hidden),
  'reads it by a link': ({ hidden }) => {
    symlinkSync(hidden, '/tmp/link');
    return readIfAny('/tmp/link');
  },
  'leaves a link for the judge': () => {
    symlinkSync('/', '/tmp/trap');
    return 'a link in a folder that it may share';
  },
  'writes outside': ({ outside }) => {
    writeFileSync(outside, 'here');
    return outside;
  },
  'reads the environment': ({ secret }) => {
    const own = Object.entries(process.env).find(([, value]) => value?.includes(secret));
    return own?.[0] ?? environments().find((text) => text.includes(secret));
  },
  'signals the judge': ({ processes }) => processes.find((pid) => reaches(pid))?.toString(),
  'starts a shell': () => ['/bin/sh', '/bin/bash', '/usr/bin/env'].find((path) => existsSync(path)),
  "connects to this machine's loopback": ({ port }) => connectTo('127.0.0.1', port),
  // An address that documentation uses: nobody is there, but a network that has a way out does not say so at once.
  'connects to the outside': () => connectTo('192.0.2.1', 80),
  'fills a disk': () => {
    writeFileSync('/tmp/full', Buffer.alloc(4_194_304));
    return '4 MiB in a folder of 1 MiB';
  },
  'takes memory without end': () => `${Buffer.allocUnsafe(1_073_741_824).length} bytes`,
  'starts processes without end': async ({ marker, threads = 0 }) => {
    for (let i = 0; i < 8; i++) if (!(await starts(marker))) return undefined;
    // On a busy machine all were begun before one had its threads: who begins and dies of that is no breach.
    const deadline = performance.now() + 3_000;
    while (performance.now() < deadline) {
      const there = countThreads();
      if (there > threads) return `${there} threads`;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return undefined;
  },
};

/** Of all processes in the jail. */
function countThreads(): number {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .reduce((sum, pid) => {
      try {
        return sum + readdirSync(`/proc/${pid}/task`).length;
      } catch {
        return sum;
      }
    }, 0);
}

function readIfAny(path: string): string {
  return readFileSync(path, 'utf8').slice(0, 40);
}

function environments(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return readFileSync(`/proc/${name}/environ`, 'latin1');
      } catch {
        return '';
      }
    });
}

function reaches(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Anything but a network that is not there is a way out. */
function connectTo(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const end = (won: string | undefined): void => {
      socket.destroy();
      resolve(won);
    };
    socket.once('connect', () => end(`${host}:${port} answers`));
    socket.once('timeout', () => end(`${host} is on a network`));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const none = ['ENETUNREACH', 'ECONNREFUSED', 'EHOSTUNREACH', 'EACCES', 'EPERM'];
      end(none.includes(error.code ?? '') ? undefined : error.code);
    });
  });
}

/** Detached, and deaf to polite requests: it is there until somebody ends it. */
function starts(marker: string): Promise<boolean> {
  const code = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
  const child = spawn(process.execPath, ['-e', code, marker], { detached: true, stdio: 'ignore', env: {} });
  child.unref();
  return new Promise((resolve) => {
    child.once('spawn', () => resolve(true));
    child.once('error', () => resolve(false));
  });
}

/** Servers of students need it. */
function ownLoopback(): Promise<Attempt> {
  const name = 'its own loopback works';
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.end());
    const end = (held: boolean, detail?: string): void => {
      server.close();
      resolve({ name, held, ...(detail === undefined ? {} : { detail }) });
    };
    server.once('error', (error) => end(false, error.message));
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      const socket = connect({ host: '127.0.0.1', port });
      socket.once('error', (error) => end(false, error.message));
      socket.once('connect', () => {
        socket.destroy();
        end(true);
      });
    });
  });
}

async function attempt(name: string, body: Body, targets: Targets): Promise<Attempt> {
  try {
    const won = await body(targets);
    return won === undefined ? { name, held: true } : { name, held: false, detail: won };
  } catch (error) {
    return { name, held: true, detail: error instanceof Error ? error.message : String(error) };
  }
}

const targets: Targets = JSON.parse(process.argv[2] ?? '');
const results: Attempt[] = [await ownLoopback()];
for (const [name, body] of Object.entries(attempts)) results.push(await attempt(name, body, targets));
process.stdout.write(JSON.stringify(results), () => process.exit(0));
