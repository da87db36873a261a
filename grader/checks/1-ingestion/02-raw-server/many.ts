/** Many polite clients, one after another. */
import { connect } from 'node:net';

/**
 * Sends at most `count` requests, for at most `ms` (a busy machine gets fewer), `lanes` at a time, each on a connection
 * of its own. Gives how many were sent, and how many got a 200.
 */
export async function askMany(
  port: number,
  request: string,
  { count, ms, lanes }: { count: number; ms: number; lanes: number },
): Promise<{ sent: number; answered: number }> {
  const deadline = performance.now() + ms;
  let sent = 0;
  let answered = 0;
  const ask = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('data', (chunk) => {
        if (chunk.toString('latin1', 0, 13) === 'HTTP/1.1 200 ') answered++;
      });
      socket.on('error', () => {});
      socket.on('close', () => resolve());
      socket.write(request);
    });
  const lane = async (): Promise<void> => {
    while (sent < count && performance.now() < deadline) {
      sent++;
      await ask();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { sent, answered };
}
