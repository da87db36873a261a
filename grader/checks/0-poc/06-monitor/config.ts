/** The configuration that checks and gate boot with. */
import { join } from 'node:path';

export type Overrides = Readonly<Record<string, unknown>>;

/** A configuration in the check's own folder; ten lines per append keep the store slower than the clients. */
export function configIn(scratch: string, overrides: Overrides = {}) {
  return {
    port: 0,
    dataFile: join(scratch, 'metrics.jsonl'),
    alertLog: join(scratch, 'alerts.jsonl'),
    queueCapacity: 100_000,
    batch: 10,
    maxBody: 1_048_576,
    alertIntervalMs: 60_000,
    graceMs: 1_000,
    rules: [],
    ...overrides,
  };
}
