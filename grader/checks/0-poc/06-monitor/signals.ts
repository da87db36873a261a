/** The process: what SIGTERM and SIGINT do to it. Each check has a process of its own, which ends. */
import { existsSync } from 'node:fs';
import { check, closedLoop, expectEqual, expectTrue } from '../../../harness/index.ts';
import { exitWithin, expectStored, halfSent, startMain, untilRefused } from './lab.ts';

const WITHIN_MS = 5_000;

check(
  'sigterm',
  'SIGTERM under load: exit code 0 within 5 s, and every metric that got 202 is in the file',
  async (context) => {
    const { port, dataFile } = await startMain(context);
    const metrics = (i: number) => Array.from({ length: 100 }, (_, j) => ({ name: `m${i}-${j}`, value: j }));
    const kept: string[] = [];
    let replies = 0;
    await closedLoop({
      port,
      path: '/metrics',
      clients: 20,
      requests: 5_000,
      giveUpOnReset: true,
      body: (i) => JSON.stringify({ metrics: metrics(i) }),
      onReply: (i, status) => {
        if (status === 202) kept.push(...metrics(i).map(({ name }) => name));
        replies++;
        if (replies === 200) context.subject.signal('SIGTERM');
      },
    });
    const exit = await exitWithin(context, WITHIN_MS);
    expectTrue('the process did not end after SIGTERM', exit !== undefined, {
      expected: 'it ends by itself within 5 s',
      received: 'it still runs',
      cause: 'When close() has resolved, call process.exit(0).',
    });
    expectEqual('how the process ended after SIGTERM', exit, { exitCode: 0, signal: null }, causeOfExit);
    await expectStored(
      'metrics that got 202 before the process ended',
      dataFile,
      kept,
      'Wait for monitor.close() before process.exit: what the queue holds was promised.',
    );
  },
  { fresh: true, timeoutMs: 20_000 },
);

check(
  'sigint',
  'SIGINT (Ctrl-C) does the same',
  async (context) => {
    const { port, dataFile } = await startMain(context);
    const answer = await context.http.request({ port, path: '/metrics', body: '{"name":"last","value":1}' });
    context.http.expectResponse(answer, { status: 202 });
    context.subject.signal('SIGINT');
    const exit = await exitWithin(context, WITHIN_MS);
    expectEqual('how the process ended after SIGINT', exit, { exitCode: 0, signal: null }, causeOfExit);
    await expectStored(
      'the metric that got 202 before Ctrl-C',
      dataFile,
      ['last'],
      'SIGINT must close the monitor too.',
    );
  },
  { fresh: true },
);

check(
  'second-signal',
  'a second SIGTERM, while the first still waits, ends the process at once',
  async (context) => {
    const { port } = await startMain(context, { graceMs: 60_000 });
    const { connection } = await halfSent(context, port, 'slow');
    context.subject.signal('SIGTERM');
    await untilRefused(context, port);
    const early = await exitWithin(context, 100);
    expectTrue(
      'the first SIGTERM ended the process while a client was sending its request',
      early === undefined,
      {
        expected: 'it waits for that client: graceMs is 60 s',
        received: early,
        cause: 'Await monitor.close() before process.exit.',
      },
    );
    context.subject.signal('SIGTERM');
    const exit = await exitWithin(context, 3_000);
    connection.destroy();
    expectTrue('a second SIGTERM did not end the process', exit !== undefined, {
      expected: 'it ends at once, though a client (graceMs is 60 s) is still sending its request',
      received: 'it still runs',
      cause: 'Remember that a signal came already; on the next one call process.exit(1).',
    });
    expectTrue('a process that was hurried says that all went well', exit?.exitCode !== 0, {
      expected: 'an exit code other than 0: promises may be broken',
      received: exit,
    });
  },
  { fresh: true },
);

check(
  'failed-close',
  'closing that fails ends the process with exit code 1',
  async (context) => {
    if (!existsSync('/dev/full')) return;
    // A device cannot be synced, so store.stop() rejects, and close() with it.
    await startMain(context, { dataFile: '/dev/full' });
    context.subject.signal('SIGTERM');
    expectEqual(
      'how the process ended after SIGTERM, when the sync of the data file failed',
      await exitWithin(context, WITHIN_MS),
      { exitCode: 1, signal: null },
      (exit) =>
        exit === undefined
          ? 'It still runs. When close() rejects, nothing else ends the process: catch that, and call process.exit(1).'
          : 'Let the error of store.stop() out of close(), and end with process.exit(1) then: code 0 says that every promise was kept.',
    );
  },
  { fresh: true },
);

function causeOfExit(exit: unknown): string | undefined {
  if (exit === undefined) return 'It still runs after 5 s: call process.exit(0) when close() has resolved.';
  const { signal } = exit as { signal: string | null };
  return signal === null
    ? undefined
    : `The signal itself ended it: install a handler, process.on('${signal}', …).`;
}
