/**
 * Given: your `encodeHead` of 1.2, which is not asked again as long as its answer would be the same.
 *
 * Most replies of a server have one of a few heads, and for a second all of them have the same Date. To look whether
 * anything has changed costs a tenth of testing every name and value again.
 */
import { type After, encodeHead, type Reply } from '../02-raw-server/reply.ts';
import { httpDate } from '../02-raw-server/status.ts';

interface Remembered {
  readonly date: string;
  readonly status: number;
  readonly after: After;
  readonly length: number;
  readonly names: readonly string[];
  readonly values: readonly (string | undefined)[];
  readonly head: string;
}

const none: Readonly<Record<string, string>> = {};
let last: Remembered | undefined;

/** As `encodeHead(reply, after)`; throws what that throws. */
export function headOf(reply: Reply, after: After): string {
  const { status, headers = none, body = '' } = reply;
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const date = httpDate();
  if (
    last !== undefined &&
    last.status === status &&
    last.length === length &&
    last.after === after &&
    last.date === date &&
    hasFields(last, headers)
  ) {
    return last.head;
  }
  const head = encodeHead(reply, after);
  const names = Object.keys(headers);
  last = { date, status, after, length, names, values: names.map((name) => headers[name]), head };
  return head;
}

/** The values are compared, not the object: a handler may use one object again and change what is in it. */
function hasFields({ names, values }: Remembered, headers: Readonly<Record<string, string>>): boolean {
  let i = 0;
  for (const name in headers) {
    if (names[i] !== name || values[i] !== headers[name]) return false;
    i++;
  }
  return i === names.length;
}
