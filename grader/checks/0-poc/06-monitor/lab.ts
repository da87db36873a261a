/** A running monitor as the checks see it: over sockets and files, as its users do. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CheckContext, eventually, fail, shape, z } from '../../../harness/index.ts';
import { configIn, type Overrides } from './config.ts';

export interface Monitor {
  readonly port: number;
  readonly dataFile: string;
  readonly alertLog: string;
  /** Calls close() and waits for it, at most `ms`. */
  close(ms?: number): Promise<void>;
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
    close: async (ms = 2_000) => {
      await monitor.callWithin(ms, 'close').catch((error: Error) => neverClosed(error, ms));
    },
  };
}

/** "It did not return" says too little here: there are three things that close() can wait for in vain. */
function neverClosed(error: Error, ms: number): never {
  if (!('code' in error) || error.code !== 'CALL_TIMEOUT') throw error;
  fail({
    summary: `close() did not resolve within ${ms / 1_000} s`,
    expected: 'it resolves when all that was accepted is in the file',
    received: 'it still waits',
    cause:
      'Most likely for a connection that a client keeps open: after graceMs, call server.closeAllConnections(). Otherwise for store.stop() of a store that was never started, or for itself.',
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

/** Waits until nobody listens on the port any more. */
export async function untilRefused({ http }: CheckContext, port: number): Promise<void> {
  await eventually('the port is closed', async () => {
    try {
      (await http.raw(port)).destroy();
      return undefined;
    } catch {
      return true;
    }
  });
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
