/** The stream in pieces, and what is kept of it. */
import { check, expectEqual, fail, shape, z } from '../../../harness/index.ts';
import { outcome, seenSchema, shown, usual, withLines } from './lab.ts';

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
