import type { Gate } from '../../../gate/types.ts';
import { expectedAnswer } from './workload.ts';

function compare(reply: unknown, size: number, seed: string, times: number): string | undefined {
  const [received, expected] = [JSON.stringify(reply), JSON.stringify(expectedAnswer(size, seed, times))];
  return received === expected
    ? undefined
    : `${times} bodies of ${size} bytes gave ${received}, not ${expected}`;
}

export const gates: Gate[] = [
  {
    id: 'body-exponent',
    kind: 'exponent',
    title: 'a body that comes in pieces of 1 KB costs in proportion to its size, by length and in chunks',
    limit: 1.35,
    sizes: [131_072, 262_144, 524_288, 1_048_576],
    subject: { prepare: 'prepareBoth', work: 'parseTwice' },
    verify: (reply, size, seed) => compare(reply, size, seed, 4),
    reference:
      '0.66-0.75; a list of pieces 0.96; growing by each piece 1.75 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'Something is done again for all that came before: a join in feed, a search from the front, a body that grows piece by piece. Remember where you stopped, keep a list of pieces or a buffer that doubles, and join once.',
  },
  {
    id: 'body-cpu',
    kind: 'ratio',
    title: 'a body of 1 MB in pieces of 4 KB costs a third of joining at each feed, or less',
    limit: 1 / 3,
    size: 1_048_576,
    yardstick: { name: 'a parser that joins and splits', prepare: 'prepareLength', work: 'joinAndSplit' },
    student: { prepare: 'prepareLength', work: 'parseOnce' },
    verify: (reply, size, seed) => compare(reply, size, seed, 1),
    reference:
      '0.05-0.07; an array of numbers 1.9, joining at each feed 1.0 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'Move bytes in blocks: `set`, `subarray` and `Buffer.concat` copy thousands of bytes in a microsecond. An array of numbers costs some 25 ns for every byte.',
  },
];
