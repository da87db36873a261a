import type { Gate, GateContext, GateRequest } from '../../../gate/types.ts';

const requests = (random: GateContext['random']): GateRequest[] =>
  Array.from({ length: 32 }, () => ({
    method: 'POST',
    path: '/metrics',
    headers: { 'Content-Type': 'application/json', Accept: '*/*', 'User-Agent': 'craft' },
    body: JSON.stringify({
      name: `cpu.${random.integer(0, 999)}`,
      value: random.next(),
      tags: { host: `web-${random.integer(0, 99)}` },
    }).padEnd(random.integer(100, 300)),
    status: 202,
    reply: '{"status":"accepted","count":1}',
  }));

export const gates: Gate[] = [
  {
    id: 'kept-cpu',
    kind: 'ratio',
    title: 'a request on a kept connection costs at most 0.4 times one with a connection of its own',
    limit: 0.4,
    size: 120,
    yardstick: {
      name: 'a request with its own connection',
      file: 'gatework.ts',
      prepare: 'prepareRequests',
      work: 'askAnew',
    },
    student: { file: 'gatework.ts', prepare: 'prepareRequests', work: 'askKept' },
    verify: (reply, size) =>
      reply === size ? undefined : `${String(reply)} of ${size} requests got the right answer`,
    reference: '0.20 to 0.29 (2-core EPYC VM, busy, Node 20.20, 2026-11-24)',
    advice:
      'Does each connection stay open? What is set up for each request, and could be for each connection?',
  },
  {
    id: 'node-cpu',
    kind: 'ratio',
    transport: 'http',
    title: 'a request on a kept connection costs no more than with node:http',
    limit: 1,
    yardstick: { name: 'node:http', file: 'gatework.ts', start: 'serveNode' },
    student: { file: 'gatework.ts', start: 'serveKept' },
    requests,
    reference: '0.65 to 0.72 (2-core EPYC VM, busy, Node 20.20, 2026-11-24)',
    advice: 'One write for an answer, head and body together; no timer made and cleared for each request.',
  },
];
