/**
 * Given: what `npx craft run 0.6` starts.
 *
 *   npx craft run 0.6 <config.json>        the monitor; Ctrl-C stops it
 *   npx craft run 0.6 load                 load at 20, 100 and 500 clients on a monitor in this very process
 *   npx craft run 0.6 load <url> [batch]   the same on a monitor in another terminal; `batch` metrics a request
 */
import { runLoad } from './experiment.ts';
import { main } from './main.ts';

const [first, ...rest] = process.argv.slice(2);

try {
  if (first === undefined) throw new Error('which configuration? For example: npx craft run 0.6 config.json');
  if (first === 'load') await runLoad(rest[0], Number(rest[1] ?? 1));
  else await serve(first);
} catch (error) {
  // Whatever cannot start is one line for the person who started it, and exit code 1 for the script that did.
  console.error(`monitor: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function serve(configPath: string): Promise<void> {
  const { port } = await main(configPath);
  console.log(`listening on http://localhost:${port} (process ${process.pid}); Ctrl-C stops`);
}
