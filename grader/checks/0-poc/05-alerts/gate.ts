/** 0.5 is judged by counting: what a loop asks of the store, and how late it is at the worst. */
import type { Gate } from '../../../gate/types.ts';
import { shape, z } from '../../../harness/expectations.ts';

const RULES = 20;
const TICKS = 50;
const WINDOW_MS = 60_000;
const INTERVAL_MS = 10_000;

export const gates: Gate[] = [
  {
    id: 'queries',
    title: 'each rule asks the store once per tick',
    kind: 'count',
    limit: RULES * TICKS,
    unit: 'queries',
    reference: '1,000 (exact; 2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice: 'Query once, keep the average in a variable, and use it both for the decision and in the event.',
    async measure({ start }) {
      const driver = await (await start()).driver();
      const value = shape('queries', await driver.call('countQueries', RULES, TICKS), z.number());
      return { value, note: `${value} queries for ${RULES} rules and ${TICKS} ticks` };
    },
  },
  {
    id: 'detection',
    title: 'a step is detected within one window and one interval',
    kind: 'count',
    limit: WINDOW_MS + INTERVAL_MS,
    unit: 'ms of simulated time, at the worst',
    reference: '68500 (exact, simulated time; 2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice: 'Tick at once at start() and then every intervalMs; the window of a tick ends at that very tick.',
    async measure({ start }) {
      const driver = await (await start()).driver();
      let value = 0;
      let note = '';
      // The step can come at any moment between two ticks: try ten of them, and keep the worst.
      for (let offset = 500; offset < INTERVAL_MS; offset += 1_000) {
        const delay = await driver.call('detectionDelay', offset, WINDOW_MS, INTERVAL_MS);
        const ms = shape('detection delay', delay, z.number());
        // Never told: as bad as a whole day, which no limit forgives.
        const counted = ms < 0 ? 86_400_000 : ms;
        if (counted > value) {
          value = counted;
          note = ms < 0 ? 'the step was never told' : `${ms} ms after a step ${offset} ms behind a tick`;
        }
      }
      return { value, note };
    },
  },
];
