/** Tables of requests that must be refused, and why. */
import { hidden, withLines } from './lab.ts';

/** A stream, the statuses that are right for it, and the likely cause when it passes. */
export type Shape = readonly [stream: string, status: number | readonly number[], cause: string];

const oneSpace = 'a request line is a method, one space, a target, one space, a version; nothing else fits';
const token = "a method is one or more token characters: letters, digits and !#$%&'*+-.^_`|~";
const ascii = 'a target is one or more visible ASCII characters, 0x21 to 0x7e';
const version =
  'the version is HTTP/1.1 or HTTP/1.0 to the letter; another `HTTP/` digit `.` digit is a 505, everything else a 400';

export const requestLines: readonly Shape[] = [
  ['GET /', 400, oneSpace],
  ['GET', 400, oneSpace],
  ['GET  / HTTP/1.1', 400, oneSpace],
  ['GET /  HTTP/1.1', 400, oneSpace],
  ['GET / HTTP/1.1 ', 400, oneSpace],
  ['GET\t/ HTTP/1.1', 400, oneSpace],
  ['GET /a b HTTP/1.1', 400, oneSpace],
  [' GET / HTTP/1.1', 400, oneSpace],
  [' \r\nGET / HTTP/1.1', 400, 'only empty lines are skipped: one that holds a space is a bad request line'],
  ['G@T / HTTP/1.1', 400, token],
  ['G,T / HTTP/1.1', 400, token],
  ['G[T / HTTP/1.1', 400, token],
  ['G\\T / HTTP/1.1', 400, token],
  ['GET: / HTTP/1.1', 400, token],
  ['G\0T / HTTP/1.1', 400, token],
  ['G\xc9T / HTTP/1.1', 400, token],
  ['GET /\xe9 HTTP/1.1', 400, ascii],
  ['GET /\x01 HTTP/1.1', 400, ascii],
  ['GET /\x7f HTTP/1.1', 400, ascii],
  ['GET / http/1.1', 400, version],
  ['GET / HTTP/1', 400, version],
  ['GET / HTTP/11', 400, version],
  ['GET / HTTP/1.10', 400, version],
  ['GET / HTTQ/1.1', 400, version],
  ['GET / HTTP/2', 400, version],
  ['GET / HTTP/2.0', 505, version],
  ['GET / HTTP/1.2', 505, version],
  ['GET / HTTP/0.9', 505, version],
].map(([line, status, cause]): Shape => [`${line}\r\nHost: a\r\n\r\n`, Number(status), String(cause)]);

const colon = 'a field is a name of token characters, a colon at once, then the value';
const folded = 'a line that begins with a space would go on with the field before it (obs-fold): refuse it';
const control =
  'a value holds no control characters except tab: no \\0, no \\x7f, and no CR that ends nothing';

export const fieldLines: readonly Shape[] = [
  ['X-A : b', colon],
  ['X-A\t: b', colon],
  ['X A: b', colon],
  [': b', colon],
  ['X-A', colon],
  ['X(A): b', colon],
  ['X,Y: b', colon],
  ['X[Y]: b', colon],
  ['X\\Y: b', colon],
  ['X\0A: b', colon],
  ['X\xe9: b', colon],
  [' X-A: b', folded],
  ['X-A: b\r\n  c: d', folded],
  ['X-A: b\r\n\tc', folded],
  ['X-A: b\0c', control],
  ['X-A: b\x0bc', control],
  ['X-A: b\x7f', control],
  ['X-A: b\rc: d', control],
  ['X-A: b\r', control],
].map(([line = '', cause = '']): Shape => [withLines(line), 400, cause]);

const digits =
  'a length is digits and nothing else: test it before you call Number or parseInt, which take more than that';
const once = 'two Content-Length fields: refuse them, also when they are equal';
const exact = 'a number above Number.MAX_SAFE_INTEGER is rounded: refuse it';

export const lengths: readonly Shape[] = [
  ['Content-Length: +5', digits],
  ['Content-Length: -5', digits],
  ['Content-Length: 0x5', digits],
  ['Content-Length: 5e0', digits],
  ['Content-Length: 5.0', digits],
  ['Content-Length: 5 5', digits],
  ['Content-Length: 5,5', digits],
  ['Content-Length: 5;', digits],
  ['Content-Length: five', digits],
  ['Content-Length:', digits],
  ['Content-Length: \xb2', digits],
  ['Content-Length: 5\xa0', digits],
  ['Content-Length: 5\r\nContent-Length: 6', once],
  ['Content-Length: 5\r\nContent-Length: 5', once],
  ['Content-Length: 5\r\nCONTENT-LENGTH: 0', once],
  ['Content-Length: 9007199254740993', exact],
  ['Content-Length: 99999999999999999999999', exact],
].map(([lines = '', cause = '']): Shape => [`${withLines(lines)}hello`, 400, cause]);

const size = 'a chunk begins with hex digits at once; after them only CRLF, or a semicolon and extensions';
const longer = 'CRLF must follow exactly where the size says that the data ends';
const trailer = 'trailers are field lines: the same rules, and the blank line at the end';

const chunked = (rest: string): string => `${withLines('Transfer-Encoding: chunked')}${rest}`;

export const chunkShapes: readonly Shape[] = [
  ['0x5\r\nhello\r\n0\r\n\r\n', size],
  ['+5\r\nhello\r\n0\r\n\r\n', size],
  ['-5\r\nhello\r\n0\r\n\r\n', size],
  [' 5\r\nhello\r\n0\r\n\r\n', size],
  ['5g\r\nhello\r\n0\r\n\r\n', size],
  ['\r\nhello\r\n0\r\n\r\n', size],
  [';a=b\r\nhello\r\n0\r\n\r\n', size],
  ['5 5\r\nhello\r\n0\r\n\r\n', size],
  ['5 \r\nhello\r\n0\r\n\r\n', 'blanks may only stand before a semicolon'],
  ['5\t\r\nhello\r\n0\r\n\r\n', 'blanks may only stand before a semicolon'],
  ['00000000000000005\r\nhello\r\n0\r\n\r\n', 'these are 17 digits; 16 are the most'],
  ['5\0\r\nhello\r\n0\r\n\r\n', size],
  ['5;a\0b\r\nhello\r\n0\r\n\r\n', size],
  ['5;a\rb\r\nhello\r\n0\r\n\r\n', size],
  ['FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n', 'the size is beyond 2^53: parseInt has rounded it'],
  ['10000000000000005\r\nhello\r\n0\r\n\r\n', 'the size is beyond 2^53: did 32 or 64 bits overflow to 5?'],
  ['5\r\nhello!\r\n0\r\n\r\n', longer],
  ['5\r\nhello\n0\r\n\r\n', longer],
  ['5\r\nhelloXX0\r\n\r\n', longer],
  ['5\r\nhelloX\n0\r\n\r\n', longer],
  ['5\r\nhello\rX0\r\n\r\n', longer],
  ['5\nhello\r\n0\r\n\r\n', 'a size line ends with CRLF too'],
  ['5\r\nhello\r\n0\r\nX A: b\r\n\r\n', trailer],
  ['5\r\nhello\r\n0\r\nX-A: b\r\n c\r\n\r\n', trailer],
  ['5\r\nhello\r\n0\r\nX-A: b\n\r\n', trailer],
].map(([rest = '', cause = '']): Shape => [chunked(rest), 400, cause]);

const last = 'chunked is not the last coding, so the end of the body cannot be known: 400';
const unknown = 'the end could be found, but what is in the body could not be read: 501 (we accept 400)';
const both =
  'a request with Content-Length and Transfer-Encoding is refused: two servers would believe one each';
const old = 'HTTP/1.0 knows no Transfer-Encoding: servers differ in what they make of it, so refuse it';
const bare = 'a line ends with CRLF; a bare LF or CR is refused, wherever it stands';
const fold = 'a folded line is refused, not joined with the one before';
const name = 'no space between a name and its colon, or another server sees another field';

const te = 'Transfer-Encoding: chunked';
/** Ends at once for who believes the chunks; goes on into the hidden request for who believes the length. */
const poison = `0\r\n\r\n${hidden}`;

export const codings: readonly Shape[] = [
  [withLines('Transfer-Encoding: gzip'), 400, last],
  [withLines('Transfer-Encoding: chunked, gzip'), 400, last],
  [withLines('Transfer-Encoding: identity'), 400, last],
  [withLines('Transfer-Encoding:'), 400, last],
  [withLines('Transfer-Encoding: xchunked'), 400, last],
  [withLines('Transfer-Encoding: chunked;a=b'), 400, last],
  [withLines('Transfer-Encoding: "chunked"'), 400, last],
  [withLines('Transfer-Encoding: chunked\xa0'), 400, last],
  [withLines('Transfer-Encoding: gzip, chunked'), [501, 400], unknown],
  [withLines('Transfer-Encoding: gzip', te), [501, 400], unknown],
].map(([head, status, cause]): Shape => {
  return [`${head}${poison}`, status as number | readonly number[], String(cause)];
});

/** Shapes that some pair of servers has read differently. In each the second request must not come out. */
export const smuggling: readonly (readonly [name: string, ...Shape])[] = [
  ['CL.TE', withLines('Content-Length: 4', te) + poison, 400, both],
  ['TE.CL', withLines(te, 'Content-Length: 4') + poison, 400, both],
  ['CL 0 and TE', withLines('Content-Length: 0', te) + poison, 400, both],
  ['empty CL and TE', withLines('Content-Length:', te) + poison, 400, `${both}, also when one is empty`],
  [
    'TE twice',
    withLines(te, te) + poison,
    400,
    'chunked twice is the row "everything else" of the table: 400; 501 is for chunked after codings that are not chunked',
  ],
  ['TE twice, one unknown', withLines(te, 'Transfer-Encoding: x') + poison, 400, last],
  ['TE in HTTP/1.0', `POST / HTTP/1.0\r\nHost: a\r\n${te}\r\n\r\n${poison}`, 400, old],
  [
    'space before the colon',
    withLines('Transfer-Encoding : chunked', 'Content-Length: 39') + poison,
    400,
    name,
  ],
  ['folded TE', withLines('Transfer-Encoding:\r\n chunked') + poison, 400, fold],
  ['TE folded into another', withLines('X: y\r\n Transfer-Encoding: chunked') + poison, 400, fold],
  ['vertical tab', withLines('Transfer-Encoding:\x0bchunked') + poison, 400, control],
  ['name with \\0', withLines('Transfer-Encoding\0: chunked') + poison, 400, colon],
  ['CL behind a bare CR', withLines('X: y\rContent-Length: 34') + hidden, 400, bare],
  ['CL behind a bare LF', withLines('X: y\nContent-Length: 34') + hidden, 400, bare],
  ['bare LF ends the head', `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 34\r\n\n${hidden}`, 400, bare],
  ['chunk size and bare LF', `${withLines(te)}2\nxx\r\n${poison}`, 400, bare],
  ['LF in an extension', `${withLines(te)}2;\nxx\r\n${poison}`, 400, bare],
  ['chunk longer than its size', `${withLines(te)}1\r\nxyz\r\n${poison}`, 400, longer],
  ['CR LF CR in a field', withLines('X: y\r\n\rContent-Length: 34') + hidden, 400, bare],
];
