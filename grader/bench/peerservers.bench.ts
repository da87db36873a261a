/** The servers that `bench:peers` sets side by side, each with a fresh folder on the same disk. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isServing, otherServer } from '../actions/benchtarget.ts';
import type { Session } from '../actions/session.ts';
import { loadCurriculum } from '../curriculum/index.ts';
import { cpuMsOf } from '../subject/tree.ts';
import { asJson, asRemoteWrite, asText, type Sample } from './peerformats.bench.ts';
import { startServer } from './server.ts';
import type { Expectation } from './types.ts';

export interface Peer {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly encode: (sample: Sample) => Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly expect: Expectation;
  cpuMs(): number;
  /** Samples that it says it has taken; undefined when it does not tell. */
  taken(): Promise<number | undefined>;
  stop(): Promise<void>;
}

const root = mkdtempSync(join(tmpdir(), 'craft-peers-'));
process.once('exit', () => rmSync(root, { recursive: true, force: true }));

interface Program {
  readonly name: string;
  /** Program and Debian package. */
  readonly command: string;
  readonly args: (port: number, folder: string) => readonly string[];
  readonly path: string;
  readonly ready: string;
  /** Its own counter of samples, in `/metrics`. */
  readonly counter: RegExp;
  readonly format: Pick<Peer, 'encode' | 'headers'>;
}

const programs: readonly Program[] = [
  {
    name: 'Prometheus',
    command: 'prometheus',
    args: (port, folder) => {
      const config = join(folder, 'none.yml');
      writeFileSync(config, '');
      return [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--web.enable-remote-write-receiver',
        '--log.level=error',
      ];
    },
    path: '/api/v1/write',
    ready: '/-/ready',
    counter: /^prometheus_tsdb_head_samples_appended_total(?:\{type="float"\})? (\S+)$/m,
    format: {
      encode: asRemoteWrite,
      headers: {
        'Content-Type': 'application/x-protobuf',
        'Content-Encoding': 'snappy',
        'X-Prometheus-Remote-Write-Version': '0.1.0',
      },
    },
  },
  {
    name: 'VictoriaMetrics',
    command: 'victoria-metrics',
    args: (port, folder) => [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-storageDataPath=${join(folder, 'data')}`,
      '-loggerLevel=ERROR',
    ],
    path: '/api/v1/import/prometheus',
    ready: '/health',
    counter: /^vm_rows_inserted_total\{type="prometheus"\} (\S+)$/m,
    format: { encode: asText, headers: { 'Content-Type': 'text/plain' } },
  },
];

/** Those that are installed; `missing` hears of the others. */
export async function startPeers(missing: (text: string) => void): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (const program of programs) {
    if (spawnSync('sh', ['-c', `command -v ${program.command}`]).status === 0)
      peers.push(await start(program));
    else missing(`${program.name} is not installed (apt-get install ${program.command})`);
  }
  return peers;
}

async function start({ name, command, args, path, ready, counter, format }: Program): Promise<Peer> {
  const folder = join(root, command);
  mkdirSync(folder);
  const port = await freePort();
  const child = spawn(command, args(port, folder), { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000);
  });
  const ended = once(child, 'exit');
  process.once('exit', () => child.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(`${url}${ready}`))) {
    if (child.exitCode !== null)
      throw new Error(`${command} ended with exit code ${child.exitCode}: ${said}`);
    await pause(50);
  }
  return {
    name,
    url: `${url}${path}`,
    pid: pidOf(child),
    ...format,
    expect: { status: 204 },
    cpuMs: () => cpuMsOf(pidOf(child)) ?? Number.NaN,
    taken: async () => {
      const found = counter.exec(await (await fetch(`${url}/metrics`)).text());
      return found === null ? undefined : Number(found[1]);
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The solution of an exercise, by its number; undefined when it does not serve, or is not there. */
export async function startSolution(number: string): Promise<Peer | undefined> {
  const curriculum = loadCurriculum();
  const exercise = curriculum.exercises.filter(isServing).find((each) => each.number === number);
  if (exercise === undefined) return undefined;
  const workspace = { root: join(root, number), state: join(root, number, '.craft') };
  mkdirSync(workspace.state, { recursive: true });
  // Of a session, a solution needs no more than these.
  const session = { curriculum, workspace } as Session;
  const loadable = await otherServer(session, exercise, 'solution', new AbortController().signal);
  if ('error' in loadable) throw loadable.error;
  const { entry } = loadable.program;
  const server = await startServer({ file: entry, name: loadable.target.name, cwd: loadable.root });
  const { serves } = exercise;
  const fields = 'headers' in serves ? (serves.headers as Peer['headers']) : {};
  return {
    name: `craft ${number}`,
    url: `${server.url}${serves.path}`,
    pid: server.pid,
    encode: asJson,
    headers: { 'Content-Type': 'application/json', ...fields },
    expect: { status: serves.status, json: { status: 'accepted' } },
    cpuMs: () => server.cpuMs() ?? Number.NaN,
    taken: async () => undefined,
    stop: async () => {
      await server.stop();
      await loadable.release();
    },
  };
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('it did not start');
  return pid;
}

/** Free a moment ago: these programs do not say which one they got. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

/**
 * How often a server asked the disk to keep what it wrote, while `load` ran: the kernel's own account of its calls.
 * Undefined without strace, or where it may not look.
 */
export async function countSyncs(pid: number, load: () => Promise<void>): Promise<number | undefined> {
  if (spawnSync('sh', ['-c', 'command -v strace']).status !== 0) return undefined;
  const calls = 'fsync,fdatasync,msync,sync_file_range,sync,syncfs';
  const account = join(root, `strace-${pid}.txt`);
  const strace = spawn('strace', ['-f', '-c', '-e', `trace=${calls}`, '-o', account, '-p', `${pid}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(strace, 'exit');
  // It says that it has attached, or why it could not.
  const [said] = await Promise.race([once(strace.stderr, 'data'), ended.then(() => [''])]);
  if (!`${said}`.includes('attached')) return undefined;
  await load();
  strace.kill('SIGINT');
  await ended;
  // % time, seconds, usecs/call, calls, maybe errors, name; nothing at all when there was no call.
  const lines = readFileSync(account, 'utf8').matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+) (?:.*) (\w+)$/gm);
  return [...lines]
    .filter(([, , name]) => calls.split(',').includes(name ?? ''))
    .reduce((sum, [, count]) => sum + Number(count), 0);
}
