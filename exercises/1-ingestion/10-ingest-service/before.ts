/**
 * Given: your monitor of 0.6, with the settings of its serve.ts. It answers when a metric is in memory; the gate holds
 * your service, which answers when it is on the disk, against it.
 */
import { join } from 'node:path';
import { boot, type Monitor } from '../../0-poc/06-monitor/monitor.ts';

export function startMonitor(folder: string): Promise<Monitor> {
  return boot({
    port: 0,
    dataFile: join(folder, 'metrics.jsonl'),
    alertLog: join(folder, 'alerts.jsonl'),
    queueCapacity: 10_000,
    batch: 1_000,
    maxBody: 1_048_576,
    alertIntervalMs: 10_000,
    graceMs: 2_000,
    rules: [],
  });
}
