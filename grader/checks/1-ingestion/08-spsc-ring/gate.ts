import { failGate } from '../../../gate/index.ts';
import type { Gate } from '../../../gate/types.ts';
import { shape, z } from '../../../harness/expectations.ts';

const RECORDS = 10_000;
const RECORD_BYTES = 200;

/** What a reader makes of the records, the same sum as in mover.ts. */
function sumOf(records: number, salt: number): number {
  let sum = 0;
  for (let i = 0; i < records; i++)
    sum = (Math.imul(sum, 31) + ((i + salt) & 255) + ((i * 7 + salt) & 255) + RECORD_BYTES) | 0;
  return sum;
}

function saltOf(seed: string): number {
  let salt = 0;
  for (const character of seed) salt = (salt * 31 + (character.codePointAt(0) ?? 0)) & 255;
  return salt;
}

export const gates: Gate[] = [
  {
    id: 'looks',
    kind: 'count',
    title: "neither side looks at the other's counter for each record",
    limit: RECORDS / 8,
    unit: 'looks',
    async measure({ start }) {
      const driver = await (await start()).driver('work.ts');
      const reply = await driver.call('countLooks', RECORDS, RECORD_BYTES, 65_536, 64);
      const schema = z.object({
        looks: z.number(),
        all: z.number(),
        read: z.number(),
        published: z.number(),
      });
      const { looks, all, read, published } = shape('what was counted', reply, schema);
      if (read !== RECORDS) failGate(`${RECORDS} records were to be moved; ${read} came`);
      if (published < RECORDS)
        failGate(`WRITTEN was stored ${published} times through atomics for ${RECORDS} records`);
      return {
        value: looks,
        note: `${looks} looks at the shared counters, of ${all} uses in all, for ${RECORDS} records in batches of 64`,
      };
    },
    reference:
      '345; 468 with a look at WRITTEN for each batch; 10,300 when the writer looks at READ for each record (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'The writer keeps what it last saw of READ, and looks again only when that leaves no room. The reader keeps what it last saw of WRITTEN, and stores READ once for each batch.',
  },
  {
    id: 'cpu',
    kind: 'ratio',
    title: 'a record costs a fraction of a message',
    limit: 0.2,
    size: RECORDS,
    yardstick: { file: 'work.ts', name: 'postMessage', prepare: 'prepareMessages', work: 'move' },
    student: { file: 'work.ts', prepare: 'prepareRing', work: 'move' },
    verify(reply, size, seed) {
      const expected = sumOf(size, saltOf(seed));
      return reply === expected
        ? undefined
        : `the sum over ${size} records is ${expected}; theirs gave ${String(reply)}`;
    },
    reference:
      '0.09; a second design 0.12, a copy byte by byte 0.28, a copy for the reader 0.36 (2-core EPYC VM, shared, Node 20.20, 2026-11-23)',
    advice:
      'Copy a record once, with set, into the ring; hand out a view of the ring and no copy; and do nothing for a record that can be done once for a batch.',
  },
];
