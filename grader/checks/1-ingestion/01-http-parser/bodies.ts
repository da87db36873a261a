/** Bodies, and what follows them: the checks of tasks 3 and 4. */
import { check, expectEqual } from '../../../harness/index.ts';
import { expectAccepted, expectRefused, play, playOne, withLines } from './lab.ts';
import { chunkShapes, codings, lengths, smuggling } from './shapes.ts';

const every = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));

check('body', 'a body has Content-Length bytes, whatever they are', async ({ subject }) => {
  for (const body of [
    'hello',
    '',
    '\r\n\r\n',
    'a\0b\r\n\r\nGET / HTTP/1.1\r\n\r\n',
    every,
    every.repeat(300),
  ]) {
    const cause = (received: unknown): string =>
      typeof received === 'string' && received.length !== body.length
        ? 'a length counts bytes; the body begins behind the blank line, and nothing in it ends it'
        : 'bodies are bytes: cut them out of the bytes, not out of a string';
    const request = await playOne(subject, `${withLines(`Content-Length: ${body.length}`)}${body}`, cause);
    expectEqual(`${request.story}: body`, request.body, body, cause);
  }
  const zeros = await playOne(
    subject,
    `${withLines('content-length:  007 ')}1234567`,
    'leading zeros are digits',
  );
  expectEqual(`${zeros.story}: body`, zeros.body, '1234567', 'leading zeros are digits');
  const early = 'the last byte of the body is not there yet: null';
  expectAccepted(await play(subject, `${withLines('Content-Length: 5')}hell`), 0, early);
});

check('bad-length', 'a Content-Length that is not one exact number is refused', async ({ subject }) => {
  for (const [stream, status, cause] of lengths) expectRefused(await play(subject, stream), status, cause);
});

check('pipelined', 'requests that come together leave one by one, in order', async ({ subject }) => {
  const one = (n: number): string => {
    const body = 'x'.repeat(n % 7);
    return `PUT /${n} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
  const targets = Array.from({ length: 50 }, (_, n) => `/${n}`);
  const cause = 'what is behind a request belongs to the next one: keep it, and look there first';
  const streams = [
    Array.from({ length: 50 }, (_, n) => one(n)).join(''),
    Array.from({ length: 50 }, (_, n) => one(n)).join('\r\n'),
  ];
  for (const [i, stream] of streams.entries()) {
    const blank = 'an empty line before a request line is skipped: some clients send one after a body';
    const seen = await play(subject, stream);
    expectAccepted(seen, 50, i === 0 ? cause : blank);
    expectEqual(
      `${seen.story}: targets`,
      seen.requests.map(({ target }) => target),
      targets,
      cause,
    );
  }
  const [head, tail] = [one(1) + one(2).slice(0, 9), one(2).slice(9) + one(3)];
  expectAccepted(await play(subject, [head, tail]), 3, cause);
});

check('refused-for-good', 'after a refusal nothing is believed any more', async ({ subject }) => {
  const seen = await play(subject, `${withLines()}GET / HTTP/1.1\r\nHost : a\r\n\r\n${withLines()}`);
  expectRefused(seen, 400, 'requests before the bad one are good: give them first, then throw', 1);
  const cause = 'remember the error and throw it again: where the next request begins is not known any more';
  const expected = ['the same error', 'the same error'];
  expectEqual(`${seen.story}: next() again, and again after more bytes`, seen.afterwards, expected, cause);
});

const chunked = withLines('Transfer-Encoding: chunked');

check('chunked', 'a chunked body is joined, without sizes, extensions and trailers', async ({ subject }) => {
  const frame =
    'size in hex, CRLF, so many bytes, CRLF; again until the size is 0; then trailers and a blank line';
  const extension =
    'a semicolon ends the size; what follows it is checked for control characters and dropped';
  const trailers = 'trailers are read like fields and dropped: they do not become headers';
  const cases = [
    ['0\r\n\r\n', '', frame],
    ['5\r\nhello\r\n0\r\n\r\n', 'hello', frame],
    ['5\r\nhello\r\n1\r\n!\r\n00a\r\n\r\n\0\r\n0\r\n\r\n\r\n0\r\n\r\n', 'hello!\r\n\0\r\n0\r\n\r\n', frame],
    [`100\r\n${every}\r\n1F\r\n${every.slice(0, 31)}\r\n000\r\n\r\n`, every + every.slice(0, 31), frame],
    ['2;a=b\r\nhe\r\n2;a;b="c;d"\r\nll\r\n1 ; a\r\no\r\n0;end\r\n\r\n', 'hello', extension],
    ['5\r\nhello\r\n0\r\nX-Sum: 7\r\nHost: evil\r\nContent-Length: 9\r\n\r\n', 'hello', trailers],
  ] as const;
  for (const [stream, body, cause] of cases) {
    const request = await playOne(subject, chunked + stream, cause);
    expectEqual(`${request.story}: body`, request.body, body, cause);
    expectEqual(`${request.story}: headers`, new Map(request.headers).get('host'), 'a', trailers);
    expectEqual(`${request.story}: headers`, request.headers.length, 2, trailers);
  }
  const any = await playOne(subject, `${withLines('TRANSFER-encoding: \tCHUNKED ')}0\r\n\r\n`, 'any case');
  expectEqual(`${any.story}: body`, any.body, '', 'names of codings have no case');
  const next = await play(subject, `${chunked}1\r\nx\r\n0\r\n\r\n${withLines()}`);
  expectAccepted(
    next,
    2,
    'the blank line behind the trailers belongs to the first request, the rest does not',
  );
  for (const early of ['', '5', '5\r\nhello', '5\r\nhello\r', '5\r\nhello\r\n0\r\n', '0\r\nX: y\r\n']) {
    expectAccepted(
      await play(subject, chunked + early),
      0,
      'the blank line at the end is not there yet: null',
    );
  }
});

check('bad-chunks', 'a chunk that breaks the framing is refused', async ({ subject }) => {
  for (const [stream, status, cause] of chunkShapes)
    expectRefused(await play(subject, stream), status, cause);
});

check('codings', 'a coding other than chunked is refused', async ({ subject }) => {
  for (const [stream, status, cause] of codings) expectRefused(await play(subject, stream), status, cause);
});

check('smuggling', 'what two servers would read differently is refused', async ({ subject }) => {
  for (const [name, stream, status, cause] of smuggling) {
    const seen = await play(subject, stream);
    expectRefused({ ...seen, story: `${name}: ${seen.story}` }, status, cause);
  }
});
