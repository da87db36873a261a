/** What is kept and for how long, and the front door behind a limit. */
import { check, expectEqual, expectResponse, expectTrue, fail, shape, z } from '../../../harness/index.ts';
import { play } from './lab.ts';

/** As in the exercise. */
const SWEEP_AT_MOST = 1_000;

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
    const clients = 20_000;
    const walked = shape(
      'entries seen by one sweep',
      await driver.call('entriesWalked', clients, 3),
      z.number(),
    );
    // A few steps more than ids: a walk that ends tells so in one, and goes on at the first in another.
    expectTrue(
      `${clients} busy ids: one sweep() walked over ${walked} entries`,
      walked <= SWEEP_AT_MOST + 10,
      {
        expected: `about ${SWEEP_AT_MOST} at most`,
        received: walked,
        cause:
          'the bound is on the ids that a call looks at, not on those that it forgets; and a copy of all ids, such as [...map], looks at all of them',
      },
    );
    for (const [busy, idle, newcomers] of [
      [0, 5_500, false],
      [2_500, 3_000, false],
      [999, 1, false],
      [1_000, 1, false],
      [2_000, 500, true],
    ] as const) {
      const calls = 2 * Math.ceil((busy + idle) / SWEEP_AT_MOST) + 2;
      const crowd = shape(
        'what the sweeps did',
        await driver.call('sweepCrowd', busy, idle, calls, newcomers),
        sweepSchema,
      );
      const story = `${busy} busy ids, ${idle} idle ones, sweep() ${calls} times${newcomers ? ', a new id before each' : ''}`;
      const most = Math.max(...crowd.removed);
      expectTrue(`${story}: one call removed ${most}`, most <= SWEEP_AT_MOST, {
        expected: `at most ${SWEEP_AT_MOST}`,
        received: crowd.removed,
        cause: 'stop after SWEEP_AT_MOST ids: with a million of them nothing else would run meanwhile',
      });
      const removed = crowd.removed.reduce((a, b) => a + b, 0);
      expectEqual(`${story}: ids removed`, removed, idle, () => {
        if (removed > idle) return 'ids were removed that had a request in the window, or were counted twice';
        if (newcomers)
          return 'a new id must not send the sweep back to the first one: go on where you stopped';
        if (busy === 0)
          return 'some ids were never reached, or were forgotten by another method than sweep(), which then could not count them';
        if (busy === SWEEP_AT_MOST)
          return 'each call takes one id more from the iterator than it looks at, and loses it: count before you call next()';
        return 'does each call begin with the first id again? Then those behind 1,000 busy ones are never reached: keep the iterator of the Map for the next call';
      });
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
          'an id that is swept is still held somewhere: in a second Map, in a list of ids, in an array of times; or an iterator that is no longer used is left in a field and holds the old tables of its Map',
      },
    );
  },
  // Three times as many clients as it holds would not fit.
  { fresh: true, heapMb: 96 },
);

function explainMemory(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'CALL_TIMEOUT') {
    fail({
      summary: 'three times 100,000 clients and 606 sweeps took more than 9 s',
      expected: 'a second, or two',
      received: 'no end',
      cause:
        'sweep is slow: a new iterator of a Map has to pass all that was deleted at its front, so make one for each round or call and not for each id; and do not copy all ids',
    });
  }
  if (code !== 'MEMORY_LIMIT') throw error;
  fail({
    summary: 'three times 100,000 clients, swept in between, did not fit into 96 MB',
    expected: 'memory for the clients in the window',
    received: 'out of memory',
    cause:
      'a client who sent one request should cost some hundred bytes, and nothing after it was swept: is it still in a list, or does an old iterator of the Map, left in a field, hold the tables it has outgrown?',
  });
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

check(
  'wired',
  'behind limited(), the front door of 0.3 answers 429 with Retry-After',
  async ({ subject, http }) => {
    // First without the door: inside of it, a method that is not written yet looks like a server without an answer.
    await play(subject, 1, 1_000, 'at 0; allow a; retry a');
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
