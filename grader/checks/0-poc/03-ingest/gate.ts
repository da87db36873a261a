import { request } from 'node:http';
import { failGate } from '../../../gate/index.ts';
import type { Gate } from '../../../gate/types.ts';
import { shape, z } from '../../../harness/expectations.ts';

const CHUNK = 1_024;
const Copies = z.object({ copied: z.number(), decoded: z.number(), calls: z.record(z.string(), z.number()) });

export const gates: Gate[] = [
  {
    id: 'body-copies',
    kind: 'count',
    title: 'a body that arrives in many chunks is copied a few times at most',
    // The chunks joined once: 1. A buffer that doubles when it is full: 2 to 3. Joined with every chunk: 2,000.
    limit: 4,
    unit: 'times the body',
    async measure({ start, random }) {
      const subject = await start();
      const driver = await subject.driver();
      await driver.call('countCopies');
      const setup = { capacity: 1_000, maxBody: 8_000_000, nowMs: 0, handlerOnly: false };
      const service = await driver.hold('start', setup);
      const port = shape('the port', await service.call('port'), z.number());
      // 1,000 metrics of about 4 KB: the size of the text varies, so that no buffer can be guessed right.
      const tag = 'x'.repeat(4_000 + random.integer(0, 100));
      const metrics = Array.from({ length: 1_000 }, (_, i) => ({
        name: 'big',
        value: i,
        timestamp: i,
        tags: { tag },
      }));
      const body = Buffer.from(JSON.stringify({ metrics }));
      const before = shape('the counts', await driver.call('copies'), Copies);
      const status = await post(port, body).catch(async (error: unknown) => {
        await subject.settle(); // when the handler threw, that is the better thing to report
        failGate(
          `POST /metrics with ${body.length} bytes in chunks of ${CHUNK} got no answer: ${String(error)}`,
        );
      });
      if (status !== 202)
        failGate(`POST /metrics with ${body.length} bytes in chunks of ${CHUNK} answered ${status}`);
      const after = shape('the counts', await driver.call('copies'), Copies);
      const copied = after.copied - before.copied;
      // The body must become text once. Bytes that are decoded again are work as much as bytes that are copied.
      const again = Math.max(0, after.decoded - before.decoded - body.length);
      const value = Math.round(((copied + again) / body.length) * 100) / 100;
      const most = Object.entries(after.calls).sort(([, a], [, b]) => b - a)[0]?.[0];
      const by = again > copied ? 'decoding' : (most ?? 'nothing');
      return {
        value,
        note: `${mb(copied + again)} MB copied for a body of ${mb(body.length)} MB, most of it by ${by}`,
      };
    },
    reference: '1.00 (2-core EPYC VM, Node 20.20, 2026-11-23)',
    advice:
      'Keep the chunks in an array and join them once, when the last one is there: Buffer.concat(chunks).',
  },
];

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

/** Sends the body in chunked encoding, each chunk by itself; resolves with the status of the answer. */
function post(port: number, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, method: 'POST', path: '/metrics', agent: false },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    outgoing.setTimeout(15_000, () => outgoing.destroy(new Error('no answer within 15 s')));
    outgoing.on('error', reject);
    for (let at = 0; at < body.length; at += CHUNK) outgoing.write(body.subarray(at, at + CHUNK));
    outgoing.end();
  });
}
