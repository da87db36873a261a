/** A thousand clients at once, and ten thousand one after another. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CheckContext, check, eventually, expectEqual, expectTrue } from '../../../harness/index.ts';
import { type Crowd, gather } from './clients.ts';
import { type Lab, request, withServer } from './lab.ts';
import { askMany } from './many.ts';

const CROWD = 1_000;
const hello = request('GET', '/hello');

check(
  'backlog',
  'a thousand clients that come at once are let in, and answered',
  async (context) => {
    await withServer(context, {}, async (lab) => {
      const crowd = await whileBlocked(context, lab, 'many', CROWD);
      const { connected } = crowd;
      const room = Math.min(CROWD, kernelLimit());
      expectTrue(
        `${CROWD} clients connected at once to a server that was busy: ${connected} were let in`,
        connected >= room,
        {
          expected: `${room}`,
          received: `${connected}`,
          cause:
            'pass the backlog to listen(), as { port, backlog }: 1,024 unless the options say otherwise; Node takes 511',
        },
      );
      const { answered, example } = await crowd.ask(hello, 8_000);
      expectEqual(
        `how many of ${CROWD} clients were answered (another one got: ${example})`,
        answered,
        CROWD,
        'each connection must be answered and ended, however many are open',
      );
      crowd.destroy();
    });
    if (process.platform !== 'linux') return;
    await withServer(context, { backlog: 10 }, async (lab) => {
      const crowd = await whileBlocked(context, lab, 'few', 60);
      const { connected } = crowd;
      crowd.destroy();
      expectTrue(
        `60 clients connected to a busy server with { backlog: 10 }: ${connected} were let in`,
        connected < 40,
        {
          expected: 'about 11',
          received: `${connected}`,
          cause: 'options.backlog must reach listen()',
        },
      );
    });
  },
  { timeoutMs: 20_000 },
);

/** Connections that are made while the server's event loop stands still, so that the kernel alone lets them in. */
async function whileBlocked(
  { scratch }: CheckContext,
  lab: Lab,
  name: string,
  count: number,
): Promise<Crowd> {
  const begun = join(scratch, `${name}-begun`);
  const until = join(scratch, `${name}-until`);
  const blocked = lab.driver.callWithin(10_000, 'block', begun, until, 6_000);
  await eventually('the server is busy', async () => (existsSync(begun) ? true : undefined));
  const crowd = gather(lab.port, count);
  await crowd.settled(400);
  writeFileSync(until, '');
  await blocked;
  return crowd;
}

/** More than this the kernel keeps for nobody. */
function kernelLimit(): number {
  const file = '/proc/sys/net/core/somaxconn';
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 128;
}

check(
  'no-leaks',
  'after 10,000 requests nothing is left of them',
  async (context) => {
    await withServer(context, { headTimeoutMs: 60_000 }, async (lab) => {
      await lab.driver.call('watchWarnings');
      await askMany(lab.port, hello, { count: 500, ms: 2_000, lanes: 50 }); // code and caches that come with the first requests
      const cause = "a connection is over when the socket emits 'close', whichever side ended it";
      const before = await lab.untilNoneOpen('500 requests', cause);
      const memory = await lab.memory();
      const { sent, answered } = await askMany(lab.port, hello, { count: 10_000, ms: 4_000, lanes: 50 });
      expectEqual(`how many of ${sent} requests were answered`, answered, sent);
      const after = await lab.untilNoneOpen(`${sent} requests`, cause);
      expectTrue('timers are left of connections that are closed', after.timers - before.timers < 20, {
        expected: 'none',
        received: `${after.timers - before.timers}`,
        cause: "clear the timer of a connection when it is closed: clearTimeout in its 'close' event",
      });
      const grown = (await lab.memory()).heldMb - memory.heldMb;
      // A busy machine gets fewer requests: a connection that is kept is 2.8 KB.
      const allowed = Math.max(2, sent / 2_000);
      expectTrue(`${Math.round(grown)} MB are held after ${sent} requests`, grown < allowed, {
        expected: `less than ${allowed.toFixed(1)} MB`,
        received: `${Math.round(grown)} MB more than before`,
        cause:
          "what is kept per connection, in a Set or as a listener of the server, must go when its socket emits 'close'",
      });
      expectEqual(
        'warnings of the process',
        await lab.driver.call('watchWarnings'),
        [],
        'a listener was added for each request and never removed',
      );
    });
  },
  { fresh: true, timeoutMs: 25_000 },
);
