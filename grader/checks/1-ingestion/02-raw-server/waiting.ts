/** Clients that do not read, or read slowly. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { check, expectEqual, expectTrue, shape, z } from '../../../harness/index.ts';
import { readSome } from './clients.ts';
import { type Form, long } from './content.ts';
import { type Lab, parseReply, request, withServer } from './lab.ts';

const LONG = 50_000_000;
const forms = ['bytes', 'text'] as const;
const get = (form: Form): string => request('GET', `/long/${form}`);
const Held = z.object({ rssMb: z.number(), unsentMb: z.number() });
const notItsBuffer =
  'a Uint8Array may be a part of a larger buffer: send it or a subarray of it, never its .buffer, and never as text';
const isStuck =
  'a client that takes nothing of its reply for headTimeoutMs is cut off, bytes or text, whatever it sends meanwhile: destroy its socket, or it holds the reply for ever';

check(
  'slow-reader',
  'a client that reads slowly does not make the server grow',
  async (context) => {
    await withServer(context, {}, async (lab) => {
      await lab.driver.call('watchWarnings');
      await lab.exchange(request('GET', '/hello'));
      for (const form of forms) {
        const expected = createHash('sha1').update(long(form, LONG)).digest('hex');
        await lab.call('giveLong', form, LONG);
        const { rssMb } = await lab.memory();
        const reader = await readSome(lab.port, get(form), 1_000_000);
        const what = `a reply of 50 MB, its body ${form === 'text' ? 'a string' : 'a Uint8Array'}`;
        await context.subject.settle();
        await expectSmall(lab, rssMb, what, form);
        const { head, size, sha1 } = await reader.finish(8_000);
        expectEqual(`the status of ${what}`, parseReply(head, what).status, 200);
        expectEqual(
          `bytes of ${what}, that arrived`,
          size,
          LONG,
          'after write() has returned false, go on when the socket emits drain; end() comes after the last piece',
        );
        expectTrue(`${what}: what arrived is not what was sent`, sha1 === expected, {
          expected: 'every piece once, in order, no byte changed',
          received: 'as many bytes, but others',
          ...(form === 'bytes' ? { cause: notItsBuffer } : {}),
        });
      }
      const cause =
        "a listener that is added for each piece must be removed again: once('drain'), or one that stays";
      expectEqual('warnings of the process', await lab.driver.call('watchWarnings'), [], cause);
    });
  },
  { fresh: true, timeoutMs: 20_000 },
);

/** The process must stay small while the client stands still; looks until it has stopped growing. */
async function expectSmall(lab: Lab, before: number, what: string, form: 'bytes' | 'text'): Promise<void> {
  // Bytes in a socket's queue may be the reply's own; text there is going to be copied.
  const growth = async (): Promise<number> => {
    const { rssMb, unsentMb } = shape('MB', await lab.driver.call('held'), Held);
    return Math.max(rssMb - before, form === 'text' ? unsentMb : 0);
  };
  let grown = await growth();
  for (let quiet = 0; quiet < 3 && grown < 20; ) {
    await pause(30);
    const now = await growth();
    quiet = Math.abs(now - grown) < 0.5 ? quiet + 1 : 0;
    grown = now;
  }
  expectTrue(
    `${what}, and a client that reads 1 MB and then stops: the server grew by ${Math.round(grown)} MB`,
    grown < 20,
    {
      expected: 'less than 20 MB more than the reply itself',
      received: `${Math.round(grown)} MB`,
      cause:
        form === 'bytes'
          ? 'Buffer.concat([head, body]) copies the body: join the two only when the body is short'
          : 'a string becomes bytes when it is written: write a piece of it, and when write() returns false stop and wait for drain. Otherwise the socket keeps all the pieces',
    },
  );
}

check(
  'never-reads',
  'a client that never reads is cut off, a slow one is not',
  async (context) => {
    await withServer(context, { headTimeoutMs: 800 }, async (lab) => {
      for (const form of forms) await lab.call('giveLong', form, LONG);
      const talks = await readSome(lab.port, get('bytes'), 0);
      const stuck = await readSome(lab.port, get('text'), 0);
      // One that does not read, and sends a byte now and then, does not read either.
      const talk = setInterval(() => talks.send('x'), 50);
      try {
        await Promise.all(forms.map((form) => expectPatience(lab, form)));
        await lab.untilNoneOpen('two clients have read nothing for longer than headTimeoutMs', isStuck);
      } finally {
        clearInterval(talk);
      }
      talks.destroy();
      stuck.destroy();
    });
  },
  { timeoutMs: 15_000 },
);

async function expectPatience(lab: Lab, form: Form): Promise<void> {
  const steady = await readSome(lab.port, get(form), 1);
  // Three megabytes at a time are more than the kernel's buffers give back unnoticed.
  for (let burst = 0; burst < 11; burst++) {
    await steady.more(3_000_000, 2_000);
    await pause(100);
  }
  const { size } = await steady.finish(5_000);
  expectEqual(
    `bytes (${form}) that a client got which reads 3 MB every 0.1 s, with headTimeoutMs of 0.8 s,`,
    size,
    LONG,
    'start the deadline again whenever the socket emits drain. A body in one write has no drain before its end: write it in pieces, to see that the client goes on',
  );
}
