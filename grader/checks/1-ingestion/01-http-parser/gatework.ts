/** What the gates measure: the student's parser, and a yardstick, over prepared pieces. */
import { student } from '../../../harness/driver.ts';
import { type Answer, bothPieces, judge, lengthPieces, smallPieces } from './workload.ts';
import { JoinAndSplit } from './yardstick.ts';

type ParserModule = typeof import('../../../../exercises/1-ingestion/01-http-parser/parser.ts');

const { HttpParser } = await student<ParserModule>('parser.ts');

const limits: ConstructorParameters<ParserModule['HttpParser']>[0] = {
  maxHead: 8_192,
  maxTarget: 4_096,
  maxBody: 1_048_576,
};
let pieces: Uint8Array[] = [];

/** A body by Content-Length and one in chunks, in pieces of 1 KB. */
export function prepareBoth(size: number, seed: string): void {
  pieces = bothPieces(size, seed);
}

/** A body by Content-Length, in pieces of 4 KB. */
export function prepareLength(size: number, seed: string): void {
  pieces = lengthPieces(size, seed, 4_096);
}

/** Twice, so that the smallest size takes long enough to be timed. */
export function parseTwice(): Answer {
  return judge([...bodiesFrom(new HttpParser(limits)), ...bodiesFrom(new HttpParser(limits))]);
}

/** Many small requests in one feed, then a long head byte by byte. `size` is the bytes of the former. */
export function prepareSmall(size: number, seed: string): void {
  pieces = smallPieces(size, seed);
}

export function parseSmall(): Answer {
  return judge(bodiesFrom(new HttpParser({ ...limits, maxHead: 1_048_576 })));
}

export function parseOnce(): Answer {
  return judge(bodiesFrom(new HttpParser(limits)));
}

/** The yardstick. */
export function joinAndSplit(): Answer {
  return judge(bodiesFrom(new JoinAndSplit()));
}

function bodiesFrom(parser: {
  feed(bytes: Uint8Array): void;
  next(): { readonly body: Uint8Array } | null;
}): Uint8Array[] {
  const bodies: Uint8Array[] = [];
  for (const piece of pieces) {
    parser.feed(piece);
    for (let request = parser.next(); request !== null; request = parser.next()) bodies.push(request.body);
  }
  return bodies;
}
