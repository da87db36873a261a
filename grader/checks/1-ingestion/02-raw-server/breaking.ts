/** Clients that are suddenly gone. */
import { check, eventually, fail } from '../../../harness/index.ts';
import { readSome } from './clients.ts';
import { expectReply, quietly, request, withServer } from './lab.ts';
import { stay } from './stayer.ts';

check('resets', 'a client that is suddenly gone takes nothing down', async (context) => {
  await withServer(context, {}, async (lab) => {
    const cause =
      "a reset arrives as an 'error' event of the socket, and without a listener it ends the process: socket.on('error', () => {})";
    const survive = async (when: string): Promise<void> => {
      await lab.untilNoneOpen(
        when,
        "whoever waits for 'drain' waits for ever when the socket is gone: after 'close' nothing more is written",
      );
      await quietly(context, `${when}, and something was thrown that nobody caught`, cause);
    };
    const early = await readSome(lab.port, 'GET /hel', 0);
    expectReply(await lab.exchange(request('GET', '/hello')), 'a request', 200);
    early.reset();
    await survive('a client was reset in the middle of its request');

    const idle = await readSome(lab.port, '', 0);
    expectReply(await lab.exchange(request('GET', '/hello')), 'a request', 200);
    idle.reset();
    await survive('a client was reset that had sent nothing');

    const answered = await stay(lab.port);
    answered.send(request('GET', '/hello'));
    await eventually('a reply to GET /hello', async () => (answered.ended ? true : undefined));
    answered.reset();
    await survive('a client was reset that had its reply');

    const waits = await readSome(lab.port, request('GET', '/wait'), 0);
    await lab.untilWaiting(1);
    waits.reset();
    await survive('a client was reset while the handler worked');
    await lab.call('release');
    await quietly(context, 'the handler answered a client that was gone, and something was thrown', cause);

    await lab.call('giveLong', 'text', 20_000_000);
    const readers = await Promise.all(
      [1, 2, 3, 4].map(() => readSome(lab.port, request('GET', '/long/text'), 1_000_000)),
    );
    for (const reader of readers) {
      if (reader.bytes < 1_000_000)
        fail({
          summary: 'a reply of 20 MB stopped',
          expected: 'at least 1 MB',
          received: `${reader.bytes} bytes`,
        });
      reader.reset();
    }
    await survive('four clients were reset in the middle of their reply');
    expectReply(await lab.exchange(request('GET', '/hello')), 'the next request', 200);
  });
});
