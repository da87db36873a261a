/** A running monitor as the checks see it: over sockets and files, as its users do. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type CheckContext, fail, shape, z } from '../../../harness/index.ts';
import { configIn, type Overrides } from './config.ts';

export interface Monitor {
  readonly port: number;
  readonly dataFile: string;
  readonly alertLog: string;
  /** Calls close() and waits for it, at most `ms`; `cause` is the likely one when it never resolves. */
  close(ms?: number, cause?: string): Promise<void>;
}

/** Calls boot() of monitor.ts. */
export async function openMonitor(
  { subject, scratch }: CheckContext,
  overrides: Overrides = {},
): Promise<Monitor> {
  const module = await subject.load('monitor.ts');
  const config = configIn(scratch, overrides);
  const monitor = await module.hold('boot', config);
  const port = shape('the port of boot()', await monitor.get('port'), z.number());
  return {
    port,
    dataFile: config.dataFile,
    alertLog: config.alertLog,
    close: async (ms = 2_000, cause = waitsInVain) => {
      await monitor.callWithin(ms, 'close').catch((error: Error) => neverClosed(error, ms, cause));
    },
  };
}

/** "It did not return" says too little here: there are three things that close() can wait for in vain. */
const waitsInVain =
  'Most likely for a connection that a client keeps open: after graceMs, call server.closeAllConnections(). Otherwise for store.stop() of a store that was never started, or for itself.';

function neverClosed(error: Error, ms: number, cause: string): never {
  if (!('code' in error) || error.code !== 'CALL_TIMEOUT') throw error;
  fail({
    summary: `close() did not resolve within ${ms / 1_000} s`,
    expected: 'it resolves when all that was accepted is in the file',
    received: 'it still waits',
    cause,
  });
}

/** Writes config.json and calls main() of main.ts. */
export async function startMain({ subject, scratch }: CheckContext, overrides: Overrides = {}) {
  const config = configIn(scratch, overrides);
  const path = join(scratch, 'config.json');
  await writeFile(path, JSON.stringify(config));
  const module = await subject.load('main.ts');
  const monitor = await module.hold('main', path);
  const port = shape('the port of main()', await monitor.get('port'), z.number());
  return { port, dataFile: config.dataFile };
}

const line = z.object({ name: z.string(), value: z.number(), timestamp: z.number() });

/** The metrics in a data file. Fails the check on a line that is not one. */
export async function stored(path: string): Promise<z.infer<typeof line>[]> {
  return (await lines(path)).map((text) => shape('a line of the data file', parse(text), line));
}

/** The JSON values of a log file, one a line. */
export async function logged(path: string): Promise<unknown[]> {
  return (await lines(path)).map(parse);
}

async function lines(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').filter((one) => one !== '');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return fail({
      summary: 'a line of the file is not JSON',
      expected: 'one JSON object a line',
      received: text.slice(0, 300),
      cause: 'Each line is JSON.stringify(…) and then one newline.',
    });
  }
}

/** How many of the names wanted are not in the file, and how many are there twice. */
export async function tally(
  path: string,
  wanted: readonly string[],
): Promise<{ lost: string[]; twice: string[] }> {
  const seen = new Map<string, number>();
  for (const { name } of await stored(path)) seen.set(name, (seen.get(name) ?? 0) + 1);
  return {
    lost: wanted.filter((name) => !seen.has(name)),
    twice: wanted.filter((name) => (seen.get(name) ?? 0) > 1),
  };
}

/** Fails unless every name wanted is in the file exactly once. */
export async function expectStored(
  what: string,
  path: string,
  wanted: readonly string[],
  cause: string,
): Promise<void> {
  const { lost, twice } = await tally(path, wanted);
  if (lost.length === 0 && twice.length === 0) return;
  fail({
    summary: what,
    expected: `all ${wanted.length} in the data file, each once`,
    received: `${lost.length} lost, ${twice.length} there more than once; for example ${lost[0] ?? twice[0]}`,
    cause,
  });
}

/** GET /health, checked. */
export async function health({ http }: CheckContext, port: number) {
  const exchange = await http.request({ port, path: '/health' });
  http.expectResponse(exchange, { status: 200 }, 'Answer GET /health with status 200 and JSON.');
  const numbers = {
    queueDepth: z.number(),
    peakDepth: z.number(),
    processed: z.number(),
    dropped: z.number(),
  };
  return shape('the answer to GET /health', exchange.json(), z.object({ status: z.string(), ...numbers }));
}

/** Asks again and again for at most `withinMs`, and then fails with what is `wrong` by then. */
export async function until(
  holds: () => Promise<boolean>,
  withinMs: number,
  wrong: () => Parameters<typeof fail>[0],
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) fail(wrong());
    await pause(10);
  }
}

/** Waits until nobody listens on the port any more. */
export async function untilRefused({ http }: CheckContext, port: number): Promise<void> {
  const isRefused = async (): Promise<boolean> => {
    try {
      (await http.raw(port)).destroy();
      return false;
    } catch {
      return true;
    }
  };
  await until(isRefused, 5_000, () => ({
    summary: 'the monitor still accepts connections after it was told to stop',
    expected: `port ${port} is closed at once, while requests in flight are still answered`,
    received: 'a new connection was accepted 5 s later',
    cause: 'Call server.close() first of all: it refuses new connections from then on.',
  }));
}

const lookedAt = z.object({ open: z.array(z.string()), collected: z.number() });
const counts = z.record(z.string(), z.number());

/** What would keep the process alive, and which files below `folder` are open. */
export interface Held {
  /** Active timers, sockets and servers, by kind. */
  readonly active: Readonly<Record<string, number>>;
  readonly open: readonly string[];
  /** Files that were never closed, but collected as garbage, since the process began. */
  readonly collected: number;
}

export async function held({ subject }: CheckContext, folder: string): Promise<Held> {
  const driver = await subject.driver();
  return {
    active: shape('active resources', await driver.call('activeResources'), counts),
    ...shape('open files', await driver.call('files', folder), lookedAt),
  };
}

const kinds: Readonly<Record<string, string>> = {
  Timeout: 'timer',
  TCPSocketWrap: 'connection',
  TCPServerWrap: 'listening port',
};

/** What is held now and was not held before, in words; empty when nothing is. */
export function leftBehind(before: Held, now: Held): string[] {
  const more = Object.entries(now.active).flatMap(([kind, count]) => {
    const extra = count - (before.active[kind] ?? 0);
    const name = kinds[kind] ?? kind;
    return extra > 0 ? [extra === 1 ? `1 ${name}` : `${extra} ${name}s`] : [];
  });
  const open = now.open.filter((name) => !before.open.includes(name)).map((name) => `the open file ${name}`);
  const collected = now.collected > before.collected ? ['a file that only the garbage collector closed'] : [];
  return [...more, ...open, ...collected];
}

/**
 * Sends the head and a part of a POST /metrics, and returns when the server has begun with it: it says
 * "100 Continue" by itself when it has read the head.
 */
export async function halfSent({ http }: CheckContext, port: number, name: string) {
  const body = JSON.stringify({ name, value: 1 });
  const connection = await http.raw(port);
  const head = [
    'POST /metrics HTTP/1.1',
    'host: monitor',
    `content-length: ${body.length}`,
    'expect: 100-continue',
  ];
  await connection.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 8)}`);
  await connection.readUntil('100 Continue');
  return { connection, rest: body.slice(8) };
}

/** How the process ended, or undefined after `ms`. */
export async function exitWithin({ subject }: CheckContext, ms: number) {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  const exit = await Promise.race([subject.exit, late]);
  clearTimeout(timer);
  return exit;
}
