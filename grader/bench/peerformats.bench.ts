/** One metric as each database takes it: JSON, the text of Prometheus, and its remote write (protobuf in snappy). */

/** So many series: of one series, samples that overtake each other would be refused. */
const seriesCount = 1_000;
const name = 'http_request_duration_ms';
const regions = ['eu-west-1', 'eu-central-1', 'us-east-1', 'ap-south-1'];

export interface Sample {
  readonly value: number;
  readonly timestamp: number;
  /** In the order of their names. */
  readonly tags: Readonly<Record<string, string>>;
}

/** The sample of that number: no two are equal, and those of one series follow each other in time. */
export function sampleOf(number: number, firstTimestamp: number): Sample {
  const series = number % seriesCount;
  return {
    value: (number % 997) + 0.125,
    timestamp: firstTimestamp + Math.floor(number / seriesCount),
    tags: { host: `web-${series}`, region: regions[series % 4] ?? '', service: 'checkout' },
  };
}

export function asJson({ value, timestamp, tags }: Sample): Uint8Array {
  return Buffer.from(JSON.stringify({ name, value, timestamp, tags }));
}

/** A line as Prometheus shows its own metrics. */
export function asText({ value, timestamp, tags }: Sample): Uint8Array {
  const labels = Object.entries(tags).map(([key, text]) => `${key}="${text}"`);
  return Buffer.from(`${name}{${labels.join()}} ${value} ${timestamp}\n`);
}

/** WriteRequest { 1: TimeSeries { 1: Label { 1: name, 2: value }, …, 2: Sample { 1: double, 2: int64 } } } */
export function asRemoteWrite({ value, timestamp, tags }: Sample): Uint8Array {
  const labels = Object.entries({ __name__: name, ...tags }).map(([key, text]) =>
    field(1, Buffer.concat([field(1, Buffer.from(key)), field(2, Buffer.from(text))])),
  );
  const double = Buffer.alloc(8);
  double.writeDoubleLE(value);
  // Tag 1 of 8 bytes, tag 2 of a varint.
  const sample = Buffer.concat([Buffer.of(0x09), double, Buffer.of(0x10), varint(timestamp)]);
  return snappy(field(1, Buffer.concat([...labels, field(2, sample)])));
}

/** A field of bytes: its number, its length, itself. */
function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** Snappy's block format, as one literal: its length without compression, a tag, the bytes. */
function snappy(bytes: Buffer): Buffer {
  const last = bytes.length - 1;
  const tag = last < 60 ? Buffer.of(last << 2) : Buffer.of(61 << 2, last & 0xff, last >> 8);
  return Buffer.concat([varint(bytes.length), tag, bytes]);
}
