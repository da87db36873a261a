/** What a head says: the checks of tasks 1 and 2. */
import { check, expectEqual } from '../../../harness/index.ts';
import { expectAccepted, expectFields, expectRefused, play, playOne } from './lab.ts';
import { fieldLines, requestLines } from './shapes.ts';

const whole =
  'find the blank line (\\r\\n\\r\\n), cut the first line at its two spaces, and return one request';

check('request-line', 'a request gives its method, target and version', async ({ subject }) => {
  const requests = [
    ['GET', '/', '1.1'],
    ['POST', '/metrics?name=cpu_usage&from=%20', '1.1'],
    ['DELETE', '/a', '1.0'],
    ['M-SEARCH', '*', '1.1'],
    ['x', 'http://a/b', '1.1'],
    ["!#$%&'*+-.^_`|~09AZaz", '/!~', '1.1'],
  ] as const;
  for (const [method, target, version] of requests) {
    const stream = `${method} ${target} HTTP/${version}\r\nHost: a\r\n\r\n`;
    const { story, ...request } = await playOne(subject, stream, whole);
    const received = [request.method, request.target, request.version];
    expectEqual(`${story}: method, target, version`, received, [method, target, version], whole);
    expectEqual(`${story}: body`, request.body, '', 'no Content-Length: the body is an empty Uint8Array');
  }
  const early = 'null means that more bytes are needed: until the blank line has come, that is the answer';
  for (const half of ['', 'GET / HT', 'GET / HTTP/1.1\r\nHost: a\r\n', 'GET / HTTP/1.1\r\nHost: a\r\n\r']) {
    expectAccepted(await play(subject, half), 0, early);
  }
});

check('junk-line', 'a request line that the grammar does not know is refused', async ({ subject }) => {
  for (const [stream, status, cause] of requestLines) {
    expectRefused(await play(subject, stream), status, cause);
  }
});

check(
  'fields',
  'field names are lower case, values are trimmed, repeated ones joined',
  async ({ subject }) => {
    const lines = [
      'hOsT:a:80',
      'X-Empty:',
      'X-Blank: \t ',
      'Accept: \t text/html, */* \t',
      'ACCEPT:text/plain',
      'x_!#$%&\'*+.^`|~9: a:b "c" \xe9\xff',
      'accept: 3',
      '__proto__: x',
    ];
    const stream = `GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
    const cause = (received: unknown): string => {
      const text = JSON.stringify(received);
      if (/[A-Z]-?[A-Z]|hOsT/.test(text)) return 'names are compared without case: keep them in lower case';
      if (text.includes('Ã') || text.includes('�'))
        return 'bytes are characters one to one: decode as latin1, not as UTF-8';
      return 'cut at the first colon; take spaces and tabs away on both sides; join a repeated field with ", " in order';
    };
    const expected = {
      host: 'a:80',
      'x-empty': '',
      'x-blank': '',
      accept: 'text/html, */*, text/plain, 3',
      "x_!#$%&'*+.^`|~9": 'a:b "c" \xe9\xff',
      ['__proto__']: 'x',
    };
    expectFields(await playOne(subject, stream, cause), expected, cause);
  },
);

check('bad-fields', 'a field line that breaks the grammar is refused', async ({ subject }) => {
  for (const [stream, status, cause] of fieldLines) expectRefused(await play(subject, stream), status, cause);
});

check('bare-lf', 'a line that ends with LF alone is refused as soon as it has come', async ({ subject }) => {
  const cause = 'when you look for a line end, look at the byte before the LF: it must be a CR';
  const late =
    'this sender believes that the request is complete: refuse at the bare LF, do not wait for \\r\\n\\r\\n';
  const lines = [
    'GET / HTTP/1.1\nHost: a\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\n\n',
  ];
  for (const stream of lines) expectRefused(await play(subject, stream), 400, cause);
  for (const stream of ['GET / HTTP/1.1\nHost: a\n\n', 'GET / HTTP/1.1\n']) {
    expectRefused(await play(subject, stream), 400, late);
  }
});

check('host', 'HTTP/1.1 needs exactly one Host, HTTP/1.0 at most one', async ({ subject }) => {
  const missing = 'without Host nobody knows whom the request is for: HTTP/1.1 demands it, HTTP/1.0 does not';
  expectRefused(await play(subject, 'GET / HTTP/1.1\r\nX: y\r\n\r\n'), 400, missing);
  expectRefused(await play(subject, 'GET / HTTP/1.1\r\n\r\n'), 400, missing);
  for (const host of [
    'a\r\nHost: b',
    'a\r\nhost: a',
    '\r\nHost:',
    'a b',
    'a/b',
    'a?b',
    'a#b',
    'a@b',
    'a\xe9',
  ]) {
    for (const version of ['1.1', '1.0']) {
      const cause =
        'one host, perhaps with a port, of the characters that the lesson lists; two joined ones hold a space';
      expectRefused(await play(subject, `GET / HTTP/${version}\r\nHost: ${host}\r\n\r\n`), 400, cause);
    }
  }
  for (const host of ['', 'example.com', '127.0.0.1:8080', '[::1]:80', 'a_b-c.d%20', "~!$&'()*+,;="]) {
    const cause = 'this is a good Host field, and so is an empty one';
    expectAccepted(await play(subject, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`), 1, cause);
  }
  expectAccepted(await play(subject, 'GET / HTTP/1.0\r\n\r\n'), 1, missing);
});

check(
  'keep-alive',
  'the version and the Connection field decide whether to stay open',
  async ({ subject }) => {
    const cases = [
      ['1.1', undefined, true],
      ['1.1', 'close', false],
      ['1.1', 'Close', false],
      ['1.1', 'upgrade, close', false],
      ['1.1', 'keep-alive,\tCLOSE ', false],
      ['1.1', 'closed', true],
      ['1.1', 'not close', true],
      ['1.1', 'close\xa0', true],
      ['1.1', 'x\r\nConnection: close', false],
      ['1.0', undefined, false],
      ['1.0', 'keep-alive', true],
      ['1.0', 'x, Keep-Alive', true],
      ['1.0', 'keep-alive, close', false],
      ['1.0', 'x-keep-alive', false],
    ] as const;
    const cause =
      'a list with commas, blanks (space and tab, not 0xa0) around each, in any case: close wins, 1.1 stays open without a word, 1.0 only with keep-alive';
    for (const [version, value, expected] of cases) {
      const field = value === undefined ? '' : `Connection: ${value}\r\n`;
      const stream = `GET / HTTP/${version}\r\nHost: a\r\n${field}\r\n`;
      const request = await playOne(subject, stream, cause);
      expectEqual(`${request.story}: keepAlive`, request.keepAlive, expected, cause);
    }
  },
);
