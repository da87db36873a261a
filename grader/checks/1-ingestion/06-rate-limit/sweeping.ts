/** What is kept and for how long, and the front door behind a limit. */
import { check, expectEqual, expectResponse, expectTrue, fail, shape, z } from '../../../harness/index.ts';
import { asList, expectAnswers, play } from './lab.ts';

/** As in the exercise. */
const SWEEP_AT_MOST = 1_000;

check(
  'sweep-idle',
  'sweep forgets idle ids, says how many, and takes nothing from the others',
  async ({ subject }) => {
    const played = await play(
      subject,
      2,
      1_000,
      'sweep; at 0; allow a; allow b; allow c; at 500; allow a; at 999; sweep; at 1000; sweep; sweep; allow a; allow a; allow b; at 1999; sweep; at 3000; sweep; sweep',
    );
    const expected = [0, true, true, true, true, 0, 2, 0, true, false, true, 0, 2, 0];
    expectAnswers(played, expected, (received) => {
      const answers = asList(received);
      if (answers[5] !== 0) return '999 ms old is still in the window: that id is not idle';
      if (answers[6] === 3)
        return "a's second request is 500 ms old: an id is idle when its newest time is out, not its oldest";
      if (answers[6] === 0)
        return 'b and c have nothing in the window when their request is exactly windowMs old';
      if (answers[9] === true)
        return 'the sweep gave an id its quota back while it had a request in the window';
      return 'sweep returns how many ids this call has removed';
    });
  },
);

const sweepSchema = z.object({
  removed: z.array(z.number()),
  busyLetIn: z.number(),
  idleRefused: z.number(),
});

check(
  'sweep-bounded',
  'one sweep looks at 1,000 ids at most, and the next goes on where it stopped',
  async ({ subject }) => {
    const driver = await subject.driver();
    for (const [busy, idle] of [
      [0, 5_500],
      [2_500, 3_000],
      [999, 1],
    ] as const) {
      const calls = 2 * Math.ceil((busy + idle) / SWEEP_AT_MOST) + 2;
      const crowd = shape(
        'what the sweeps did',
        await driver.call('sweepCrowd', busy, idle, calls),
        sweepSchema,
      );
      const story = `${busy} busy ids, ${idle} idle ones, sweep() ${calls} times`;
      const most = Math.max(...crowd.removed);
      expectTrue(`${story}: one call removed ${most}`, most <= SWEEP_AT_MOST, {
        expected: `at most ${SWEEP_AT_MOST}`,
        received: crowd.removed,
        cause: 'stop after SWEEP_AT_MOST ids: with a million of them nothing else would run meanwhile',
      });
      const removed = crowd.removed.reduce((a, b) => a + b, 0);
      expectEqual(`${story}: ids removed`, removed, idle, () =>
        removed < idle
          ? 'does each call begin with the first id again? Then those behind 1,000 busy ones are never reached: keep the iterator of the Map for the next call'
          : 'ids were removed that had a request in the window, or were counted twice',
      );
      expectEqual(`${story}: busy ids that had quota again`, crowd.busyLetIn, 0, 'busy ids must stay');
      expectEqual(
        `${story}: idle ids that were refused afterwards`,
        crowd.idleRefused,
        0,
        'a forgotten id is new',
      );
    }
  },
);

check('no-trace', 'questions and refusals leave nothing behind', async ({ subject }) => {
  const driver = await subject.driver();
  const schema = z.object({ asked: z.number(), refused: z.number() });
  const found = shape('what sweeps removed', await driver.call('strangers', 2_000), schema);
  const asked =
    'retryAfterMs made an entry for an id that was never let through: look with get, and do not set';
  expectEqual('ids swept after retryAfterMs() of 2,000 strangers', found.asked, 0, asked);
  const refused =
    'with a limit of 0 nobody is let through, so nothing is to be remembered: refuse before you set';
  expectEqual('ids swept after allow() of 2,000 strangers, limit 0', found.refused, 0, refused);
});

check(
  'quiet-clients',
  'a client who came once costs little, however high the limit',
  async ({ subject }) => {
    const driver = await subject.driver();
    const limit = 10_000;
    const reply = await driver.callWithin(5_000, 'bytesPerClient', 1_000, limit);
    const bytes = Math.round(shape('bytes per client', reply, z.number()));
    expectTrue(`limit ${limit}: 1,000 clients that came once cost ${bytes} bytes each`, bytes <= 1_000, {
      expected: 'at most 1,000 bytes',
      received: `${bytes} bytes`,
      cause:
        'room for `limit` times was made for each client at once: begin with little, and double it when all of it is in the window',
    });
  },
  { fresh: true },
);

const tideSchema = z.object({
  before: z.number(),
  full: z.number(),
  swept: z.number(),
  removed: z.number(),
  calls: z.number(),
});

check(
  'memory-returns',
  'when 100,000 idle ids are swept, their memory comes back',
  async ({ subject }) => {
    const driver = await subject.driver();
    const clients = 100_000;
    const reply = await driver.callWithin(9_000, 'tide', clients, 3, SWEEP_AT_MOST).catch(explainMemory);
    const { before, full, swept, removed, calls } = shape('what was measured', reply, tideSchema);
    expectEqual(
      `${clients} idle ids, ${calls} sweeps: ids removed`,
      removed,
      clients,
      'some ids were never reached',
    );
    const [cost, left] = [full - before, swept - before];
    expectTrue(
      `${clients} clients took ${mb(cost)}, and ${mb(left)} were left when all were swept`,
      left < cost / 8,
      {
        expected: `less than ${mb(cost / 8)}`,
        received: mb(left),
        cause:
          'an id that is swept is still held somewhere: in a second Map, in a list of ids, in an array of times',
      },
    );
  },
  // Three times as many clients as it holds would not fit.
  { fresh: true, heapMb: 96 },
);

function explainMemory(error: unknown): never {
  if (!(error instanceof Error && 'code' in error && error.code === 'MEMORY_LIMIT')) throw error;
  fail({
    summary: 'three times 100,000 clients, swept in between, did not fit into 96 MB',
    expected: 'memory for the clients in the window',
    received: 'out of memory',
    cause: 'a client who sent one request should cost some hundred bytes, and nothing after it was swept',
  });
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

check(
  'wired',
  'behind limited(), the front door of 0.3 answers 429 with Retry-After',
  async ({ subject, http }) => {
    const driver = await subject.driver();
    const door = await driver.hold('start', 2, 2_500);
    try {
      const port = shape('the port', await door.call('port'), z.number());
      const post = (headers: Record<string, string>) =>
        http.request({ port, path: '/metrics', headers, body: '{"name":"cpu","value":1}' });
      const web = { authorization: 'web-1' };
      for (let i = 0; i < 2; i++) expectResponse(await post(web), { status: 202 }, 'there is room for two');
      await door.call('advance', 1_400);
      const refused = { error: 'RATE_LIMITED' };
      expectResponse(
        await post(web),
        { status: 429, jsonHas: refused, headers: { 'retry-after': '2' } },
        'allow must be false for the third request, and retryAfterMs 1,100: whole seconds, rounded up, are 2',
      );
      expectResponse(
        await post({ authorization: 'web-2' }),
        { status: 202 },
        'another client has a limit of its own',
      );
      expectResponse(await post({}), { status: 401, jsonHas: { error: 'NO_CLIENT' } });
      await door.call('advance', 1_100);
      expectResponse(await post(web), { status: 202 }, 'the first two are exactly windowMs old');
      const queued = await door.call('queued');
      expectEqual(
        'metrics in the queue: the 202s and no others',
        queued,
        4,
        'a 429 must not reach the handler',
      );
    } finally {
      if (subject.alive) await door.call('stop');
    }
  },
);
