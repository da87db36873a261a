import type { Gate } from '../../../gate/types.ts';

export const gates: Gate[] = [
  {
    id: 'cpu',
    kind: 'ratio',
    transport: 'http',
    title: 'a request with a connection of its own costs at most 1.2 times what it costs node:http',
    limit: 1.2,
    yardstick: { name: 'node:http', file: 'doors.ts', start: 'serveNode', close: true },
    student: { file: 'doors.ts', start: 'serveRaw', close: true },
    requests: (random) =>
      Array.from({ length: 32 }, () => ({
        method: 'POST',
        path: '/metrics',
        headers: {
          'Content-Type': 'application/json',
          Accept: '*/*',
          'User-Agent': 'craft',
        },
        body: JSON.stringify({
          name: `cpu.${random.integer(0, 999)}`,
          value: random.next(),
          tags: { host: `web-${random.integer(0, 99)}` },
        }).padEnd(random.integer(100, 300)),
        status: 202,
        reply: '{"status":"accepted","count":1}',
      })),
    reference:
      '0.80 to 0.93, and 1.62 to 1.9 when each line of the head is a write (2-core EPYC VM, busy, Node 20.20, 2026-11-24)',
    advice:
      'Send a short reply with one write, head and body together: each write is a system call and a packet.',
  },
];
