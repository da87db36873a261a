/**
 * Where do clients wait while a server is busy, and what does it cost when there is no room? 500 clients connect at
 * once, to a server with a backlog of 10 and to one with 1,024. Clients and server share this process, so the server
 * accepts nobody until all 500 have knocked: for about a tenth of a second it is as busy as one that parses large bodies.
 *
 *   npx craft run 1.2                    500 clients, backlogs 10 and 1024
 *   npx craft run 1.2 <clients> <backlog> …
 */
import { connect } from 'node:net';
import { RawServer } from './server.ts';

const clients = Number(process.argv[2] ?? 500);
const given = process.argv.slice(3).map(Number);
const backlogs = given.length > 0 ? given : [10, 1_024];

await run(1_024, 50); // the first requests pay for compiling the code: not shown
console.log(`${clients} clients connect at once`);
console.log('backlog  answered   gave up    p50 ms    p90 ms    max ms');
for (const backlog of backlogs) {
  const times = await run(backlog, clients);
  const rank = (percent: number): string => {
    const at = Math.max(0, Math.ceil((percent / 100) * times.length) - 1);
    return (times[at] ?? Number.NaN).toFixed(0).padStart(10);
  };
  const columns = [
    String(backlog).padStart(7),
    String(times.length).padStart(10),
    String(clients - times.length).padStart(10),
  ];
  console.log(`${columns.join('')}${rank(50)}${rank(90)}${rank(100)}`);
}

/** How long each client that was answered took from connecting to its reply, in ms, ascending. */
async function run(backlog: number, count: number): Promise<number[]> {
  const server = new RawServer(() => ({ status: 200, body: 'hello' }), { backlog });
  const port = await server.listen(0);
  const times = await Promise.all(Array.from({ length: count }, () => ask(port)));
  await server.close(1_000);
  return times.filter((ms) => ms !== undefined).sort((a, b) => a - b);
}

/** One request; undefined when there is no answer within five seconds, which is as long as most clients wait. */
function ask(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const began = performance.now();
    const socket = connect({ port, host: '127.0.0.1' });
    const timer = setTimeout(() => end(undefined), 5_000);
    const end = (ms: number | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(ms);
    };
    socket.once('data', () => end(performance.now() - began));
    socket.once('error', () => end(undefined));
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  });
}
