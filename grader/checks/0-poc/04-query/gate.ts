import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { failGate } from '../../../gate/index.ts';
import type { Gate } from '../../../gate/types.ts';
import { shape, z } from '../../../harness/expectations.ts';

const BLOCK_ROWS = 5_000;
const BLOCKS = 100;
/** Ten times what the reference takes on a busy machine. */
const SCAN_MS = 15_000;

export const gates: Gate[] = [
  {
    id: 'memory',
    kind: 'count',
    title: 'scanning 100 MB holds a few MB',
    limit: 64,
    unit: 'MB',
    async measure({ start, scratch }) {
      const path = join(scratch, 'metrics.jsonl');
      const rows = writeRows(path);
      const subject = await start();
      const driver = await subject.driver();
      const result = await driver.callWithin(SCAN_MS, 'peakMemory', path, rows).catch((error: unknown) => {
        const late = error instanceof Error && 'code' in error && error.code === 'CALL_TIMEOUT';
        if (!late) throw error;
        failGate(`a scan of 100 MB did not end within ${SCAN_MS / 1_000} s, where 1 s is usual`);
      });
      const { found, peakMb } = shape(
        'the scan',
        result,
        z.object({ found: z.number(), peakMb: z.number() }),
      );
      if (found !== rows) failGate(`a scan of ${rows} rows gave ${found}`);
      const value = Math.round(peakMb * 10) / 10;
      return { value, note: `${value} MB held at the most, garbage not counted, while 100 MB went through` };
    },
    reference: '6.8 MB (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'Yield each row as soon as its line is complete, and keep nothing but the unfinished last line of the block.',
  },
  {
    id: 'scan-exponent',
    kind: 'exponent',
    title: 'the cost of a scan grows with the file, not with its square',
    limit: 1.35,
    sizes: [10_000, 20_000, 40_000, 80_000],
    subject: { prepare: 'prepare', work: 'work' },
    verify(reply, size) {
      let sum = 0;
      for (let i = 0; i < size; i += 100) sum += i % 97;
      const expected = JSON.stringify({ found: size / 100, sum });
      const received = JSON.stringify(reply);
      return received === expected ? undefined : `a scan of ${size} rows gave ${received}, not ${expected}`;
    },
    reference: '1.01 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice: 'Look at each byte once: do not search or split text again that earlier blocks have brought.',
  },
];

/** About 100 MB, 200 bytes a row. */
function writeRows(path: string): number {
  const lines: string[] = [];
  for (let i = 0; i < BLOCK_ROWS; i++) {
    const tags = { host: `web-${i % 100}`, pad: 'x'.repeat(110 + (i % 21)) };
    lines.push(
      `${JSON.stringify({ name: 'cpu_usage', value: i % 97, timestamp: 1_700_000_000_000 + i, tags })}\n`,
    );
  }
  const block = Buffer.from(lines.join(''));
  const file = openSync(path, 'w');
  try {
    for (let i = 0; i < BLOCKS; i++) writeSync(file, block);
  } finally {
    closeSync(file);
  }
  return BLOCK_ROWS * BLOCKS;
}
