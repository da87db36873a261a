/** A service whose options say nothing, and one that has only been made. */
import { check, expectEqual, expectTrue, shape, z } from '../../../harness/index.ts';

const Statuses = z.record(z.string(), z.number());

check(
  'defaults',
  'what the options do not say is as the comments in the stub say',
  async ({ subject }) => {
    const driver = await subject.driver('bulk.ts');
    const ask = (method: string, ...args: unknown[]) => driver.callWithin(10_000, method, ...args);
    expectEqual(
      'answers to 10,001 clients',
      shape('statuses', await ask('fillClients', 10_001), Statuses),
      { 202: 10_000, 503: 1 },
      'maxClients is 10,000 when absent',
    );
    expectEqual(
      'answers to 4,100 batches while the disk does not sync',
      shape('statuses', await ask('fillQueue', 4_100, 4), Statuses),
      { 202: 4_096, 503: 4 },
      'maxPending is 4,096 when absent',
    );
    const Recovered = z.object({ status: z.number(), isNew: z.boolean() });
    const { status, isNew } = shape('what was recovered', await ask('recoverMany', 50_000, 0), Recovered);
    expectEqual(
      'the answer to the first of 50,000 batches, sent again, and whether it was stored a second time',
      [status, isNew],
      [202, false],
      'maxBatches is 50,000 when absent: at least so many are remembered',
    );
    const largest = shape('bytes', await ask('largestFlush', 30, 100_000), z.number());
    expectTrue(
      'the largest flush when 30 batches of 100 KB wait',
      largest <= 1_048_576 && largest > 700_000,
      {
        expected: 'between 700,000 bytes and 1 MiB',
        received: `${largest} bytes`,
        cause: 'maxBytes is 1 MiB when absent: hand it to the committer',
      },
    );
  },
  { fresh: true, timeoutMs: 20_000 },
);

check(
  'at-rest',
  'a service that was only made has opened nothing, and started no timer',
  async ({ subject }) => {
    const driver = await subject.driver('bulk.ts');
    const Begun = z.object({ timers: z.number(), opened: z.number() });
    const begun = shape('what a constructor begins', await driver.call('construct'), Begun);
    expectEqual(
      'timers and files of a service on which listen() was not called',
      begun,
      { timers: 0, opened: 0 },
      'who makes a service and never starts it must not have to close it. Clients needs no timer: forget when somebody comes',
    );
  },
);
