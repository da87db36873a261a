/** The stream in pieces, what is kept of it, and how much: the checks of tasks 5 and 6. */
import { check, expectEqual, expectTrue, fail, shape, z } from '../../../harness/index.ts';
import {
  expectAccepted,
  expectRefused,
  outcome,
  play,
  playOne,
  seenSchema,
  shown,
  usual,
  withLines,
} from './lab.ts';

const chunked = withLines('Transfer-Encoding: chunked');

/** Small streams that between them visit every state, good and bad. */
const corpus = [
  'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /a HTTP/1.0\r\n\r\nGET /b HTTP/1.0\r\nX: 1\r\nX: \xe9\r\n\r\n',
  `${withLines('Content-Length: 9')}a\r\n\r\n\0b\r\n`,
  `${withLines('Content-Length: 3')}\r\n\r${withLines('Connection: close')}\r\n`,
  `${chunked}3\r\n\r\n\r\r\nA;x="y;z"\r\n0123456789\r\n0\r\nT: u\r\n\r\n${withLines()}`,
  `${chunked}0\r\n\r\n${withLines('Content-Length: 1')}\n\r\n${withLines()}`,
  `${withLines('Content-Length: 2')}xy${withLines('X : y')}`,
  `${withLines('X: y')}GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n`,
  `${withLines()}GET / HTTP/1.1\nHost: a\r\n\r\n`,
  `${chunked}2\r\nabc\r\n0\r\n\r\n`,
  `${chunked}2\r\nab\r\nz\r\n`,
  `${chunked}2\nab\r\n`,
  withLines('Content-Length: 5,5'),
  withLines('Content-Length: 5', 'Transfer-Encoding: chunked'),
  'GET / HTTP/3.0\r\nHost: a\r\n\r\n',
  'G@T',
];

check('splits', 'the answer does not depend on where the stream is cut', async ({ subject }) => {
  const driver = await subject.driver();
  const schema = z.object({
    whole: seenSchema,
    other: z.object({ where: z.string(), seen: seenSchema }).optional(),
  });
  for (const stream of corpus) {
    const { whole, other } = shape('what came out', await driver.call('cuts', stream, usual), schema);
    if (other === undefined) continue;
    fail({
      summary: `Not as expected: ${shown(stream)}, ${other.where}`,
      expected: `as in one piece: ${outcome(whole)}: ${JSON.stringify(whole.requests)}`,
      received: `${outcome(other.seen)}: ${JSON.stringify(other.seen.requests)}`,
      cause:
        'what is not finished stays until more comes: also half a line end, half a size, and how far a body is. Nothing may depend on what one feed brought',
    });
  }
});

check('own-bytes', 'the parser keeps its own copy, and gives bodies away for good', async ({ subject }) => {
  const driver = await subject.driver();
  const bodies = ['first body', 'second\r\n', 'third', 'x'.repeat(100), 'last'];
  const stream = bodies.map((body) => `${withLines(`Content-Length: ${body.length}`)}${body}`).join('');
  for (const size of [7, 50, stream.length]) {
    const pieces = stream.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
    const received = await driver.call('reusing', pieces, usual);
    const cause =
      'the caller fills its array again after each feed, and reads the bodies at the end: copy in feed, and give each body bytes of its own. `slice` of a Buffer is a view and copies nothing';
    expectEqual(`bodies of 5 requests in pieces of ${size} bytes from one array`, received, bodies, cause);
  }
  const heads = await driver.call('keptHeaders', usual);
  const own =
    'each request has a Map of its own: one that is cleared and filled again changes the requests before';
  expectEqual('X of three requests, read when all have come', heads, ['1', '2', '3'], own);
  const [one, other] = ['/one', '/other'].map((path) => [...`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`]);
  const targets = await driver.call('inTurn', one, other, usual);
  const shared = 'each connection has a parser of its own: is the state in a variable outside the class?';
  expectEqual('targets from two parsers that are fed in turn', targets, [['/one'], ['/other']], shared);
});

check('continue', 'wantsContinue tells that a client waits before it sends its body', async ({ subject }) => {
  const driver = await subject.driver();
  const expects = (...lines: string[]): string => withLines(...lines, 'Expect: 100-continue');
  const cases: [pieces: string[], expected: boolean[]][] = [
    [
      [expects('Content-Length: 2'), 'a', 'b'],
      [true, false, false],
    ],
    [[expects('Content-Length: 2').replace('100-c', '100-C')], [true]],
    [
      [expects('Transfer-Encoding: chunked'), '1', '\r\n', 'x', '\r\n'],
      [true, false, false, false, false],
    ],
    [
      ['', expects('Content-Length: 2').slice(0, -1), '\n'],
      [false, false, true],
    ],
    [
      [expects('Content-Length: 2').slice(0, -2), '\r\n'],
      [false, true],
    ],
    [[withLines('Content-Length: 2', 'Expect: 100-continued')], [false]],
    [
      [`${expects('Content-Length: 2')}a`, 'b'],
      [false, false],
    ],
    [[expects('Content-Length: 0')], [false]],
    [[expects()], [false]],
    [[withLines('Content-Length: 2')], [false]],
    [[expects('Content-Length: 2').replace('1.1', '1.0')], [false]],
    [
      [expects('Content-Length: 2'), 'ab', withLines('Content-Length: 2')],
      [true, false, false],
    ],
  ];
  for (const [pieces, expected] of cases) {
    const received = await driver.call('continues', pieces, usual);
    const cause =
      'true from the end of a head of HTTP/1.1 with that field to the first byte behind it, if a body is to come';
    expectEqual(`wantsContinue after each of ${pieces.map(shown).join(', ')}`, received, expected, cause);
  }
});

check(
  'head-limits',
  'a head or target that is too long is refused before it fills memory',
  async ({ subject }) => {
    const limits = { maxHead: 200, maxTarget: 50 };
    const head = (bytes: number): string => {
      const rest = 'GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n';
      return rest.replace('X: ', `X: ${'x'.repeat(bytes - rest.length)}`);
    };
    const target = (bytes: number): string => `GET /${'x'.repeat(bytes - 1)} HTTP/1.1\r\nHost: a\r\n\r\n`;
    const count =
      'a head counts from the first byte of the request line to the end of the blank line; exactly the limit is good';
    expectAccepted(await play(subject, head(200), limits), 1, count);
    expectAccepted(
      await play(subject, head(200) + head(200), limits),
      2,
      'each head counts from its own first byte',
    );
    expectRefused(await play(subject, head(201), limits), 431, count);
    expectRefused(await play(subject, head(400), limits), 431, count);
    const unfinished =
      'a head without end must be refused when it cannot become good any more, not when it ends';
    expectRefused(await play(subject, head(400).slice(0, 201), limits), 431, unfinished);
    expectRefused(await play(subject, [...head(400).slice(0, 300)], limits), 431, unfinished);
    const long = 'count the bytes of the target and compare with maxTarget: 414';
    expectAccepted(await play(subject, target(50), limits), 1, long);
    expectRefused(await play(subject, target(51), limits), 414, long);
    expectAccepted(await play(subject, target(4_096)), 1, long);
    expectRefused(await play(subject, target(4_097)), 414, long);
    expectRefused(await play(subject, target(20_000)), [414, 431], unfinished);
    const early =
      'measure the target while its line is still coming: 414 with its first byte beyond maxTarget';
    const begun = target(5_000).slice(0, 4_104); // more than 4,096 bytes of target, and no end of the line
    expectRefused(await play(subject, begun), 414, early);
    expectRefused(await play(subject, [begun.slice(0, 2), begun.slice(2, 50), begun.slice(50)]), 414, early);
    const good = `GET ${'/'.repeat(50)} HTTP/1.1`;
    expectAccepted(await play(subject, [...good], limits), 0, 'the version does not belong to the target');
    expectRefused(
      await play(subject, `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(2_000)}`),
      431,
      unfinished,
    );
  },
);

check('body-limits', 'a body that is too long is refused as soon as it is known', async ({ subject }) => {
  const limits = { maxBody: 100, maxHead: 300 };
  const body = 'x'.repeat(100);
  const announced =
    'Content-Length says so: refuse it when the head is complete, and do not wait for the body';
  await playOne(subject, `${withLines('Content-Length: 100')}${body}`, 'exactly maxBody is good', limits);
  expectRefused(await play(subject, withLines('Content-Length: 101'), limits), 413, announced);
  expectRefused(await play(subject, withLines('Content-Length: 9007199254740991'), limits), 413, announced);
  const sum = 'add the size of the next chunk to what is there, before its data comes';
  await playOne(
    subject,
    `${chunked}32\r\n${body.slice(50)}\r\n32\r\n${body.slice(50)}\r\n0\r\n\r\n`,
    sum,
    limits,
  );
  expectRefused(await play(subject, `${chunked}65\r\n`, limits), 413, sum);
  expectRefused(await play(subject, `${chunked}1\r\nx\r\n64\r\n`, limits), 413, sum);
  expectRefused(await play(subject, `${chunked}1FFFFFFFFFFFFF\r\n`, limits), 413, sum);
  const extra =
    'extensions and trailers of one request may together have maxHead bytes: count them, or they are a way round every limit';
  const chunk = (bytes: number): string => `1;${'e'.repeat(bytes - 1)}\r\nx\r\n`;
  await playOne(subject, `${chunked}${chunk(100)}${chunk(100)}0\r\nT: u\r\n\r\n`, extra, limits);
  expectRefused(await play(subject, chunked + chunk(400), limits), 431, extra);
  expectRefused(await play(subject, `${chunked}1;${'e'.repeat(400)}`, limits), 431, extra);
  expectRefused(await play(subject, chunked + chunk(50).repeat(10), limits), 431, extra);
  const trailers = (bytes: number): string => `${extra}. These are ${bytes} bytes of trailers by our count`;
  const line = `T: ${'u'.repeat(45)}\r\n`;
  expectRefused(await play(subject, `${chunked}0\r\n${line.repeat(10)}`, limits), 431, trailers(500));
  const endless = `${chunked}0\r\nT: ${'y'.repeat(400)}`;
  expectRefused(await play(subject, endless, limits), 431, `${trailers(403)}, in a line that has not ended`);
  const both = `${chunked}${chunk(200)}0\r\n${line.repeat(4)}\r\n`;
  expectRefused(
    await play(subject, both, limits),
    431,
    `${extra}: these are 199 bytes of extensions and 200 of trailers by our count`,
  );
  const data = `${chunked}5\r\nhello${'y'.repeat(400)}`;
  const wait =
    'behind the data two bytes decide, and they are not CRLF: do not wait for a line end that may never come';
  expectRefused(await play(subject, data, limits), [400, 431], wait);
  const fresh = await play(subject, `${chunked}${chunk(200)}0\r\n\r\n`.repeat(3), limits);
  expectAccepted(fresh, 3, 'each request has extensions of its own: begin to count again');
  await playOne(
    subject,
    `${chunked}${'1\r\nx\r\n'.repeat(100)}0\r\n\r\n`,
    'sizes and line ends count as nothing',
    limits,
  );
});

check('steady-memory', 'what was given away is not kept', async ({ subject }) => {
  const driver = await subject.driver();
  const schema = z.object({ requests: z.number(), bytes: z.number() });
  const { requests, bytes } = shape('held', await driver.callWithin(8_000, 'held', 2_000, usual), schema);
  expectEqual('requests out of 2,000 of 8 KB', requests, 2_000, 'requests were lost on the way');
  const cause =
    'the bytes of requests that are gone are still there: let go of them, even when some of the next request are there already';
  const received = `${(bytes / 1_024).toFixed(0)} KiB`;
  expectTrue('2,000 requests of 8 KB went through one parser', bytes < 4 * 1_024 * 1_024, {
    expected: 'less than 4,096 KiB are held then',
    received,
    cause,
  });
});

check(
  'many-at-once',
  'thousands of chunks or empty lines in one feed are no problem',
  async ({ subject }) => {
    const cause =
      'does each chunk, or each empty line, call the function again? Use a loop: the stack ends at some 10,000 calls';
    const driver = await subject.driver();
    for (const what of ['chunks', 'empty lines']) {
      const received = await driver.call('many', what, usual);
      const expected = what === 'chunks' ? '1 request, 20,000 bytes of body' : '1 request, 0 bytes of body';
      const stream =
        what === 'chunks' ? 'a body of 20,000 chunks of one byte' : '100,000 empty lines and a request';
      expectEqual(`${stream}, in one feed`, received, expected, cause);
    }
  },
);

const waiting: readonly [what: string, story: string, most: number, cause: string][] = [
  [
    'announced',
    '20 parsers got a head that announces a body of 1 MB, and the first byte of it',
    4_096,
    'what is announced has not come: take memory for the bytes that came, and double it when it is full',
  ],
  [
    'chunk announced',
    '20 parsers got the size line of a chunk of 1 MB, and the first byte of it',
    4_096,
    'what is announced has not come: take memory for the bytes that came, and double it when it is full',
  ],
  [
    'idle',
    '20 parsers gave away a request with a body of 1 MB, and nothing has come since',
    4_096,
    'a buffer that grew for a large body must not stay large: let go of it when it is empty',
  ],
  [
    'refused',
    '20 parsers refused a request and then were fed 1 MB each',
    4_096,
    'after an error nothing is read any more, so feed must not store it, and what waits can go',
  ],
  [
    'byte by byte',
    'a parser got 256 KB of a body in pieces of one byte',
    1_280,
    'an array of its own for each piece costs 100 to 200 bytes beside what is in it: copy into one buffer that doubles',
  ],
];

check('waiting-memory', 'memory is in proportion to the bytes that wait', async ({ subject }) => {
  const driver = await subject.driver();
  for (const [what, story, most, cause] of waiting) {
    const bytes = shape('held', await driver.callWithin(8_000, 'waitingBytes', what, usual), z.number());
    expectTrue(story, bytes < most * 1_024, {
      expected: `less than ${most.toLocaleString('en')} KiB are held then`,
      received: `${Math.round(bytes / 1_024).toLocaleString('en')} KiB`,
      cause,
    });
  }
});
