/** Replies as servers send them, well and badly, in every cut: what is read never depends on how the stream was cut. */
import { describe, expect, test } from 'vitest';
import { HeadMemory } from './head.ts';
import { maxHeadBytes, ReplyReader } from './reply.ts';

interface Options {
  readonly bodiless?: boolean;
  readonly keep?: number;
}

/** Reads a stream in pieces: `202 close "body"` per reply, then what is left. */
function read(pieces: readonly Buffer[], options: Options = {}, memory = new HeadMemory()): string[] {
  const reader = new ReplyReader(memory, options);
  const seen: string[] = [];
  const take = (): void => {
    const body = JSON.stringify(reader.bytes.toString('latin1', reader.from, reader.to));
    seen.push(`${reader.status}${reader.close ? ' close' : ''}${reader.cut ? ' cut' : ''} ${body}`);
    reader.next();
  };
  for (const piece of pieces) {
    // As in a socket's buffer, bytes of an earlier read stand behind those of this one.
    const buffer = Buffer.concat([Buffer.from('xx'), piece, Buffer.from('0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n')]);
    for (let at = 2; at < 2 + piece.length; ) {
      at = reader.feed(buffer, at, 2 + piece.length);
      if (reader.problem !== '') return [...seen, 'garbage'];
      if (reader.whole) take();
    }
  }
  if (reader.finish()) take();
  else seen.push('end');
  return seen;
}

function everyCut(stream: string, options?: Options): string[][] {
  const bytes = Buffer.from(stream, 'latin1');
  const cuts = Array.from({ length: bytes.length - 1 }, (_, i) =>
    read([bytes.subarray(0, i + 1), bytes.subarray(i + 1)], options),
  );
  return [
    ...cuts,
    read(
      [...bytes].map((_, i) => bytes.subarray(i, i + 1)),
      options,
    ),
  ];
}

const ok = 'HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok';
const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

const good: Record<string, [stream: string, seen: readonly string[], options?: Options]> = {
  'a length': [ok, ['202 "ok"', 'end']],
  'several replies': [ok.repeat(3), ['202 "ok"', '202 "ok"', '202 "ok"', 'end']],
  'another head each time': [
    `${ok}HTTP/1.1 202 Accepted\r\nContent-Length: 3\r\n\r\nyes${ok}`,
    ['202 "ok"', '202 "yes"', '202 "ok"', 'end'],
  ],
  'length 0': ['HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n', ['200 ""', 'end']],
  'no reason': ['HTTP/1.1 503\r\nCONTENT-LENGTH:  1  \r\n\r\nx', ['503 "x"', 'end']],
  'the same length twice': [
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx',
    ['200 "x"', 'end'],
  ],
  'a body that looks like a head': [
    'HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\nHTTP/1.1 500 X\r\n\r\nx',
    ['200 "HTTP/1.1 500 X\\r\\n\\r\\nx"', 'end'],
  ],
  'Connection: close': [
    'HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 1\r\n\r\nx',
    ['200 close "x"', 'end'],
  ],
  'HTTP/1.0': ['HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx', ['200 close "x"', 'end']],
  'HTTP/1.0, kept alive': [
    'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx',
    ['200 "x"', 'end'],
  ],
  'a body until the end': ['HTTP/1.1 200 OK\r\n\r\nall of it', ['200 close "all of it"']],
  'an empty body until the end': ['HTTP/1.1 200 OK\r\nServer: s\r\n\r\n', ['200 close ""']],
  chunks: [`${chunked}3\r\nabc\r\n2;a=b;c\r\nde\r\n0\r\n\r\n${ok}`, ['200 "abcde"', '202 "ok"', 'end']],
  'chunks with trailers': [
    `${chunked}A \r\n0123456789\r\n00\r\nX: y\r\nZ: 1\r\n\r\n${ok}`,
    ['200 "0123456789"', '202 "ok"', 'end'],
  ],
  'no chunk': [`${chunked}0\r\n\r\n`, ['200 ""', 'end']],
  '1xx first': [
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${ok}`,
    ['202 "ok"', 'end'],
  ],
  '204 and 304': [
    `HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n${ok}`,
    ['204 ""', '304 ""', '202 "ok"', 'end'],
  ],
  'replies to HEAD': [
    'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
    ['200 ""', '200 ""', 'end'],
    { bodiless: true },
  ],
  'more body than is kept': [`HTTP/1.1 200 OK\r\n\r\nall of it`, ['200 close cut "all"'], { keep: 3 }],
  'half a head': ['HTTP/1.1 200 OK\r\nContent-Le', ['end']],
  'half a body': ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', ['end']],
  'half a chunk': [`${chunked}5\r\nabc`, ['end']],
  'no last chunk': [`${chunked}3\r\nabc\r\n`, ['end']],
  'half a trailer': [`${chunked}0\r\nX: y\r\n`, ['end']],
};

const bad: Record<string, string> = {
  'no HTTP': 'SSH-2.0-OpenSSH_9.2',
  'one wrong byte': 'X',
  'HTTP/2': 'HTTP/2 200\r\n\r\n',
  'a version that nobody knows': 'HTTP/1.2 200 OK\r\n\r\n',
  'a status of four digits': 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n',
  'no status': 'HTTP/1.1  OK\r\n\r\n',
  'a status below 100': 'HTTP/1.1 099 OK\r\n\r\n',
  'another protocol': 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n',
  'line feeds alone': 'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
  'one line feed alone': 'HTTP/1.1 200 OK\r\nA: b\nContent-Length: 0\r\n\r\n',
  'a carriage return alone': 'HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n',
  'a line that is no header': 'HTTP/1.1 200 OK\r\nnothing\r\n\r\n',
  'a space before the colon': 'HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx',
  'a folded header': 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n',
  'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
  'a list of lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx',
  'a negative length': 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
  'a length with a sign': 'HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx',
  'a word for a length': 'HTTP/1.1 200 OK\r\nContent-Length: one\r\n\r\nx',
  'an empty length': 'HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n',
  'a length beyond reason': `HTTP/1.1 200 OK\r\nContent-Length: ${'9'.repeat(20)}\r\n\r\n`,
  'a length and chunks':
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'another coding': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n',
  'chunked twice': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n',
  'chunks in HTTP/1.0': 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'a bad chunk size': `${chunked}xyz\r\n`,
  'an empty chunk size': `${chunked}\r\nabc`,
  'a negative chunk size': `${chunked}-1\r\n`,
  'a chunk size in parts': `${chunked}1 1\r\nabc`,
  'a chunk size beyond reason': `${chunked}${'f'.repeat(17)}\r\n`,
  'a chunk size of zeros without end': `${chunked}${'0'.repeat(40)}`,
  'a size line without CR': `${chunked}3\nabc`,
  'an extension without CR': `${chunked}3;a\nabc`,
  'an extension without end': `${chunked}3;${'a'.repeat(5_000)}`,
  'a chunk longer than its size': `${chunked}3\r\nabcd\r\n`,
  'a chunk that ends with LF': `${chunked}3\r\nabc\n0\r\n\r\n`,
  'a trailer without CR': `${chunked}0\r\nX: y\n\r\n`,
};

describe.each(Object.entries(good))('%s', (_, [stream, seen, options]) => {
  test('is read', () => {
    expect(read([Buffer.from(stream, 'latin1')], options)).toEqual(seen);
  });

  test('is read the same in every cut', () => {
    for (const cut of everyCut(stream, options)) expect(cut).toEqual(seen);
  });
});

describe.each(Object.entries(bad))('%s', (_, stream) => {
  test('is garbage in every cut, also after a good reply', () => {
    expect(read([Buffer.from(stream)])).toEqual(['garbage']);
    expect(read([Buffer.from(ok + stream)])).toEqual(['202 "ok"', 'garbage']);
    // A long stream is cut byte by byte alone: all its cuts in two would be minutes of copying.
    const cuts =
      stream.length < 1_000 ? everyCut(stream) : [read([...stream].map((byte) => Buffer.from(byte)))];
    for (const cut of cuts) expect(cut).toEqual(['garbage']);
  });
});

describe('long ones', () => {
  const headOf = (size: number): string => {
    const rest = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nA: \r\n\r\n';
    return rest.replace('A: ', `A: ${'a'.repeat(size - rest.length)}`);
  };
  const pieces = (stream: string, size: number): Buffer[] =>
    Array.from({ length: Math.ceil(stream.length / size) }, (_, i) =>
      Buffer.from(stream.slice(i * size, (i + 1) * size)),
    );

  test.each([1_000_000, 65_536, 60_000, 1_000])('a head of 64 KB, in pieces of %i', (size) => {
    expect(read(pieces(headOf(maxHeadBytes), size))).toEqual(['200 ""', 'end']);
    expect(read(pieces(headOf(maxHeadBytes + 1), size))).toEqual(['garbage']);
    expect(read(pieces(`${chunked}0\r\n${'A: b\r\n'.repeat(14_000)}`, size))).toEqual(['garbage']);
  });

  test('a body in many reads, the last with the next reply', () => {
    const body = 'b'.repeat(300_000);
    const stream = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}${ok}`;
    expect(read(pieces(stream, 65_536), { keep: 1_000_000 })).toEqual([
      `200 ${JSON.stringify(body)}`,
      '202 "ok"',
      'end',
    ]);
    expect(read(pieces(stream, 65_536), { keep: 5 })).toEqual(['200 cut "bbbbb"', '202 "ok"', 'end']);
  });
});

test('the memory of one connection serves another', () => {
  const memory = new HeadMemory();
  const other = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno';
  for (const stream of [ok, ok, other, ok, other, other]) {
    const expected = stream === ok ? ['202 "ok"', 'end'] : ['200 close "no"', 'end'];
    expect(read([Buffer.from(stream)], {}, memory)).toEqual(expected);
    for (let at = 1; at < stream.length; at++) {
      expect(read([Buffer.from(stream.slice(0, at)), Buffer.from(stream.slice(at))], {}, memory)).toEqual(
        expected,
      );
    }
  }
});
