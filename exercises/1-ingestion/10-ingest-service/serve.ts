/**
 * Given: what `npx craft bench 1.10` starts and loads: your service, with data that nobody keeps.
 *
 * The load is one client as far as its Authorization goes, so its limit is out of the way. PORT in the environment
 * chooses the port, 0 a free one; TMPDIR the disk: /dev/shm is memory, where nothing is durable. SIGTERM or Ctrl-C ends it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock, realDisk } from '../../kernel/index.ts';
import { IngestService } from './service.ts';

const folder = mkdtempSync(join(tmpdir(), 'craft-ingest-'));
// However the process ends, short of kill -9: also when listen() fails.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const service = new IngestService({
  disk: realDisk(folder),
  clock: realClock,
  file: 'metrics.log',
  limit: 1_000_000,
  graceMs: 2_000,
});
const port = await service.listen(Number(process.env.PORT ?? 8080));
console.log(`listening on http://localhost:${port}`);

process.once('SIGTERM', stop);
process.once('SIGINT', stop);

async function stop(): Promise<void> {
  await service.close();
  process.exit(0);
}
