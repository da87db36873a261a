/** What the requests carry: bodies made from a seed before the clock starts, no two alike in a row. */
import { createRandom, deriveSeed, type Random } from '../core/random.ts';
import type { Payload } from './types.ts';

export interface Payloads {
  /** Sent in turn, again and again: also the first differs from the last. Empty when requests carry nothing. */
  readonly bodies: readonly Buffer[];
  readonly contentType: string | undefined;
  /** What `"$batch"` in an expectation stands for. */
  readonly batch: number;
}

/**
 * How many bodies are made: the first of these that fits in memory. They are primes, so that connections which
 * send in lockstep do not get the same body each time.
 */
const ringSizes = [509, 251, 127, 61, 31, 13, 5, 2];
const maxRingBytes = 16 * 1024 * 1024;

/** Timestamps count on from here: the present would make two runs of one seed differ. */
const firstTimestamp = Date.UTC(2026, 0, 1);

interface Kind {
  readonly name: string;
  readonly value: (random: Random) => number;
  /** A tag that only this metric has. */
  readonly tag?: readonly [string, readonly string[]];
}

const percent = (random: Random): number => random.integer(0, 10_000) / 100;
const bytes = (random: Random): number => random.integer(1, 64_000) * 4_096;
const count = (random: Random): number => random.integer(0, 2_000_000);
const milliseconds = (random: Random): number => Math.round(-Math.log(1 - random.next()) * 25_000) / 1_000;

const kinds: readonly Kind[] = [
  { name: 'cpu_usage', value: percent, tag: ['mode', ['user', 'system', 'iowait']] },
  { name: 'memory_used_bytes', value: bytes },
  { name: 'disk_free_bytes', value: bytes, tag: ['device', ['nvme0n1', 'nvme1n1', 'sda']] },
  { name: 'network_received_bytes_total', value: bytes, tag: ['interface', ['eth0', 'eth1']] },
  { name: 'http_requests_total', value: count, tag: ['status', ['200', '202', '404', '500', '503']] },
  { name: 'http_request_duration_ms', value: milliseconds, tag: ['route', ['/', '/login', '/cart', '/pay']] },
  { name: 'queue_depth', value: (random) => random.integer(0, 500) },
  { name: 'gc_pause_ms', value: milliseconds },
];
const regions = ['eu-west-1', 'eu-central-1', 'us-east-1', 'ap-south-1'];

/** The bodies of one generator process; the same seed gives the same bytes. */
export function createPayloads(payload: Payload, seed: string): Payloads {
  if (payload.kind === 'none') return { bodies: [], contentType: undefined, batch: 1 };
  if (payload.kind === 'text') {
    return { bodies: [Buffer.from(payload.text)], contentType: payload.contentType, batch: 1 };
  }
  const random = createRandom(deriveSeed(seed, 'payload'));
  const bodies: Buffer[] = [];
  let made = 0;
  const make = (): Buffer => {
    const metrics = Array.from({ length: payload.batch }, () =>
      createMetric(random, firstTimestamp + made++),
    );
    return encode(metrics, payload, random);
  };
  const first = make();
  bodies.push(first);
  const size = ringSizes.find((candidate) => candidate * first.length <= maxRingBytes) ?? 2;
  while (bodies.length < size) bodies.push(make());
  return { bodies, contentType: 'application/json', batch: payload.batch };
}

interface SentMetric {
  readonly name: string;
  readonly value: number;
  readonly timestamp: number;
  readonly tags: Record<string, string>;
}

/** Each has a timestamp of its own: that is what keeps two bodies from being equal. */
function createMetric(random: Random, timestamp: number): SentMetric {
  const kind = random.pick(kinds);
  const tags: Record<string, string> = {
    host: `web-${random.integer(1, 40)}`,
    region: random.pick(regions),
  };
  if (kind.tag !== undefined) tags[kind.tag[0]] = random.pick(kind.tag[1]);
  return { name: kind.name, value: kind.value(random), timestamp, tags };
}

/** A tag `note` in the last metric brings the body to its size. */
function encode(
  metrics: readonly SentMetric[],
  { batch, bytes: least = 0 }: { readonly batch: number; readonly bytes?: number },
  random: Random,
): Buffer {
  const text = (): string => JSON.stringify(batch > 1 ? { metrics } : metrics[0]);
  const missing = least - text().length;
  const last = metrics.at(-1);
  if (missing > 0 && last !== undefined) {
    const empty = ',"note":""'.length;
    last.tags.note = noise(Math.max(0, missing - empty), random);
  }
  return Buffer.from(text());
}

/** Random letters; long ones repeat, for a body of megabytes must not take seconds to make. */
function noise(length: number, random: Random): string {
  let block = '';
  while (block.length < Math.min(length, 1_024)) block += random.integer(0, 0xfffffff).toString(36);
  return block.repeat(Math.ceil(length / Math.max(1, block.length))).slice(0, length);
}
