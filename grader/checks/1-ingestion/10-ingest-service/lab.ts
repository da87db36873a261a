/** What the checks of this exercise share: a running service, requests to it, and its file. */
import type { CheckContext, Exchange, ModuleHandle, RawConnection } from '../../../harness/index.ts';
import { eventually, fail, shape, show, z } from '../../../harness/index.ts';
import type { Setup } from './driver.ts';
import { readRecords, type StoredRecord } from './format.ts';

export interface Post {
  readonly client?: string;
  readonly seq?: number | string;
  readonly body?: string | object;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Lab {
  readonly port: number;
  readonly driver: ModuleHandle;
  call(method: string, ...args: unknown[]): Promise<unknown>;
  /** POST /metrics on a connection of its own. */
  post(post: Post): Promise<Exchange>;
  /** The same, sent but not yet answered. */
  begin(post: Post): Promise<RawConnection>;
  get(path: string, method?: string): Promise<Exchange>;
  /** What is in the file; fails the check when it is no file of whole records. */
  stored(): Promise<StoredRecord[]>;
  /** The lines of GET /metrics: `name{label="x"}` and a number. */
  counters(): Promise<Map<string, number>>;
  /** Waits until the disk was asked for one more operation of that kind. */
  untilAsked(operation: 'appends' | 'syncs', times: number): Promise<void>;
  /** Answers have come from requests that were sent later: what was to happen by itself has happened. */
  barrier(): Promise<void>;
}

const Counts = z.object({ appends: z.number(), syncs: z.number() });

export const oneMetric = { name: 'cpu_usage', value: 1 };

/** Starts the student's service, lets `body` use it, and closes it. */
export async function withService(
  context: CheckContext,
  setup: Setup,
  body: (lab: Lab) => Promise<void>,
): Promise<void> {
  const { subject, http } = context;
  const driver = await subject.driver();
  const stage = await driver.hold('start', setup);
  let port = await portOf(stage);
  const connections: RawConnection[] = [];
  const lab: Lab = {
    get port() {
      return port;
    },
    driver,
    call: async (method, ...args) => {
      const result = await stage.call(method, ...args);
      if (method.startsWith('restart')) port = await portOf(stage);
      return result;
    },
    post: ({ path = '/metrics', ...post }) =>
      http.request({ port, path, method: 'POST', headers: headersOf(post), body: textOf(post) }),
    begin: async (post) => {
      const connection = await http.raw(port);
      connections.push(connection);
      await connection.write(bytesOf(post));
      return connection;
    },
    get: (path, method = 'GET') => http.request({ port, path, method }),
    stored: async () => {
      const bytes = shape('the file', await stage.call('file'), z.instanceof(Uint8Array));
      const { records, end, problem } = readRecords(bytes);
      if (problem === undefined) return records;
      fail({
        summary: `the file is no row of whole records: ${problem}`,
        expected: 'length, checksum, payload; the next one directly behind it',
        received: `${records.length} records up to byte ${end} of ${bytes.length}, then ${show(Buffer.from(bytes.subarray(end, end + 60)).toString('latin1'))}`,
      });
    },
    counters: async () => parseCounters((await lab.get('/metrics')).text),
    untilAsked: async (operation, times) => {
      await eventually(
        `${times} ${operation} of the file`,
        async () => {
          const counts = shape('counts', await stage.call('counts'), Counts);
          return counts[operation] >= times ? true : undefined;
        },
        { withinMs: 3_000, cause: 'a good batch goes to committer.append, which begins a flush by itself' },
      );
    },
    barrier: async () => {
      for (let i = 0; i < 3; i++) await lab.get('/health');
    },
  };
  try {
    await body(lab);
  } finally {
    for (const connection of connections) connection.destroy();
    if (subject.alive) await stage.call('stop').catch(() => {});
  }
}

async function portOf(stage: { call(method: string): Promise<unknown> }): Promise<number> {
  return shape('what listen() resolved with', await stage.call('port'), z.number().int().positive());
}

function headersOf({ client = 'web-1', seq, headers }: Post): Record<string, string> {
  return {
    'content-type': 'application/json',
    ...(client !== '' && { authorization: client }),
    ...(seq !== undefined && { 'x-batch-seq': String(seq) }),
    ...headers,
  };
}

function textOf({ body = oneMetric }: Post): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

export function bytesOf(post: Post): string {
  const body = textOf(post);
  const lines = Object.entries(headersOf(post)).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST /metrics HTTP/1.1\r\nhost: ingest\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  return `${head}${lines.join('')}\r\n${body}`;
}

export function parseCounters(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** The status of a reply that came over a raw connection; undefined when none has come. */
export function statusIn(text: string): number | undefined {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
  return status === undefined ? undefined : Number(status);
}

/** Waits for the reply on a raw connection and gives its status. */
export async function answerOn(connection: RawConnection, ms = 3_000): Promise<number | undefined> {
  return statusIn(await connection.readUntil(/^HTTP\/1\.1 \d{3}[\s\S]*?\r\n\r\n/, ms));
}

/** What has come on a raw connection so far. */
export function soFar(connection: RawConnection, ms = 40): Promise<string> {
  return connection.readUntilClose(ms);
}

/** A failed request as programs see it. */
export function problem(error: string, details?: object): { error: string; details?: object } {
  return { error, ...(details && { details }) };
}
