/** Bodies as networks deliver them: in pieces, too large, and unfinished. */
import { check, eventually, expectEqual, expectResponse, expectTrue, fail } from '../../../harness/index.ts';
import { chunk, expectStatus, head, LAST_CHUNK, withIngest } from './lab.ts';
import { answeredOnce, LONG_BYTES, LONG_MB, PIECE, writeThenRead } from './senders.ts';

check('utf8-split', 'characters cut between two packets arrive whole', async (context) => {
  await withIngest(context, {}, async (ingest) => {
    const metric = { name: 'température 🌡', value: 21, timestamp: 1, tags: { city: '東京' } };
    const connection = await context.http.raw(ingest.port);
    const pieces = [...Buffer.from(JSON.stringify(metric))].map((byte) => chunk(Buffer.of(byte)));
    await connection.write(Buffer.concat([Buffer.from(head('Transfer-Encoding: chunked')), ...pieces]));
    await connection.write(LAST_CHUNK);
    await expectStatus(
      context,
      connection,
      'a body in chunks of one byte',
      202,
      'wait for "end" before you parse',
    );
    connection.destroy();
    const cause =
      'a character was decoded in halves: keep the bytes, and make text from all of them at the end';
    expectEqual('the queue', await ingest.queued(), [metric], cause);
  });
});

check(
  'too-large-announced',
  'a Content-Length above maxBody gets 413 before the body comes',
  async (context) => {
    await withIngest(context, { maxBody: 1_000 }, async (ingest) => {
      const connection = await context.http.raw(ingest.port);
      await connection.write(head('Content-Length: 1000000000'));
      const cause = 'the header content-length is there before the body: compare it with maxBody first';
      await expectStatus(context, connection, 'headers that announce 1 GB, and no body yet', 413, cause);
      connection.destroy();
      const exchange = await ingest.post(`{"name":"a","value":1}${' '.repeat(2_000)}`);
      await answeredOnce(context);
      expectResponse(exchange, { status: 413, jsonHas: { error: 'TOO_LARGE' } }, cause);
      await ingest.expectUntouched('bodies that are too large');
    });
  },
);

check(
  'too-large-streamed',
  'a body without a length gets 413 as soon as it passes maxBody',
  async (context) => {
    await withIngest(context, { maxBody: 1_000 }, async (ingest) => {
      const connection = await context.http.raw(ingest.port);
      await connection.write(head('Transfer-Encoding: chunked'));
      for (let sent = 0; sent <= 1_000; sent += 91) await connection.write(chunk(Buffer.alloc(91, ' ')));
      const cause =
        'add up the chunks as they come and answer when the sum passes maxBody: "end" may never come';
      await expectStatus(context, connection, '1,001 bytes of a body that has no end', 413, cause);
      // The rest of the body, and behind it a second request: its answer shows that the end has been seen.
      await connection.write(Buffer.concat([chunk(Buffer.alloc(500, ' ')), Buffer.from(LAST_CHUNK)]));
      await connection.write(head('Content-Length: 2').concat('{}'));
      await answeredOnce(context, connection);
      connection.destroy();
      await ingest.expectUntouched('a body that is too large');
      const small = await ingest.post({ name: 'up', value: 1 });
      expectResponse(small, { status: 202 }, 'the server must go on after a body that is too large');
    });
  },
);

check('long-write', 'a sender in the middle of a long write still gets its 413', async (context) => {
  await withIngest(context, { maxBody: 1_000 }, async (ingest) => {
    const ways = [
      ['in chunks', head('Transfer-Encoding: chunked'), chunk(PIECE), LAST_CHUNK],
      ['after announcing them', head(`Content-Length: ${LONG_BYTES}`), PIECE, ''],
    ] as const;
    for (const [how, headers, piece, last] of ways) {
      const ending = await writeThenRead(ingest.port, headers, piece, last);
      await answeredOnce(context);
      const received = 'text' in ending ? ending.text : ending.failed;
      expectTrue(
        `a sender that writes ${LONG_MB} MB (${how}) before it reads got no 413`,
        received.startsWith('HTTP/1.1 413'),
        {
          expected: 'status 413 when the write is done',
          received,
          cause:
            'the connection must stay open and be read to its end, keeping nothing: request.destroy(), and return or break inside "for await (… of request)", cut it',
        },
      );
    }
    await ingest.expectUntouched('bodies that are too large');
  });
});

check('limit-in-bytes', 'maxBody counts bytes, and itself is allowed', async (context) => {
  await withIngest(context, { maxBody: 1_000 }, async (ingest) => {
    const text = JSON.stringify({ name: 'up', value: 1, timestamp: 1 });
    const exact = text.padEnd(1_000);
    expectResponse(
      await ingest.post(exact),
      { status: 202 },
      'exactly maxBody bytes are allowed: > and not >=',
    );
    expectResponse(await ingest.post(`${exact} `), { status: 413 }, 'maxBody + 1 bytes are too many');
    await ingest.queued();
    // 520 characters, 1,520 bytes, and no Content-Length that would tell.
    const wide = Buffer.from(JSON.stringify({ name: 'up', value: 1, tags: { t: '🌡'.repeat(375) } }));
    const connection = await context.http.raw(ingest.port);
    await connection.write(head('Transfer-Encoding: chunked'));
    await connection.write(Buffer.concat([chunk(wide), Buffer.from(LAST_CHUNK)]));
    const cause =
      'count the bytes of the chunks; the length of a string is less as soon as there is an emoji in it';
    await expectStatus(
      context,
      connection,
      `${wide.length} bytes in fewer than 1,000 characters`,
      413,
      cause,
    );
    connection.destroy();
    await ingest.expectUntouched('a body that is too large');
  });
});

check('client-abort', 'a sender that hangs up leaves nothing behind', async (context) => {
  await withIngest(context, { maxBody: 2_000_000 }, async (ingest) => {
    const before = await ingest.leftovers();
    // Complete JSON, but not a complete body: the sender announced more.
    const body = Buffer.from('{"name":"half","value":1}'.padEnd(1_000_000));
    for (let i = 0; i < 20; i++) {
      const connection = await context.http.raw(ingest.port);
      await connection.write(head('Content-Length: 1500000'));
      await connection.write(body);
      connection.destroy();
    }
    const after = await eventually('all connections are closed', async () => {
      const left = await quietly(() => ingest.leftovers());
      return left.connections === 0 ? left : undefined;
    });
    await quietly(() => context.subject.settle());
    await ingest.expectUntouched(
      '20 half requests',
      'a body is complete at "end"; "close" and "error" say that it never will be',
    );
    expectEqual(
      'timers on options.clock',
      after.timers,
      0,
      'cancel the timer when the request is over, however it ended',
    );
    const growth = Math.round(after.heldMb - before.heldMb);
    expectTrue(`${growth} MB are still held after 20 aborted requests of 1 MB`, growth < 8, {
      expected: 'the chunks of an aborted request are forgotten',
      received: `${growth} MB more than before`,
      cause:
        'chunks kept outside the request, in a Map or an array, are never freed when "end" does not come',
    });
    const alive = await ingest.post({ name: 'up', value: 1 });
    expectResponse(alive, { status: 202 }, 'the server must go on after a sender hung up');
  });
});

/** A rejected promise that nobody caught, told as what it is here. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'UNHANDLED')) throw error;
    fail({
      summary:
        'a sender hung up in the middle of its body, and your handler threw without anybody catching it',
      expected: 'no exception and no rejected promise',
      received: error.message,
      cause: 'an async handler gives a promise that node:http never looks at: add .catch(...) to it',
    });
  }
}
