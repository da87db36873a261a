/**
 * Given: what `npx craft bench 1.9` starts and loads. The front door of 0.3 and 1.2 once more, with its rules: what
 * changes from 1.2 is that connections stay open.
 *
 * PORT in the environment chooses the port, 0 a free one. SIGTERM or Ctrl-C ends it.
 */
import { answer } from '../02-raw-server/door.ts';
import { KeepAliveServer } from './server.ts';

const server = new KeepAliveServer(answer);
try {
  const port = await server.listen(Number(process.env.PORT ?? 8080));
  console.log(`listening on http://localhost:${port}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error); // the port is taken
  process.exit(1);
}

process.once('SIGTERM', stop);
process.once('SIGINT', stop);

async function stop(): Promise<void> {
  await server.close(2_000);
  process.exit(0);
}
