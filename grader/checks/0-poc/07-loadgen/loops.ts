/** Checks of when requests start, and from when they are measured. */
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import { expectAtLeast, expectAtMost, expectBalance, expectNear, load } from './report.ts';
import { fast, slow, stalling, withServer } from './server.ts';

/** The closed loop, and its figures. */
export function closedChecks(): void {
  check(
    'closed-loop',
    'closed: each client has one request under way, and never rests',
    async ({ subject }) => {
      await withServer(slow(100), async (server) => {
        const report = await load(subject, { url: server.url, mode: 'closed', clients: 4, ms: 250 });
        const cause = 'each of the clients runs its own loop: send, wait for the reply, send again';
        expectEqual(
          'requests under way at the server, at most, with 4 clients',
          server.mostUnderWay,
          4,
          cause,
        );
        expectAtMost('requests sent in 250 ms at 100 ms each, 4 clients', report.sent, 12, cause);
      });
      await withServer(fast, async (server) => {
        const report = await load(subject, { url: server.url, mode: 'closed', clients: 1, ms: 250 });
        const cause = "something waits between two requests: then the rate is yours, not the server's";
        expectAtLeast('requests sent in 250 ms to a server that answers at once', report.sent, 20, cause);
      });
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
      const rate = (report.ok * 1_000) / report.elapsedMs;
      expectNear(
        'achieved',
        report.achieved,
        rate,
        'ok / real seconds: neither options.ms nor whole seconds',
      );
      expectNear(
        'offered in closed mode',
        report.offered,
        (report.sent * 1_000) / report.elapsedMs,
        'sent / real seconds',
      );
    }),
  );
}

/** The open loop. */
export function openChecks(): void {
  check('open-schedule', 'open: requests start on an even timetable', ({ subject }) =>
    withServer(fast, async (server) => {
      const report = await load(subject, { url: server.url, mode: 'open', rate: 75, clients: 20, ms: 800 });
      expectEqual(
        'planned at 75 requests/s for 800 ms',
        report.planned,
        60,
        'request i is due at i * 1000 / rate ms',
      );
      const asked = 'in open mode the offered rate is the one that was asked for';
      expectNear('offered', report.offered, 75, asked);
      expectAtLeast('sent', report.sent, 45, 'a connection was free for every request: all of them are sent');
      const times = server.arrivals.map(({ at }) => at);
      const span = Math.max(...times) - Math.min(...times);
      const cause = 'requests leave in one burst: wait until each is due before sending it';
      expectAtLeast('ms from the first arrival to the last, of 60 in 800 ms', span, 450, cause);
      expectBalance(report);
    }),
  );

  check('sockets', 'never more than `clients` sockets, and they stay open', async ({ subject }) => {
    await withServer(stalling(5, 300), async (server) => {
      await load(subject, { url: server.url, mode: 'open', rate: 100, clients: 3, ms: 600 });
      const cause = 'a request that finds no free connection waits for one; it does not open another';
      expectAtMost('sockets open at once with clients: 3', server.mostSockets, 3, cause);
      expectAtMost(
        'sockets opened in all',
        server.sockets,
        3,
        'one Connection per client for the whole run, not per request',
      );
    });
  });

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
      const report = await load(subject, { url: server.url, mode: 'open', rate: 200, clients: 2, ms: 500 });
      expectEqual(
        'planned at 200 requests/s for 500 ms',
        report.planned,
        100,
        'what was due counts, sent or not',
      );
      expectNear('offered', report.offered, 200, 'offered is what was asked for, achieved what came back');
      expectAtMost(
        'sent, with 2 clients at 100 ms each',
        report.sent,
        14,
        'no request starts after options.ms',
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
            'each client still waits for its first reply when the time is up',
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
        await load(subject, { url: server.url, mode: 'open', rate: 150, clients: 3, ms: 200, seed });
        return server.arrivals.map(({ body }) => body);
      });
    const first = await bodies(7);
    expectAtLeast('requests of 30 that arrived', first.length, 20, 'a connection was free for every one');
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
