import type { Gate } from '../../../gate/types.ts';
import { batch, totalOf, withLabels } from './documents.ts';

/** Both sides must have read what was written. */
function verifyTotal(text: string, reply: unknown): string | undefined {
  const expected = JSON.stringify(totalOf(JSON.parse(text)));
  const received = JSON.stringify(reply);
  return received === expected
    ? undefined
    : `a batch of ${text.length} characters gave ${received}, not ${expected}`;
}

export const gates: Gate[] = [
  {
    id: 'growth',
    kind: 'exponent',
    title: 'parsing grows with the length of the text, not with its square',
    limit: 1.35,
    sizes: [55_000, 110_000, 220_000, 440_000],
    subject: { prepare: 'prepareOne', work: 'parseStudent' },
    verify: (reply, size, seed) => verifyTotal(withLabels(size, Number.parseInt(seed, 16)), reply),
    reference: '0.91-1.01 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'Something is done over for each value: a rest of the text cut off or copied, a search from the beginning, a line or byte counted again; or for each key, an object copied or its keys listed. Keep one index that only grows.',
  },
  {
    id: 'speed',
    kind: 'ratio',
    title: 'parsing costs at most four times what JSON.parse costs',
    limit: 4,
    size: 3_000_000,
    yardstick: { name: 'JSON.parse', prepare: 'prepareMany', work: 'parseNode' },
    student: { prepare: 'prepareMany', work: 'parseStudent' },
    verify: (reply, _size, seed) => verifyTotal(batch(200_000, Number.parseInt(seed, 16)), reply),
    reference: '1.30-1.47 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'Slice a string out of the text once, when you have found its end; build it from pieces only when it has a backslash. Compare charCodeAt with numbers instead of making strings of one character.',
  },
];
