/**
 * Given: what `npx craft bench 0.6` starts and loads: your monitor, with data that nobody keeps.
 *
 * Its settings are those of load.json: no rules, since each would scan the growing file at every tick. Only `batch` is
 * larger. With 100 the queue may be full at 100 clients, and a baseline that refuses requests is none.
 *
 * PORT in the environment chooses the port, 0 a free one; TMPDIR the disk. SIGTERM or Ctrl-C ends it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boot } from './monitor.ts';

const folder = mkdtempSync(join(tmpdir(), 'craft-monitor-'));
// However the process ends, short of kill -9: also when boot() fails.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const monitor = await boot({
  port: Number(process.env.PORT ?? 8080),
  dataFile: join(folder, 'metrics.jsonl'),
  alertLog: join(folder, 'alerts.jsonl'),
  queueCapacity: 10_000,
  batch: 1_000,
  maxBody: 1_048_576,
  alertIntervalMs: 10_000,
  graceMs: 2_000,
  rules: [],
});

process.once('SIGTERM', stop);
process.once('SIGINT', stop);
console.log(`listening on http://localhost:${monitor.port}`);

async function stop(): Promise<void> {
  await monitor.close();
  process.exit(0);
}
