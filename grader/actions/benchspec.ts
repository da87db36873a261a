/** From what was asked for to what is sent: the defaults of `craft bench`, and which wishes exclude each other. */
import { isIP } from 'node:net';
import { yardstickServes } from '../bench/server.ts';
import type { Expectation, Extent, LoadMode, LoadSpec, Payload } from '../bench/types.ts';
import { CraftError } from '../core/errors.ts';
import { newSeed } from '../core/random.ts';
import type { Serves } from '../core/types.ts';

/** What the user said; nothing in it has a default yet. */
export interface BenchRequest {
  readonly exercise?: string;
  readonly clients?: number;
  readonly requests?: number;
  readonly durationMs?: number;
  /** Requests a second: the open mode. */
  readonly rate?: number;
  readonly batch?: number;
  readonly bytes?: number;
  readonly seed?: string;
  readonly sweep?: readonly number[];
  readonly pipeline?: number;
  readonly keepAlive?: boolean;
  readonly url?: string;
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expectStatus?: number;
  readonly timeoutMs?: number;
  readonly warmup?: Extent;
  readonly workers?: number;
  readonly save?: string;
  readonly vs?: string;
  readonly allowRemote?: boolean;
}

const defaults = {
  clients: 100,
  durationMs: 10_000,
  timeoutMs: 5_000,
  // A fresh Node server needs 8,000 to 10,000 requests until its code is optimised; a slow one gets no further.
  warmup: { requests: 10_000, ms: 3_000 },
  workers: 1,
} as const;

/** Wishes that cannot both be had: BAD_USAGE, in one sentence. */
export function checkRequest(request: BenchRequest): void {
  const { sweep, vs, clients, rate, save, url, pipeline = 1, keepAlive = true, body } = request;
  const refuse = (message: string): never => {
    throw new CraftError('BAD_USAGE', { message });
  };
  if (sweep !== undefined && vs !== undefined)
    refuse('--sweep and --vs do not go together: compare at one number of clients.');
  if (sweep !== undefined && clients !== undefined)
    refuse('--sweep names the numbers of clients itself: leave out --clients.');
  if (sweep !== undefined && rate !== undefined)
    refuse('--sweep looks for the capacity at each number of clients: leave out --rate.');
  if (vs !== undefined && request.requests !== undefined)
    refuse('--vs loads both in turns of equal time: leave out --requests.');
  if (pipeline > 1 && !keepAlive)
    refuse('--pipeline needs a connection that stays: leave out --no-keep-alive.');
  if (url !== undefined && save !== undefined)
    refuse('--save keeps the program of an exercise, and --url has none: leave out one of them.');
  if (url !== undefined && (vs === 'previous' || vs === 'solution'))
    refuse(`--vs ${vs} is about an exercise of yours: leave out --url.`);
  if (body !== undefined && (request.batch !== undefined || request.bytes !== undefined))
    refuse('--body is sent as it is: leave out --batch and --bytes.');
  const method = request.method?.toUpperCase();
  if (method === 'CONNECT') refuse('--method CONNECT opens a tunnel, and there is no reply to measure.');
  if (method !== undefined && !carriesBody(method) && (request.batch ?? request.bytes) !== undefined)
    refuse(`--method ${method} carries no metrics: leave out --batch and --bytes.`);
  for (const name of Object.keys(request.headers ?? {}))
    if (/^(content-length|transfer-encoding)$/i.test(name))
      refuse(`--header ${name} is for craft bench to say, which knows where the body ends: leave it out.`);
}

const carriesBody = (method: string): boolean => ['POST', 'PUT', 'PATCH'].includes(method);

/** Whether the exercise's own request is sent and its own answer expected: only such figures are the exercise's. */
export function isItsOwn({ method, path, body, expectStatus }: BenchRequest): boolean {
  return [method, path, body, expectStatus].every((wish) => wish === undefined);
}

/** The address of `--url`. NOT_LOCAL unless it is this machine or `--allow-remote` was said. */
export function addressOf(text: string, allowRemote: boolean): URL {
  const meant = /^(localhost|[\w.-]+:\d|\[)/i.test(text) ? `http://${text}` : undefined;
  if (meant !== undefined || !URL.canParse(text)) {
    throw new CraftError('BAD_USAGE', {
      message: `"${text}" is no address. Write it like ${meant ?? 'http://localhost:8080/metrics.'}`,
    });
  }
  const url = new URL(text);
  const refuse = (why: string): never => {
    throw new CraftError('BAD_USAGE', { message: `"${text}" cannot be loaded: ${why}` });
  };
  if (url.protocol !== 'http:') refuse('craft bench speaks http:// only.');
  if (url.username !== '' || url.password !== '')
    refuse('leave the name and password out, and give a header: --header "Authorization: …".');
  if (!allowRemote && !isLoopback(url.hostname)) throw new CraftError('NOT_LOCAL', { host: url.hostname });
  return url;
}

/** 127.0.0.0/8, ::1, and the name that stands for them. */
function isLoopback(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  return host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** The load without its address. `serves` is the exercise's contract; without one any server is meant. */
export function specFor(request: BenchRequest, serves: Serves | undefined): Omit<LoadSpec, 'url'> {
  const { clients = defaults.clients, requests, durationMs, rate, pipeline = 1, keepAlive = true } = request;
  const mode: LoadMode = rate === undefined ? { kind: 'closed' } : { kind: 'open', rate };
  const ms = durationMs ?? (requests === undefined ? defaults.durationMs : undefined);
  const method = methodOf(request, serves);
  return {
    method,
    headers: headersFor(request, serves),
    payload: payloadOf(request, method),
    expect: expectationOf(request, serves),
    mode,
    clients,
    pipeline,
    keepAlive,
    timeoutMs: request.timeoutMs ?? defaults.timeoutMs,
    warmup: request.warmup ?? defaults.warmup,
    measure: { ...(requests !== undefined && { requests }), ...(ms !== undefined && { ms }) },
    workers: request.workers ?? defaults.workers,
    seed: request.seed ?? newSeed(),
  };
}

/** The exercise's own, but for those that the user has said, perhaps in another spelling. */
function headersFor({ headers = {} }: BenchRequest, serves: Serves | undefined): Record<string, string> {
  const said = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const own = Object.entries(serves?.headers ?? {}).filter(([name]) => !said.has(name.toLowerCase()));
  return { ...Object.fromEntries(own), ...headers };
}

/** The path that is asked for: the user's, the exercise's, that of the address. */
export function pathFor({ path }: BenchRequest, serves: Serves | undefined, url?: URL): string {
  if (path !== undefined) return path.startsWith('/') ? path : `/${path}`;
  if (url !== undefined && (serves === undefined || url.pathname !== '/')) return url.pathname + url.search;
  return serves?.path ?? '/';
}

/**
 * What the yardstick would refuse, before anything is started: BAD_USAGE, with how to say what it answers.
 * `own` is the number of an exercise of its contract.
 */
export function checkForYardstick(
  request: BenchRequest,
  serves: Serves | undefined,
  address: URL | undefined,
  own: string | undefined,
): void {
  const { method, expect } = specFor(request, serves);
  const path = pathFor(request, serves, address);
  const { method: itsMethod, path: itsPath, status } = yardstickServes;
  const knows = method === itsMethod && new URL(`http://localhost${path}`).pathname === itsPath;
  if (knows && expect.status === status) return;
  const asked = knows ? `with status ${expect.status}` : `${method} ${path}`;
  const like =
    own === undefined || address === undefined
      ? ''
      : ` If that server keeps the same contract: npx craft bench ${own} --url ${address.origin} --vs yardstick.`;
  throw new CraftError('BAD_USAGE', {
    message: `There is nothing to compare: the yardstick answers only ${itsMethod} ${itsPath} with status ${status}, not ${asked}.${like} Anything else is loaded alone: leave out --vs.`,
  });
}

/**
 * The address that is loaded. Put together, not resolved: `new URL(path, origin)` makes another machine of a path that
 * begins with two slashes.
 */
export function urlFor(
  origin: string,
  request: BenchRequest,
  serves: Serves | undefined,
  address?: URL,
): string {
  return new URL(origin + pathFor(request, serves, address)).href;
}

/** As curl does it: something to send makes it a POST. */
function methodOf({ method, body, batch, bytes }: BenchRequest, serves: Serves | undefined): string {
  const sends = body !== undefined || batch !== undefined || bytes !== undefined;
  return (method ?? serves?.method ?? (sends ? 'POST' : 'GET')).toUpperCase();
}

function payloadOf({ body, headers = {}, batch = 1, bytes }: BenchRequest, method: string): Payload {
  if (body !== undefined) {
    const given = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type');
    return { kind: 'text', text: body, contentType: given?.[1] ?? 'application/json' };
  }
  if (!carriesBody(method)) return { kind: 'none' };
  return { kind: 'metrics', batch, ...(bytes !== undefined && { bytes }) };
}

/** The exercise's contract is about its own request: who sends another one says what to expect. */
function expectationOf(request: BenchRequest, serves: Serves | undefined): Expectation {
  const { expectStatus, method, path, body } = request;
  const isOther = method !== undefined || path !== undefined;
  if (serves === undefined || isOther) return { status: expectStatus ?? 200 };
  const status = expectStatus ?? serves.status;
  const isAsked = expectStatus === undefined && body === undefined;
  return isAsked && serves.reply !== undefined ? { status, json: serves.reply } : { status };
}
