/** The texts that the gates parse, and what must come of them: for the driver and for the judge alike. */

/** A batch of metrics of about `size` bytes, as one flat string, like one that was decoded from the network. */
export function batch(size: number, seed: number): string {
  return flat(`{"metrics":[${metricsOf(size, seed)}]}`);
}

/** The same, but the second half is a single object in which every key is another one. */
export function withLabels(size: number, seed: number): string {
  const labels: string[] = [];
  for (let length = 0; length < size / 2; ) {
    const label = `"label-${seed % 1_000}-${labels.length}":${labels.length}`;
    labels.push(label);
    length += label.length + 1;
  }
  return flat(`{"metrics":[${metricsOf(size / 2, seed)}],"labels":{${labels.join(',')}}}`);
}

/** Not a tree of pieces, as a string is that was added up. */
function flat(text: string): string {
  return Buffer.from(text).toString('utf8');
}

function metricsOf(size: number, seed: number): string {
  let state = seed >>> 0;
  const chance = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const lines: string[] = [];
  for (let length = 14; length < size; ) {
    const name = ['cpu_usage', 'memory_usage', 'http_requests_total', 'disk_io'][chance(4)];
    const type = ['gauge', 'counter'][chance(2)];
    const tags = { host: `web-${chance(100)}`, region: 'orléans-1', path: `/api/v${chance(3)}` };
    const timestamp = 1_700_000_000_000 + chance(1e9);
    const line = JSON.stringify({ name, type, value: chance(1e6) / 100, timestamp, tags });
    lines.push(line);
    length += line.length + 1;
  }
  return lines.join(',');
}

/** What the gates compare: the number of metrics and of labels, and a sum over their fields. */
export interface Total {
  readonly metrics: number;
  readonly labels: number;
  readonly sum: number;
}

export function totalOf(value: unknown): Total {
  const { metrics, labels } = value as {
    metrics: { value: number; timestamp: number; tags: { host: string } }[];
    labels?: object;
  };
  let sum = 0;
  for (const metric of metrics) {
    sum = (sum + metric.value * 100 + metric.timestamp + metric.tags.host.length) % 1_000_003;
  }
  return { metrics: metrics.length, labels: Object.keys(labels ?? {}).length, sum: Math.round(sum) };
}
