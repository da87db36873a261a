/** Likely causes, in the student's words. Those that look at the result choose between the common mistakes. */
import type { Cause } from '../../../harness/expectations.ts';

export const causes = {
  timer:
    'a record must not wait for company: begin the flush at once when none is under way. Those who come meanwhile are the company of the next one',
  atOnce: (received) => {
    if (received === 'old;')
      return 'nothing was written: does the first append begin a flush, or wait for more?';
    if (received === '') return 'what stood in the file before must stay';
    return 'file.append gets the bytes of the record as they are, nothing before and nothing behind them';
  },
  again:
    'the second record came when nothing was under way: is the field that says "a flush runs" cleared at its end?',
  writeThenSync: 'one flush is one append and one sync behind it: await the first before you call the second',
  tooEarly:
    'the record was answered while the sync was still under way: until it has succeeded, a power cut takes the bytes',
  turns:
    'one turn of the event loop (setImmediate) before a batch is all that may pass until file.append is called: nobody waits for company',
  overlap:
    'one call of the file at a time. Was the cut awaited? And does the field that says "a flush runs" stay set from the start of the loop to its end? Who is answered may append again before the loop has looked at the list once more: only the loop, in its last line, may clear the field',
  throws: 'append returns a promise in any case: return Promise.reject(...) instead of throw',
  cap: 'maxBytes is the only limit of a batch: all who wait travel in one file.append',
  sameError: 'pass on the error of file.sync itself, the same object, to everybody: no new Error',
  notFull:
    'a FullError says "try again later". After close that is wrong, also when too much is pending: look at the refusal first',
  syncErrorWins:
    'after a failed sync every append gets the error of that sync, whether close was called before or afterwards',
  leftAlone:
    'after a failed sync nothing may be asked of the file any more, by close neither; and close never closes the file',
  polls:
    'close asks again in every turn of the event loop, which keeps a processor busy as long as the disk works: await the promise of the flush',
  sizeFails:
    'file.size() can fail like file.append, with nothing written: reject this batch with its error, and ask again with the next. Does the call stand inside the try?',
  oneFlush:
    'a second flush began while the first was under way: append begins one only when none runs, and the records wait for the next',
  notYet:
    'this record came after the append of the flush, so that flush cannot answer it: take the batch out of the list before the first await',
  together: (received) =>
    Array.isArray(received) && received.length > 2
      ? 'those who waited went one by one: the next flush takes all of them in one file.append'
      : 'when a flush has ended and somebody waits, the next one begins; it takes all who wait',
  swap: 'every record is written once, and answered by the flush that wrote it: take the batch out of the list before the first await, and answer exactly those in it',
  order: 'records stand in the file in the order of the calls of append, each once',
  answersInOrder: 'one flush at a time, and the answers of a batch in the order of its records',
  maxBytes: (received) => {
    const sizes = Array.isArray(received) ? received.map(Number) : [];
    if (sizes.some((size) => size > 101))
      return 'take from the front while the sum of the lengths stays within maxBytes';
    if (sizes.includes(101) === false)
      return 'a record that is larger than maxBytes must still be written: take one record in any case';
    return 'fill each batch from the front until the next record does not fit; never take a later one that would';
  },
  empty:
    'count records and not bytes when you ask whether there is anything to do; an empty record has a position too',
  emptyAlone:
    'a record above maxBytes travels alone, without even an empty one beside it, and an empty one is written by file.append like any other',
  emptyWaits: 'an empty record has its turn like any other: behind those that came before it',
  early: 'maxPending records may be pending: three fit, the one in flight included',
  full: (received) =>
    received === 'waiting'
      ? 'too many are pending: count those in flight as well as those that wait, and reject at once. A caller who is made to wait takes up memory just the same'
      : "return Promise.reject(new FullError('...'))",
  room: 'a record that has its answer is not pending any more, and one that was refused leaves nothing behind',
  roomAtOnce:
    'a record that has its answer is not pending any more: lower the count before you resolve, since the caller may append again at once',
  ownError: 'reject each record of the batch with the error that the disk gave',
  cutBack: (received) => {
    if (received === 'old;r1;' || received === 'waiting')
      return 'the disk has room again: a failed append is the end of its batch, not of the committer';
    return 'a failed append can leave a part of its bytes. Remember where the file ended before it (file.size() once, then what you wrote), and cut it back with file.truncate before the next append';
  },
  stuckCut:
    'half a record stands at the end of the file and cannot be cut off: call the file no more, and reject all who wait and all who come with the error of the cut. Only the batch has the error of its append',
  everybody:
    'every record must get its answer: look for a path that forgets those in the batch, or those that wait',
  waitingToo:
    'this one waited for the next flush, and there is none any more: reject all who wait when the sync fails',
  neverAgain:
    'after a failed sync nobody knows what is on the disk. A second sync may succeed without the lost bytes: never sync or append again, and reject every later append with that error',
  closed: 'close was called: reject what comes afterwards, and before you add it to the list',
  closeWaits:
    'close resolved too early: wait until the flush under way and all that follow it have ended, a second close just the same',
  closeKeeps: 'what was accepted before close is written: close only stops new records from coming',
  closeEnds: 'close resolves when nobody waits any more; a second call has nothing to do and resolves too',
  closeNeverRejects: (received) =>
    String(received).includes('rejected')
      ? 'who lost a record was told by the promise of its append; close only says that nobody waits any more'
      : 'close waits for a flush that has ended: does your loop end, and resolve, also when the disk fails?',
} satisfies Record<string, Cause>;
