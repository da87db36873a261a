/**
 * Given: what `npx craft run 1.10` starts: your service, on a folder that stays.
 *
 *   npx craft run 1.10 [folder]     the folder is ./ingest-data when absent; PORT in the environment, else 8080
 *
 * SIGTERM or Ctrl-C: no new requests, an answer for those that have begun, then the end; a second one ends it at once.
 */
import { realClock, realDisk } from '../../kernel/index.ts';
import { IngestService } from './service.ts';

const folder = process.argv[2] ?? 'ingest-data';
const service = new IngestService({ disk: realDisk(folder), clock: realClock, file: 'metrics.log' });
let stopping = false;

try {
  const port = await service.listen(Number(process.env.PORT ?? 8080));
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  console.log(`listening on http://localhost:${port}, storing in ${folder}/metrics.log; Ctrl-C stops`);
} catch (error) {
  // Whatever cannot start is one line for the person who started it, and exit code 1 for the script that did.
  console.error(`ingest: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

async function stop(): Promise<void> {
  if (stopping) process.exit(1);
  stopping = true;
  try {
    await service.close();
    process.exit(0);
  } catch (error) {
    console.error(error); // exit code 0 would say that every promise was kept
    process.exit(1);
  }
}
