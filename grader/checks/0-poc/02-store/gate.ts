import { failGate } from '../../../gate/index.ts';
import type { Gate } from '../../../gate/types.ts';
import { shape, z } from '../../../harness/expectations.ts';

const METRICS = 10_000;
const BATCH = 100;
/** One more than the full batches: the first metric may travel alone, since the store was waiting for it. */
const ALLOWED = Math.ceil(METRICS / BATCH) + 1;

export const gates: Gate[] = [
  {
    id: 'appends',
    kind: 'count',
    title: '10,000 metrics take 100 full batches, and one append more at most',
    limit: ALLOWED,
    unit: 'appends',
    async measure(context) {
      const driver = await (await context.start()).driver();
      const reply = await driver.call('countAppends', METRICS, BATCH);
      const { appends, lines } = shape(
        'what was counted',
        reply,
        z.object({ appends: z.number(), lines: z.number() }),
      );
      if (lines !== METRICS)
        failGate(`${METRICS} metrics were pushed, but ${lines} lines are in the file after stop()`);
      return { value: appends, note: `${appends} appends for ${METRICS} metrics with batch ${BATCH}` };
    },
    reference: '101; one append per line 10,000 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice: 'Join the lines of a whole batch and write them with one append, instead of one append per line.',
  },
];
