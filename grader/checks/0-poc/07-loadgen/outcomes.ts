/** Checks of what is counted as what: servers that accept, refuse, forget and hang up. */
import { check, expectEqual, shape, z } from '../../../harness/index.ts';
import { expectAtLeast, expectBalance, expectNear, latencyShape, load } from './report.ts';
import { type Answer, deadUrl, fast, withServer } from './server.ts';

const notWaited =
  'no request had arrived when runLoad() was done: each client must await connection.send(body), and runLoad() must await all clients (Promise.all) before it reports';

/** How requests end. */
export function outcomeChecks(): void {
  check('tally', 'Tally counts an outcome as what it is', async ({ subject }) => {
    const module = await subject.load('loadgen.ts');
    const tally = await module.new('Tally');
    const replies = [202, 503, 200, 199, 299, 300, 404, 202];
    // Successes take 9 ms; everything else would be quicker or slower, if it counted.
    for (const status of replies) {
      const us = status >= 200 && status <= 299 ? 9_000 : 20;
      await tally.call('add', { kind: 'reply', status }, us);
    }
    await tally.call('add', { kind: 'timeout' }, 5_000_000);
    for (let i = 0; i < 2; i++) await tally.call('add', { kind: 'reset' }, 100);
    const added = `after replies ${replies.join(', ')}, a timeout and 2 resets`;
    expectEqual(`ok ${added}`, await tally.get('ok'), 4, 'from 200 to 299, both included, and nothing else');
    const statuses = { 199: 1, 200: 1, 202: 2, 299: 1, 300: 1, 404: 1, 503: 1 };
    const every = 'count every reply under its status, successes too';
    expectEqual(`statuses ${added}`, await tally.get('statuses'), statuses, every);
    const look = 'look at outcome.kind: a timeout is not a reset, and neither is a reply';
    expectEqual(`timeouts ${added}`, await tally.get('timeouts'), 1, look);
    expectEqual(`resets ${added}`, await tally.get('resets'), 2, look);
    const latency = shape('latency()', await tally.call('latency'), latencyShape);
    const only = 'only successes have a latency, 9,000 µs each here: refusals, timeouts and resets have none';
    expectNear('latency().min', latency.min, 9_000, only);
    expectNear('latency().max', latency.max, 9_000, only);
  });

  check('posts-metrics', 'requests are metrics that the server of 0.3 accepts', ({ subject }) =>
    withServer(fast, async (server) => {
      const report = await load(subject, { url: server.url, mode: 'closed', clients: 2, ms: 150 });
      expectAtLeast('requests that arrived', server.arrivals.length, 1, notWaited);
      for (const { method, path, contentType, body } of server.arrivals) {
        const line = `${method} ${path} ${contentType}`;
        expectEqual(
          'request',
          line,
          'POST /metrics application/json',
          'send every body through a Connection to options.url',
        );
        const metric = shape(
          'the body',
          JSON.parse(body),
          z.object({ name: z.string().min(1), value: z.number() }),
        );
        expectEqual('name', metric.name, 'cpu_usage', 'take every body from metricBody()');
      }
      expectEqual('ok', report.ok, server.replies[202], 'every reply was a 202: each is a success');
      expectEqual('sent', report.sent, server.arrivals.length);
      expectEqual('mode', report.mode, 'closed');
      expectBalance(report);
    }),
  );

  check('only-2xx', 'only 2xx is a success; every status is counted', ({ subject }) => {
    const statuses = [202, 503, 429, 202, 500, 404, 200, 302];
    const mixed: Answer = ({ n, reply }) => reply(statuses[n % statuses.length] ?? 202);
    return withServer(mixed, async (server) => {
      const report = await load(subject, { url: server.url, mode: 'closed', clients: 3, ms: 250 });
      const { 200: ok = 0, 202: accepted = 0 } = server.replies;
      expectEqual(
        'ok',
        report.ok,
        ok + accepted,
        'a reply is not a success: 429 and 503 are the server saying no',
      );
      expectEqual('statuses', report.statuses, server.replies, 'count every reply under its status');
      expectBalance(report);
      expectNear(
        'achieved',
        report.achieved,
        (report.ok * 1_000) / report.elapsedMs,
        'achieved counts successes only',
      );
    });
  });

  check('success-latency', 'latency is that of the successes', ({ subject }) => {
    const rejecting: Answer = ({ n, reply }) =>
      n % 4 === 0 ? void setTimeout(() => reply(202), 60) : reply(503);
    return withServer(rejecting, async (server) => {
      const report = await load(subject, { url: server.url, mode: 'closed', clients: 2, ms: 300 });
      const { max } = report.latency;
      const cause =
        max < 50_000
          ? `even the longest is only ${Math.round(max)}, though each success took 60 ms, which is 60,000 µs: performance.now() is in milliseconds, so multiply by 1,000`
          : 'quick refusals are in the latencies: an overloaded server would look fast. Record only 2xx';
      expectAtLeast('p50 in µs, when every success takes 60 ms', report.latency.p50, 50_000, cause);
    });
  });

  check('timeouts', 'a request without a reply is a timeout, and the run goes on', ({ subject }) => {
    let withheld = 0;
    const forgetful: Answer = ({ n, reply }) => (n % 5 === 3 ? withheld++ : reply(202));
    return withServer(forgetful, async (server) => {
      const report = await load(subject, {
        url: server.url,
        mode: 'closed',
        clients: 2,
        ms: 400,
        timeoutMs: 150,
      });
      expectAtLeast(
        'timeouts',
        report.timeouts,
        withheld,
        `the server left ${withheld} requests without a reply`,
      );
      expectAtLeast('ok', report.ok, 1, 'after a timeout the client goes on with the next request');
      expectEqual('resets', report.resets, 0, 'a timeout is not a reset: look at outcome.kind');
      expectBalance(report);
    });
  });

  check('resets', 'a broken connection is a reset, and the run goes on', ({ subject }) => {
    let cut = 0;
    const breaking: Answer = ({ n, reply, hangUp }) => {
      if (n % 3 !== 0) return reply(202);
      cut += 1;
      hangUp();
    };
    return withServer(breaking, async (server) => {
      const report = await load(subject, { url: server.url, mode: 'closed', clients: 2, ms: 250 });
      expectEqual(
        'resets',
        report.resets,
        cut,
        'count every outcome of kind "reset", and go on with the next request',
      );
      expectEqual('ok', report.ok, server.replies[202] ?? 0);
      expectEqual('timeouts', report.timeouts, 0, 'a reset is not a timeout: look at outcome.kind');
      expectBalance(report);
    });
  });

  check('nobody-there', 'a refused connection is a reset', async ({ subject }) => {
    const report = await load(subject, { url: await deadUrl(), mode: 'closed', clients: 2, ms: 150 });
    expectEqual('ok', report.ok, 0);
    expectAtLeast('resets', report.resets, 1, 'a refused connection is an outcome like any other: count it');
    expectBalance(report);
  });
}
