/** How a request ended that got a whole reply; and what one failed request met, worded for a person. */
import type { ReplyReader } from './reply.ts';
import type { Shared } from './shared.ts';
import type { Failure } from './tally.ts';

const names: Readonly<Record<Failure | 'unasked', string>> = {
  wrongBody: 'wrong body',
  timeouts: 'timeout',
  resets: 'reset',
  refused: 'refused',
  garbage: 'no HTTP',
  unasked: 'unasked',
};

export function example(kind: Failure | 'unasked', why: string): string {
  return `${names[kind]}: ${why}`;
}

/** The beginning of what a server sent, whatever it is. */
export function beginning(bytes: Buffer, count: number): string {
  return JSON.stringify(bytes.toString('latin1', 0, Math.min(count, 60)));
}

/** Counts the request that was due at `due` and left at `left` as what its reply makes of it. */
export function countReply(shared: Shared, reply: ReplyReader, due: number, left: number, now: number): void {
  const { tally, judge, timeoutMs } = shared;
  const { status } = reply;
  if (now - left > timeoutMs) {
    tally.fail('timeouts', 1, now);
    if (tally.lacks('timeouts'))
      tally.show('timeouts', example('timeouts', `no whole reply within ${timeoutMs} ms`));
  } else if (status !== judge.status) {
    tally.refuse(status, now);
    if (tally.lacks(String(status))) tally.show(String(status), `status ${status}: ${quote(reply)}`);
  } else if (judge.isRight(reply.bytes, reply.from, reply.to, reply.cut)) {
    tally.succeed(now - due, now);
  } else {
    tally.fail('wrongBody', 1, now);
    if (tally.lacks('wrongBody')) tally.show('wrongBody', example('wrongBody', quote(reply)));
  }
}

/** The beginning of a body. */
function quote({ bytes, from, to }: ReplyReader): string {
  return JSON.stringify(bytes.toString('utf8', from, Math.min(to, from + 160)));
}
