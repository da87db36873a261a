import type { Gate } from '../../../gate/types.ts';
import { type Answer, expectedAnswer, smallAnswer } from './workload.ts';

function compare(reply: unknown, size: number, seed: string, times: number): string | undefined {
  const [received, expected] = [JSON.stringify(reply), JSON.stringify(expectedAnswer(size, seed, times))];
  return received === expected
    ? undefined
    : `${times} bodies of ${size} bytes gave ${received}, not ${expected}`;
}

function compareSmall(reply: unknown, size: number, seed: string): string | undefined {
  const [received, expected]: [unknown, Answer] = [reply, smallAnswer(size, seed)];
  return JSON.stringify(received) === JSON.stringify(expected)
    ? undefined
    : `small requests and one long head gave ${JSON.stringify(received)}, not ${JSON.stringify(expected)}`;
}

export const gates: Gate[] = [
  {
    id: 'body-exponent',
    kind: 'exponent',
    title: 'a body that comes in pieces of 1 KB costs in proportion to its size, by length and in chunks',
    limit: 1.35,
    sizes: [131_072, 262_144, 524_288, 1_048_576],
    subject: { file: 'gatework.ts', prepare: 'prepareBoth', work: 'parseTwice' },
    verify: (reply, size, seed) => compare(reply, size, seed, 4),
    reference:
      '0.66-0.75; a list of pieces 0.96; growing by each piece 1.75 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'Something is done again for all that came before: a join in feed, a search from the front, a body that grows piece by piece. Remember where you stopped, and copy into a buffer that doubles.',
  },
  {
    id: 'small-exponent',
    kind: 'exponent',
    title: 'many small requests in one feed, and a long head byte by byte, cost in proportion to their bytes',
    limit: 1.35,
    sizes: [65_536, 131_072, 262_144, 524_288],
    subject: { file: 'gatework.ts', prepare: 'prepareSmall', work: 'parseSmall' },
    verify: compareSmall,
    reference: '0.84; the second design 1.07 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'Either all that waits is copied when one request is taken from its front: move a mark instead. Or each feed looks for the line end from the beginning: go on where the last search stopped.',
  },
  {
    id: 'body-cpu',
    kind: 'ratio',
    title: 'a body of 1 MB in pieces of 4 KB costs a third of joining at each feed, or less',
    limit: 1 / 3,
    size: 1_048_576,
    yardstick: {
      name: 'a parser that joins and splits',
      file: 'gatework.ts',
      prepare: 'prepareLength',
      work: 'joinAndSplit',
    },
    student: { file: 'gatework.ts', prepare: 'prepareLength', work: 'parseOnce' },
    verify: (reply, size, seed) => compare(reply, size, seed, 1),
    reference:
      '0.05-0.07; an array of numbers 1.9, joining at each feed 1.0 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'Move bytes in blocks: `set`, `subarray` and `Buffer.concat` copy thousands of bytes in a microsecond. An array of numbers costs some 25 ns for every byte.',
  },
];
