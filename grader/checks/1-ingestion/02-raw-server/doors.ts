/** The gate's two servers: one by the student, one by node:http. They say the same. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { student } from '../../../harness/driver.ts';

type Servers = typeof import('../../../../exercises/1-ingestion/02-raw-server/server.ts');
type Reply = import('../../../../exercises/1-ingestion/02-raw-server/reply.ts').Reply;

const { RawServer } = await student<Servers>('server.ts');

const acceptedOne = Buffer.from('{"status":"accepted","count":1}');
const fields = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-store',
  'X-Request-Id': '7f3a',
};

/** The gate's server, by the student. */
export async function serveRaw(): Promise<number> {
  const reply: Reply = { status: 202, headers: fields, body: acceptedOne };
  const server = new RawServer(({ body }) => (body.length > 0 ? reply : { status: 400 }));
  return server.listen(0);
}

/** The gate's yardstick: the same reply by node:http, as one would write it with care. */
export async function serveNode(): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      response.writeHead(body.length > 0 ? 202 : 400, {
        ...fields,
        'Content-Length': acceptedOne.length,
      });
      response.end(acceptedOne);
    });
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, backlog: 1_024 }, resolve));
  return (server.address() as AddressInfo).port;
}
