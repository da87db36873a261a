/** Checks of the open loop: the timetable, who serves it, what a stall shows, and when a run ends. */
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import { expectAtLeast, expectAtMost, expectBalance, expectNear, load, mostSent } from './report.ts';
import { fast, hanging, slow, socketsLeft, stalling, withServer } from './server.ts';

/** The open loop. */
export function openChecks(): void {
  check('open-schedule', 'open: requests start on an even timetable', async ({ subject }) => {
    const { report, times } = await mostSent(45, () =>
      withServer(fast, async (server) => ({
        report: await load(subject, { url: server.url, mode: 'open', rate: 75, clients: 20, ms: 805 }),
        times: server.arrivals.map(({ at }) => at),
      })),
    );
    const due =
      'request i is due at i * 1000 / rate ms, from i = 0 on: number 60 at 800 ms is still before ms, so the count is rounded up';
    expectEqual('planned at 75 requests/s for 805 ms', report.planned, 61, due);
    const asked = 'in open mode the offered rate is the one that was asked for';
    expectNear('offered', report.offered, 75, asked);
    const free = 'a connection was free for every request: all of them are sent';
    expectAtLeast('sent of 61 due', report.sent, 45, free);
    const span = Math.max(...times) - Math.min(...times);
    const burst = 'requests leave in one burst: wait until each is due before sending it';
    expectAtLeast('ms from the first arrival to the last, of 61 in 805 ms', span, 450, burst);
    expectBalance(report);
    await withServer(fast, async (server) => {
      const report = await load(subject, { url: server.url, mode: 'open', rate: 10, clients: 1, ms: 250 });
      const cause =
        'the last request of this run is due after 200 ms, but the run lasts 250: over a shorter time `achieved` would exceed `offered`. Take the larger of ms and the time that went by';
      expectAtLeast('elapsedMs of an open run of 250 ms', report.elapsedMs, 250, cause);
    });
  });

  check('one-timetable', 'open: one stuck request holds up nobody else', async ({ subject }) => {
    // The fifth request hangs until the run is over. One of two clients stays free for all the others.
    const { report } = await mostSent(48, () =>
      withServer(hanging(5, 800), async (server) => ({
        report: await load(subject, { url: server.url, mode: 'open', rate: 100, clients: 2, ms: 700 }),
      })),
    );
    const cause =
      'one client was stuck with its request, the other one was free, and yet half of the requests were not sent: clients must not own a part of the timetable. Whoever is free takes the next number from one shared counter';
    expectAtLeast('requests sent of 70 due, while one of them hangs', report.sent, 48, cause);
    expectBalance(report);
  });

  check('sockets', 'at most `clients` sockets: kept open, and closed at the end', ({ subject }) =>
    withServer(stalling(5, 300), async (server) => {
      await load(subject, { url: server.url, mode: 'open', rate: 100, clients: 3, ms: 450 });
      const cause = 'a request that finds no free connection waits for one; it does not open another';
      expectAtMost('sockets open at once with clients: 3', server.mostSockets, 3, cause);
      const perRequest = 'one Connection per client for the whole run, not per request';
      expectAtMost('sockets opened in all', server.sockets, 3, perRequest);
      const closing = 'each client calls connection.close() when its loop is done';
      expectEqual('sockets still open after the run', await socketsLeft(server, 1_500), 0, closing);
    }),
  );

  check('sees-stalls', 'open: a stall of 1 s shows in the latencies', ({ subject }) =>
    withServer(stalling(20, 1_000), async (server) => {
      const report = await load(subject, { url: server.url, mode: 'open', rate: 200, clients: 1, ms: 1_600 });
      const cause =
        'some 200 requests were due during the stall: measure each from when it was due, not from when it was sent';
      expectAtLeast('p99 in µs', report.latency.p99, 400_000, cause);
      expectAtLeast('p90 in µs', report.latency.p90, 200_000, cause);
    }),
  );

  check('closed-misses', 'closed: the same stall delays one request per client', ({ subject }) =>
    withServer(stalling(20, 1_000), async (server) => {
      const report = await load(subject, { url: server.url, mode: 'closed', clients: 2, ms: 1_350 });
      expectAtLeast(
        'max in µs',
        report.latency.max,
        900_000,
        'the one request that met the stall took about 1 s',
      );
      const cause =
        'in a closed loop a request is due when it is sent: nothing is corrected, and nothing pretended';
      expectAtMost('p90 in µs', report.latency.p90, 400_000, cause);
    }),
  );

  check('offered-and-achieved', 'a server that cannot keep up is not hidden', ({ subject }) =>
    withServer(slow(100), async (server) => {
      const report = await load(subject, { url: server.url, mode: 'open', rate: 80, clients: 2, ms: 500 });
      expectEqual(
        'planned at 80 requests/s for 500 ms',
        report.planned,
        40,
        'what was due counts, sent or not',
      );
      expectNear('offered', report.offered, 80, 'offered is what was asked for, achieved what came back');
      expectAtMost(
        'sent, with 2 clients at 100 ms each',
        report.sent,
        14,
        'no request is taken after options.ms, not even one that is long due: what nobody took by then is unsent (invariant 6)',
      );
      expectEqual('sent', report.sent, server.arrivals.length);
      expectNear(
        'achieved',
        report.achieved,
        (report.ok * 1_000) / report.elapsedMs,
        'ok per second of elapsedMs',
      );
      expectBalance(report);
    }),
  );

  check('stops-on-time', 'a dead server does not hold the run', ({ subject }) =>
    withServer(
      () => {},
      async (server) => {
        const options = { url: server.url, clients: 3, ms: 150, timeoutMs: 300 } as const;
        for (const mode of [{ mode: 'open', rate: 100 }, { mode: 'closed' }] as const) {
          const report = await load(subject, { ...options, ...mode });
          const what = `with 3 clients, ${mode.mode} mode, and no reply to anything`;
          expectEqual(
            `sent ${what}`,
            report.sent,
            3,
            'each client still waits for its first reply when the time is up, and takes no other after that, however long it is due',
          );
          expectEqual(
            `timeouts ${what}`,
            report.timeouts,
            3,
            'runLoad() waits for the requests under way, then reports',
          );
          expectEqual(`p99 ${what}`, report.latency.p99, Number.NaN, 'a timeout is not a latency');
          expectBalance(report);
        }
      },
    ),
  );

  check('same-seed', 'equal seeds send equal bodies', async ({ subject }) => {
    const bodies = (seed: number): Promise<string[]> =>
      withServer(fast, async (server) => {
        await load(subject, { url: server.url, mode: 'open', rate: 300, clients: 15, ms: 100, seed });
        return server.arrivals.map(({ body }) => body);
      });
    const first = await bodies(7);
    expectAtLeast('requests of 30 that arrived', first.length, 15, 'a connection was free for every one');
    // A busy machine may leave the last ones unsent: what both runs have sent must be the same.
    const [shorter = [], longer = []] = [first, await bodies(7)].sort((a, b) => a.length - b.length);
    expectEqual(
      'bodies that only one of two runs with seed 7 has sent',
      shorter.filter((body) => !longer.includes(body)),
      [],
      'one createRng(seed) for the run; a body is drawn for each request in its turn, and nothing else is drawn',
    );
    const other = await bodies(8);
    expectTrue('bodies with seed 8', JSON.stringify(other) !== JSON.stringify(first), {
      expected: 'others than with seed 7',
      received: 'the same',
      cause: 'the seed is not used',
    });
    expectAtLeast(
      'different bodies among 30',
      new Set(first).size,
      first.length - 3,
      'every client draws from the start of the same seed',
    );
  });
}
