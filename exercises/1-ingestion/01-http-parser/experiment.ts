/**
 * What does it cost to take a body that comes in pieces?
 *
 *   npx craft run 1.1            a body of 1 MB
 *   npx craft run 1.1 2          a body of 2 MB; up to 16
 *
 * Two parsers: yours, and one that joins what came with what was there at every feed; "copied" is what that one copies. Times are CPU time, the best of
 * three rounds; slow ones are not repeated, and what would take too long is left out.
 * The last line is about small requests, of which a monitor gets many: the time for one of 271 bytes in one piece.
 */
import { HttpParser } from './parser.ts';

const MB = 1_048_576;
const PIECES = [1, 16, 256, 1_024, 4_096, 16_384, 65_536];
/** More bytes to copy than this are not waited for. */
const MOST_COPIED = 6e9;

interface Parser {
  feed(bytes: Uint8Array): void;
  next(): { readonly body: Uint8Array } | null;
}

/** Just enough of a parser to take one body, and the `feed` that everybody writes first. */
class Joining implements Parser {
  #bytes = Buffer.alloc(0);

  feed(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
  }

  next(): { body: Uint8Array } | null {
    const start = this.#bytes.indexOf('\r\n\r\n') + 4;
    if (start < 4) return null;
    const length = Number(/content-length: (\d+)/i.exec(this.#bytes.toString('latin1', 0, start))?.[1]);
    return this.#bytes.length < start + length ? null : { body: this.#bytes.subarray(start, start + length) };
  }
}

function cpuMs(work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  let spent = 0;
  for (let round = 0; round < 3 && spent < 1_000; round++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1_000);
    spent += (user + system) / 1_000;
  }
  return best;
}

function take(parser: Parser, message: Uint8Array, piece: number, size: number): void {
  let body = 0;
  for (let at = 0; at < message.length; at += piece) {
    parser.feed(message.subarray(at, at + piece));
    body += parser.next()?.body.length ?? 0;
  }
  if (body !== size) throw new Error(`a body of ${body} bytes came out, ${size} were sent`);
}

function yours(size: number): HttpParser {
  return new HttpParser({ maxHead: 8_192, maxTarget: 4_096, maxBody: size });
}

/** Microseconds for one small request that arrives whole. */
function smallRequest(): number {
  const body = '{"name":"cpu_usage","value":85.5,"timestamp":1700000000000,"tags":{"host":"web-1"}}';
  const fields = [
    'Host: 127.0.0.1:8080',
    'User-Agent: curl/7.88.1',
    'Accept: */*',
    'Authorization: client-17',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: keep-alive',
  ];
  const message = Buffer.from(`POST /metrics HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n${body}`);
  const parser = yours(MB);
  const count = 50_000;
  const work = (): void => {
    for (let i = 0; i < count; i++) take(parser, message, message.length, body.length);
  };
  work(); // lets the compiler see the code first
  return (cpuMs(work) * 1_000) / count;
}

function printRow(cells: readonly string[]): void {
  console.log(cells.map((cell) => cell.padStart(14)).join(''));
}

function compare(size: number): void {
  const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`;
  const message = Buffer.concat([Buffer.from(head), Buffer.alloc(size, 'x')]);
  console.log(`a body of ${size / MB} MB`);
  printRow(['piece', 'feeds', 'copied', 'joining', 'yours']);
  for (let i = 0; i < 5; i++) take(yours(size), message, 4_096, size); // warm
  for (const piece of PIECES) {
    const feeds = Math.ceil(message.length / piece);
    const copied = (message.length * (feeds + 1)) / 2; // at each feed all that has come so far
    const tooMuch = copied > MOST_COPIED;
    const joining = tooMuch ? undefined : cpuMs(() => take(new Joining(), message, piece, size));
    const own = cpuMs(() => take(yours(size), message, piece, size));
    const shown = joining === undefined ? 'too long' : `${joining.toFixed(1)} ms`;
    const megabytes = `${Math.round(copied / MB).toLocaleString('en')} MB`;
    printRow([`${piece} B`, feeds.toLocaleString('en'), megabytes, shown, `${own.toFixed(1)} ms`]);
  }
  console.log(`a small request in one piece: ${smallRequest().toFixed(1)} µs`);
}

const [argument = '1'] = process.argv.slice(2);
const megabytes = Number(argument);
if (megabytes >= 0.25 && megabytes <= 16) {
  compare(Math.round(megabytes * MB));
} else {
  console.error(`the size must be a number of megabytes from 0.25 to 16, not ${argument}`);
  process.exitCode = 1;
}
