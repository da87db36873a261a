/** The bytes of whole requests, head and body, made before the clock starts. */
import { CraftError } from '../core/errors.ts';
import { deriveSeed } from '../core/random.ts';
import { createPayloads } from './payload.ts';
import type { LoadSpec } from './types.ts';

/** A ring of requests that all connections of one process take from, in turn. */
export class Requests {
  readonly batch: number;
  readonly #ring: readonly Buffer[];
  #turn = 0;

  constructor(spec: LoadSpec, worker = 0) {
    const { bodies, contentType, batch } = createPayloads(
      spec.payload,
      deriveSeed(spec.seed, `worker/${worker}`),
    );
    const given = spec.bodies ?? bodies;
    const ring = given.length === 0 ? [new Uint8Array()] : given;
    this.batch = batch;
    this.#ring = ring.map((body) => Buffer.concat([encodeHead(spec, contentType, body.length), body]));
  }

  next(): Buffer {
    const request = this.#ring[this.#turn] as Buffer;
    this.#turn = this.#turn + 1 === this.#ring.length ? 0 : this.#turn + 1;
    return request;
  }
}

/** Where the requests go; throws BAD_USAGE for what this client does not speak. */
export function parseTarget(url: string): { host: string; port: number; path: string; authority: string } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:') {
    throw new CraftError('BAD_USAGE', { message: `${url} is no http:// address.` });
  }
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? 80 : Number(parsed.port),
    path: `${parsed.pathname}${parsed.search}`,
    authority: parsed.host,
  };
}

/** The spec's headers stand before ours; those that say where the body ends are always ours. */
function encodeHead(spec: LoadSpec, contentType: string | undefined, length: number): Buffer {
  const { path, authority } = parseTarget(spec.url);
  const headers = new Map<string, string>([['host', authority]]);
  if (contentType !== undefined) headers.set('content-type', contentType);
  if (!spec.keepAlive) headers.set('connection', 'close');
  for (const [name, value] of Object.entries(spec.headers)) headers.set(name.toLowerCase(), value);
  headers.delete('transfer-encoding');
  headers.delete('content-length');
  if (length > 0 || !['GET', 'HEAD', 'DELETE', 'OPTIONS'].includes(spec.method)) {
    headers.set('content-length', String(length));
  }
  for (const [name, value] of headers) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[\r\n\0]/.test(value)) {
      throw new CraftError('BAD_USAGE', { message: `${JSON.stringify(`${name}: ${value}`)} is no header.` });
    }
  }
  if (!/^[A-Z]+$/.test(spec.method)) {
    throw new CraftError('BAD_USAGE', { message: `${JSON.stringify(spec.method)} is no HTTP method.` });
  }
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${spec.method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
}
