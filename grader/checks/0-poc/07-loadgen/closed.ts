/** Checks of the closed loop: when requests start, from when they are measured, and what the rates count. */
import { check, expectEqual } from '../../../harness/index.ts';
import { expectAtLeast, expectAtMost, expectNear, load } from './report.ts';
import { fast, gathering, slow, type Target, withServer } from './server.ts';

/** The closed loop, and its figures. */
export function closedChecks(): void {
  check(
    'closed-loop',
    'closed: each client has one request under way, and never rests',
    async ({ subject }) => {
      await withServer(gathering(4, 100), async (server) => {
        const report = await load(subject, { url: server.url, mode: 'closed', clients: 4, ms: 250 });
        const cause = 'each of the clients runs its own loop: send, wait for the reply, send again';
        const what = 'requests under way at the server, at most, with 4 clients';
        expectEqual(what, server.mostUnderWay, 4, cause);
        expectAtMost('requests sent in 250 ms at 100 ms each, 4 clients', report.sent, 12, cause);
      });
      // Counts would depend on how busy the machine is. The shortest pause does not: one that a client takes on
      // purpose is in every gap between a reply and the next request. A second look costs nothing when all is well.
      let shortest = Number.POSITIVE_INFINITY;
      for (let run = 0; run < 3 && shortest > longestPauseMs; run++) {
        await withServer(fast, async (server) => {
          await load(subject, { url: server.url, mode: 'closed', clients: 1, ms: 250 });
          shortest = Math.min(shortest, ...pauses(server));
        });
      }
      const cause = "something waits between two requests: then the rate is yours, not the server's";
      const what = 'shortest time from a reply to the next request of 1 client, in ms';
      expectAtMost(what, shortest, longestPauseMs, cause);
    },
  );

  check('microseconds', 'latencies are microseconds, finer than a millisecond', async ({ subject }) => {
    await withServer(slow(80), async (server) => {
      const report = await load(subject, { url: server.url, mode: 'closed', clients: 1, ms: 150 });
      const cause = 'performance.now() is in milliseconds: multiply by 1,000';
      expectAtLeast('min in µs, with a server that takes 80 ms', report.latency.min, 70_000, cause);
      expectAtMost('max in µs', report.latency.max, report.elapsedMs * 1_011, 'longer than the whole run');
    });
    await withServer(fast, async (server) => {
      const report = await load(subject, { url: server.url, mode: 'closed', clients: 1, ms: 150 });
      const cause =
        'no reply comes back in under 10 µs: Date.now() counts whole milliseconds, performance.now() does not';
      expectAtLeast('min in µs, with a server that answers at once', report.latency.min, 10, cause);
    });
  });

  check('elapsed', 'rates are counted over the real time of the run', ({ subject }) =>
    withServer(slow(200), async (server) => {
      const before = performance.now();
      const report = await load(subject, { url: server.url, mode: 'closed', clients: 1, ms: 250 });
      const wall = performance.now() - before;
      const first = server.arrivals[0]?.at ?? 0;
      const cause = 'the run lasts until the last request has ended: about 400 ms here, though ms is 250';
      expectAtLeast('elapsedMs', report.elapsedMs, (server.lastReplyAt - first) * 0.97, cause);
      expectAtMost('elapsedMs', report.elapsedMs, wall * 1.03, 'longer than runLoad() itself took');
      const perSecond = (n: number): number => (n * 1_000) / report.elapsedMs;
      const real = 'ok / real seconds: neither options.ms nor whole seconds';
      expectNear('achieved', report.achieved, perSecond(report.ok), real);
      expectNear('offered in closed mode', report.offered, perSecond(report.sent), 'sent / real seconds');
    }),
  );
}

/** Far above what a reply takes to become the next request, far below any pause that a person would write. */
const longestPauseMs = 5;

/** From each reply to the next arrival, in ms: with one client the two alternate. */
function pauses({ arrivals, repliedAt }: Target): number[] {
  return arrivals.slice(1).map(({ at }, i) => at - (repliedAt[i] ?? Number.NEGATIVE_INFINITY));
}
