/** The beginning and the end: a port that is taken, close(), SIGTERM. */
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { check, eventually, expectEqual, expectTrue, fail, shape, z } from '../../../harness/index.ts';
import { readRecords, recordOf } from './format.ts';
import { answerOn, withService } from './lab.ts';

const Left = z.object({ sockets: z.number(), timers: z.number() });

check('taken-port', 'a port that is taken rejects, and leaves no file open', async (context) => {
  await withService(context, {}, async (lab) => {
    expectEqual(
      'listen() on a port that is taken',
      await lab.call('listenTwice'),
      'rejected',
      'the server of 1.9 rejects: let its error out',
    );
    expectEqual(
      'open files of the two services',
      await lab.call('openFiles'),
      1,
      'what listen() has opened is closed again when it fails',
    );
  });
});

const Broken = z.object({ outcome: z.string(), openFiles: z.number(), bytes: z.number() });

check(
  'broken-disk',
  'a disk that fails while the file is recovered rejects listen()',
  async ({ subject }) => {
    const driver = await subject.driver();
    const whole = recordOf({ client: 'a', seq: 1, count: 1, at: 1, body: '{"name":"a","value":1}' });
    const found = Buffer.concat([whole, whole, whole.subarray(0, 30)]);
    for (const operation of ['read', 'truncate', 'sync', 'syncDir']) {
      const reply = await driver.call('listenBroken', found, operation);
      const { outcome, openFiles, bytes } = shape('what came of it', reply, Broken);
      const story = `listen() on two records and a part of a third, when the first ${operation} of the disk fails with EIO`;
      expectTrue(`${story}: bytes that are left`, bytes >= 2 * whole.length, {
        expected: 'at least the two whole records',
        received: `${bytes} of ${found.length} bytes`,
        cause: 'an error is not the end of the file: what could not be read must not be cut off',
      });
      expectEqual(
        story,
        outcome,
        'rejected',
        'what this call was to make sure is not sure: let its error out, so that nobody is promised anything',
      );
      expectEqual(
        `${story}: open files`,
        openFiles,
        0,
        'a try around everything behind disk.open; its catch closes the file and throws on',
      );
    }
  },
);

check('close', 'close() keeps what was begun, takes nobody new, and leaves nothing', async (context) => {
  const { http, subject } = context;
  const driver = await subject.driver();
  const look = async () => shape('leftovers', await driver.call('leftovers'), Left);
  const before = await look();
  await withService(context, { graceMs: 4_000 }, async (lab) => {
    const { syncs } = (await lab.call('counts')) as { syncs: number };
    await lab.call('hold', 'sync');
    const waiting = await lab.begin({ client: 'last' });
    await lab.untilAsked('syncs', syncs + 1);
    await lab.call('beginClose');
    await lab.call('beginClose');
    await eventually('the port is closed for newcomers', async () => {
      try {
        (await http.raw(lab.port)).destroy();
        return undefined;
      } catch {
        return true;
      }
    });
    expectEqual(
      'calls of close() that have resolved while a batch is on its way to the disk',
      await lab.call('closed'),
      0,
      'await the server, then the committer, then the file',
    );
    await lab.call('release');
    expectEqual(
      'the status of a batch that was on its way when close() began',
      await answerOn(waiting),
      202,
      'the server goes first: it answers what has begun, and needs the committer for that',
    );
    waiting.end();
    await eventually(
      'both calls of close() resolve',
      async () => ((await lab.call('closed')) === 2 ? true : undefined),
      { withinMs: 3_000 },
    );
    expectEqual('records in the file', (await lab.stored()).length, 1);
    expectEqual('open files', await lab.call('openFiles'), 0, 'close() closes the file, last of all');
    await eventually(
      'no timer and no socket is left',
      async () => {
        const { sockets, timers } = await look();
        return sockets <= before.sockets && timers <= before.timers ? true : undefined;
      },
      { withinMs: 3_000, cause: 'a timer of yours must be stopped in close(); better have none' },
    );
  });
});

check(
  'close-grace',
  'a client that never finishes delays close() no longer than graceMs',
  async (context) => {
    const { http } = context;
    await withService(context, { graceMs: 150 }, async (lab) => {
      const slow = await http.raw(lab.port);
      await slow.write('POST /metrics HTTP/1.1\r\nhost: ingest\r\ncontent-length: 22\r\n\r\n{"name":');
      await lab.barrier();
      await lab.call('beginClose');
      await eventually(
        'close() resolves',
        async () => ((await lab.call('closed')) === 1 ? true : undefined),
        { withinMs: 3_000, cause: 'pass graceMs to close of the server' },
      );
      slow.destroy();
    });
    await withService(context, { graceMs: 50 }, async (lab) => {
      const { syncs } = (await lab.call('counts')) as { syncs: number };
      await lab.call('hold', 'sync');
      await lab.begin({});
      await lab.untilAsked('syncs', syncs + 1);
      await lab.call('beginClose');
      // Who does not wait is done by then; who waits is never too slow.
      await new Promise((resolve) => setTimeout(resolve, 300));
      expectEqual(
        'after graceMs, while the disk is still at its sync: calls of close() that have resolved, open files',
        [await lab.call('closed'), await lab.call('openFiles')],
        [0, 1],
        'await committer.close() before the file is closed: it waits for the flush that is under way',
      );
      await lab.call('release');
      await eventually(
        'close() resolves when the disk is done',
        async () => ((await lab.call('closed')) === 1 ? true : undefined),
        { withinMs: 3_000 },
      );
    });
  },
);

check(
  'sigterm',
  'SIGTERM under load: the process ends with code 0, and every 202 is in the file',
  async (context) => {
    const { subject, scratch } = context;
    const driver = await subject.driver();
    await driver.call('runMain', scratch);
    const port = await eventually('"listening on" with a port, from main.ts', async () => {
      const found = /listening on http:\/\/localhost:(\d+)/.exec(subject.output())?.[1];
      return found === undefined ? undefined : Number(found);
    });
    const kept: string[] = [];
    const agent = new Agent({ keepAlive: true, maxSockets: 20 });
    let answers = 0;
    let isOver = false;
    const client = async (id: number): Promise<void> => {
      for (let i = 0; !isOver && i < 900; i++) {
        const name = `c${id}_${i}`;
        const status = await send(agent, port, `client-${id}`, name);
        if (status === 0) return;
        if (status === 202) kept.push(name);
        if (++answers === 200) subject.signal('SIGTERM');
      }
    };
    const late = setTimeout(() => {
      isOver = true;
    }, 6_000);
    await Promise.all(Array.from({ length: 20 }, (_, id) => client(id)));
    clearTimeout(late);
    agent.destroy();
    const exit = await Promise.race([
      subject.exit,
      new Promise<undefined>((resolve) => setTimeout(resolve, 5_000, undefined)),
    ]);
    expectEqual(
      'how the process ended after SIGTERM',
      exit,
      { exitCode: 0, signal: null },
      exit === undefined ? 'it still runs: close() never resolves' : undefined,
    );
    const { records, problem } = readRecords(await readFile(join(scratch, 'metrics.log')));
    expectEqual('what is wrong with the file', problem, undefined);
    const names = new Map<string, number>();
    for (const { body } of records) {
      const { name } = JSON.parse(body) as { name: string };
      names.set(name, (names.get(name) ?? 0) + 1);
    }
    const wrong = kept.filter((name) => names.get(name) !== 1);
    expectTrue('answers before the signal', kept.length >= 100, {
      expected: 'at least 100 times 202',
      received: `${kept.length}`,
    });
    if (wrong.length > 0)
      fail({
        summary: `${wrong.length} of ${kept.length} metrics that got 202 are not in the file once`,
        expected: 'all of them',
        received: `for example ${wrong[0]}`,
        cause: 'the order of close(): server, committer, file',
      });
  },
  { fresh: true, timeoutMs: 20_000 },
);

/** The status; 0 when the connection broke. */
function send(agent: Agent, port: number, client: string, name: string): Promise<number> {
  return new Promise((resolve) => {
    const body = JSON.stringify({ name, value: 1 });
    const headers = { authorization: client, 'content-length': body.length };
    const outgoing = request({
      host: '127.0.0.1',
      port,
      path: '/metrics',
      method: 'POST',
      agent,
      headers,
      timeout: 4_000,
    });
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve(0));
    outgoing.on('response', (reply) => {
      reply.on('end', () => resolve(reply.statusCode ?? 0));
      reply.on('error', () => resolve(0));
      reply.resume();
    });
    outgoing.end(body);
  });
}
