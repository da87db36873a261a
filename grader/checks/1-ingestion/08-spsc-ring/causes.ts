/** Likely causes, in the student's words. Those that look at the result choose between the common mistakes. */
import type { Cause } from '../../../harness/expectations.ts';

export const causes = {
  capacity:
    'alloc and the constructor refuse with a RangeError what is no power of two from SMALLEST to LARGEST: positions are the lowest bits of a counter, which only works then',
  size: 'the buffer holds the counters (DATA bytes) and behind them the ring: DATA + bytes',
  making:
    'the constructor only looks: the other thread is at work, or asleep, and what stands in the buffer is true',
  unchanged: 'an answer of false leaves WRITTEN and all bytes as they were: decide before you write anything',
  isFull: (received) =>
    received === 'true'
      ? 'there is no room: WRITTEN - READ bytes are in use, and the record needs 4 more than its own. What is overwritten, nobody has read'
      : 'no room is no error: return false',
  counted:
    'each false adds one to what stands in REFUSED, through atomics, and nothing else does: a field of the object does not know of other objects',
  tooLarge:
    'with its length in front a record must fit into half of the ring: throw a RangeError before anything else, even when the ring is full. It counts as no refusal',
  fits: 'exactly half of the ring, the length included, is allowed',
  'not-atomic': 'WRITTEN is changed by `this.#atomics.store(this.#cells, WRITTEN, ...)` and in no other way',
  'not-published': 'a record is there when WRITTEN says so: store it when all is in its place',
  'bytes-later':
    'the reader in the other thread may come as soon as WRITTEN is stored: write the length and the bytes before, the mark of a wrap too',
  'read-changed': 'READ belongs to the reader: the writer only looks at it',
  waits: 'tryWrite never waits: without room it returns false, and the caller decides',
  'bytes-missing': 'the bytes of the record must stand in the ring, in one piece, when WRITTEN is stored',
  roundTrip: (received) => {
    if (received === '')
      return 'nothing came: is WRITTEN stored, and does the reader load it each time it has nothing more?';
    if (String(received).includes(' | ')) return 'two records came: what was read once must not come again';
    if (String(received).startsWith('tryWrite: ')) return 'the ring is empty: there is room';
    return 'visit gets the bytes of the record and nothing else: as long as it was, copied when tryWrite was called. A record can be a part of a larger buffer. Or a record came twice: was READ stored?';
  },
  max: 'readBatch visits as many as there are, at most max, and returns how many it has visited; what visit returns means nothing',
  visitThrows:
    'use try and finally: what visit throws passes on as it is, also undefined, READ is stored behind the record at which visit threw, and those behind it come with the next call',
  view: 'until readBatch returns, what visit got must stay: give each call an array of its own, and store READ only at the end of the batch',
  lied: 'your code acted on something that atomics did not tell, or changed something past it. Look at the four counters with this.#atomics.load when you decide, change them with this.#atomics only, and use nothing else in front of DATA',
  readerDies:
    'READ is stored when the whole batch was visited, at the end of readBatch: before that the records must stay',
  overslept:
    'the record came between your look at WRITTEN and the sleep. Give atomics.wait the value that you saw: it returns at once if the cell holds another. And say that you wait before that look',
  notWoken:
    'the reader sleeps, the record is there, and nobody woke it: when the reader waits, tryWrite must call atomics.notify for the cell that the reader sleeps on, after WRITTEN is stored',
  spins: 'waitReadable must sleep in atomics.wait, and not look again and again',
  neverEnds: 'count the time from the call: each new sleep has only what is left of ms',
  late: (received) =>
    received === 'true'
      ? 'that atomics.wait has ended does not mean that there is a record: a notify can come late. Look again'
      : 'that atomics.wait has ended does not mean that the time is over: look again, and sleep for what is left',
  limit: 'sleep for what is left of ms: no more, not in small pieces, and also when it is little',
  quiet:
    'a call of notify costs more than the record: call it only when WAITING says that the reader waits, and set WAITING back when waitReadable returns, however it ends',
  lostWake:
    'both sides must tell first and look afterwards. Writer: store WRITTEN, then load WAITING. Reader: store WAITING, anew before each sleep, then look at WRITTEN, as wait itself does when it sleeps on that cell',
  threads: (received) =>
    String(received).includes('bytes')
      ? 'the single-threaded checks pass, so look at what both threads change: a field of the object is seen by one thread only, and each counter may have one writer only'
      : undefined,
} satisfies Record<string, Cause>;

/** An interface that is not allowed here says so itself. */
function unlessForbidden(cause: string): Cause {
  return (received) => (String(received).startsWith('ForbiddenApi') ? undefined : cause);
}

/** What the kinds of `Difference` come from. */
export const differences: Readonly<Record<string, Cause>> = {
  refused:
    'there was room. Bytes in use are WRITTEN - READ as 32 bits (`| 0`), also when a counter has wrapped around; a record takes 4 + its length, rounded up to a multiple of 4, and the rest of the ring only when it does not fit before the end. Was READ looked at again before false was returned?',
  overfull: 'more bytes wait than the ring has: what nobody has read was overwritten',
  count: 'readBatch visits min(max, what is there) records, and returns that number',
  bytes:
    'a record came back changed. At the end of the ring: does the record begin at the front when it does not fit, and do writer and reader agree on when that is? Is there always room for the mark? Is a position the lowest bits of the counter, even of a negative one?',
  threw: unlessForbidden(
    'a position outside the ring? Take the lowest bits of the counter: `counter & (capacity - 1)`, also when the counter is negative',
  ),
  answer: 'tryWrite returns true or false',
  moved: 'false means that nothing has happened',
  tally: 'REFUSED is a shared cell, so that both ends see it: one more for each false',
};

/** What the kinds of `Finding` come from, when writer and reader meet in the middle of a call. */
export const meetings: Readonly<Record<string, Cause>> = {
  bytes:
    'the reader may use the bytes of a record only after it has seen WRITTEN behind them, its length too; and the writer may use those of a read record only after READ has moved. Which of your lines looks too early, or stores too early?',
  lost: 'what is written (WRITTEN has moved, once for each record) is read once, whatever else happens meanwhile: keep what you saw of the other side apart from your own counter',
  view: causes.view,
  threw: unlessForbidden(
    'did the reader take a length from memory that WRITTEN does not cover yet? Old bytes stand there: look at WRITTEN first. And a mark that is published before its record leads to such memory',
  ),
  endless: 'one look at the other side is enough to decide: neither side waits for the other here',
  lied: causes.lied,
};
