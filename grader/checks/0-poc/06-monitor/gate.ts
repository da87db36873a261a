/** The first figure of the whole platform; every later phase is compared with it. */
import type { Gate } from '../../../gate/types.ts';
import { shape, z } from '../../../harness/expectations.ts';
import { closedLoop } from '../../../harness/load.ts';
import { configIn } from './config.ts';

const CLIENTS = 20;
const REQUESTS = 1_000;

export const gates: Gate[] = [
  {
    id: 'baseline',
    title: `the platform answers ${CLIENTS} clients, all with 202`,
    kind: 'abs',
    limit: 200,
    unit: 'requests/s',
    better: 'higher',
    reference:
      '2,611 requests/s; 897 with every core taken by others (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'Answer as soon as the queue has accepted; nothing in the path of a request may wait for the disk or a timer.',
    rounds: 3,
    async measure({ start, scratch }) {
      const subject = await start();
      const module = await subject.load('monitor.ts');
      const monitor = await module.hold('boot', configIn(scratch, { batch: 100 }));
      const port = shape('the port of boot()', await monitor.get('port'), z.number());
      const body = (i: number): string =>
        JSON.stringify({ name: 'cpu_usage', value: i % 100, tags: { host: `web-${i % 8}` } });
      const load = { port, path: '/metrics', clients: CLIENTS, body };
      await closedLoop({ ...load, requests: 200 }); // the first requests pay for compiling the code
      const { requestsPerSecond, statuses, p99Ms } = await closedLoop({ ...load, requests: REQUESTS });
      await monitor.call('close');
      // A fast refusal is no answer: unless all are 202, nothing was served.
      if (statuses[202] !== REQUESTS)
        return { value: 0, note: `replies by status: ${JSON.stringify(statuses)}` };
      return { value: requestsPerSecond, note: `p99 ${p99Ms.toFixed(1)} ms, all ${REQUESTS} replies 202` };
    },
  },
];
