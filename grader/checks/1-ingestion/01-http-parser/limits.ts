/** Heads, targets and bodies that are too long. */
import { check } from '../../../harness/index.ts';
import { expectAccepted, expectRefused, play, playOne, withLines } from './lab.ts';

const chunked = withLines('Transfer-Encoding: chunked');

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
