/**
 * What does a request cost when the connection is there already, and what does the connection cost when no request
 * comes? Your server and node:http, each in a process of its own.
 *
 *   npx craft run 1.9                    how many requests a second, with 1 to 16 of them under way on a connection?
 *   npx craft run 1.9 <depth> …
 *   npx craft run 1.9 idle               how much memory does a connection hold that has nothing to do?
 *   npx craft run 1.9 idle <connections> …
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { KeepAliveServer } from './server.ts';

const SERVER = 'as a server';
const CONNECTIONS = 16;
const ask = 'GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n';
const kinds = ['yours', 'node:http'] as const;
type Kind = (typeof kinds)[number];
interface Usage {
  readonly cpuMicros: number;
  readonly bytes: number;
}

const [first, ...rest] = process.argv.slice(2);
if (first === SERVER) await serve(rest[0] as Kind);
else if (first === 'idle') await idle(rest.length > 0 ? rest.map(Number) : [1_000, 5_000]);
else await pipelined(first === undefined ? [1, 2, 4, 8, 16] : [first, ...rest].map(Number));

/** A child of this program: says its port, and its usage when it is asked. */
async function serve(kind: Kind): Promise<void> {
  process.send?.(kind === 'yours' ? await listen() : await listenWithNode());
  process.on('message', () => {
    globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMicros: user + system, bytes: process.memoryUsage().rss } satisfies Usage);
  });
  process.on('disconnect', () => process.exit(0));
}

function listen(): Promise<number> {
  const reply = { status: 200, headers: { 'Content-Type': 'text/plain' }, body: 'hello' };
  const options = { idleTimeoutMs: 600_000, maxPipelined: 1_024 };
  return new KeepAliveServer(() => reply, options).listen(0);
}

async function listenWithNode(): Promise<number> {
  const { createServer } = await import('node:http');
  const server = createServer({ keepAliveTimeout: 600_000 }, (_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 5 });
    response.end('hello');
  });
  server.listen({ port: 0, backlog: 1_024 });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

interface Server {
  readonly port: number;
  usage(): Promise<Usage>;
  end(): void;
}

async function start(kind: Kind): Promise<Server> {
  const file = fileURLToPath(import.meta.url);
  const child: ChildProcess = fork(file, [SERVER, kind], { execArgv: ['--expose-gc'] });
  const [port] = (await once(child, 'message')) as [number];
  return {
    port,
    usage: async () => {
      child.send('usage');
      const [usage] = (await once(child, 'message')) as [Usage];
      return usage;
    },
    end: () => child.disconnect(),
  };
}

async function pipelined(depths: readonly number[]): Promise<void> {
  console.log(
    `${CONNECTIONS} connections; the requests of each leave in one packet, as many as "depth" says\n`,
  );
  console.log(`depth${kinds.map((kind) => `${kind.padStart(12)} req/s    us CPU`).join('')}`);
  const servers = await Promise.all(kinds.map(start));
  const lanes = await Promise.all(
    servers.map(({ port }) => Promise.all(many(CONNECTIONS, () => open(port)))),
  );
  for (const sockets of lanes) await load(sockets, 16, 1_000); // the first requests pay for compiling the code
  for (const depth of depths) {
    let line = String(depth).padStart(5);
    for (const [i, server] of servers.entries()) {
      const before = await server.usage();
      const { requests, ms } = await load(lanes[i] ?? [], depth, 700);
      const micros = (await server.usage()).cpuMicros - before.cpuMicros;
      const rate = Math.round((requests / ms) * 1_000).toLocaleString('en');
      line += rate.padStart(18) + (micros / requests).toFixed(1).padStart(10);
    }
    console.log(line);
  }
  for (const socket of lanes.flat()) socket.destroy();
  for (const server of servers) server.end();
}

function many<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

/** A connection on which one request has been answered. */
async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.write(ask);
  await once(socket, 'data');
  return socket;
}

/** Sends the next packet when all of the last one is answered. All answers have the same length. */
async function load(
  sockets: readonly Socket[],
  depth: number,
  ms: number,
): Promise<{ requests: number; ms: number }> {
  const packet = Buffer.from(ask.repeat(depth));
  const [sample] = sockets;
  if (sample === undefined) return { requests: 0, ms };
  sample.write(ask);
  const [{ length }] = (await once(sample, 'data')) as [Buffer];
  const began = performance.now();
  let requests = 0;
  const lane = (socket: Socket): Promise<void> =>
    new Promise((resolve) => {
      let missing = length * depth;
      const take = (chunk: Buffer): void => {
        missing -= chunk.length;
        if (missing > 0) return;
        requests += depth;
        missing = length * depth;
        if (performance.now() - began < ms) {
          socket.write(packet);
        } else {
          socket.off('data', take);
          resolve();
        }
      };
      socket.on('data', take);
      socket.write(packet);
    });
  await Promise.all(sockets.map(lane));
  return { requests, ms: performance.now() - began };
}

async function idle(counts: readonly number[]): Promise<void> {
  console.log('memory of the server process for connections on which one request was answered\n');
  console.log(`connections${kinds.map((kind) => `${kind.padStart(12)} MB   KB each`).join('')}`);
  for (const count of counts) {
    let line = String(count).padStart(11);
    for (const kind of kinds) {
      const server = await start(kind);
      for (const socket of await Promise.all(many(100, () => open(server.port)))) socket.destroy();
      const before = await server.usage();
      const sockets: Socket[] = [];
      // In lots, so that the backlog has room for them.
      while (sockets.length < count) {
        const lot = Math.min(250, count - sockets.length);
        sockets.push(...(await Promise.all(many(lot, () => open(server.port)))));
      }
      const grown = (await server.usage()).bytes - before.bytes;
      line += (grown / 1e6).toFixed(1).padStart(15) + (grown / 1e3 / count).toFixed(1).padStart(10);
      for (const socket of sockets) socket.destroy();
      server.end();
    }
    console.log(line);
  }
}
