/** Likely causes, in the student's words. Those that look at the result choose between the common mistakes. */
import type { Cause } from '../../../harness/expectations.ts';

export const causes = {
  throws: 'run returns a promise in any case: return Promise.reject(...) instead of throw',
  tooMany:
    "a thread lives until its 'exit' event, also when it has failed or is being terminated: start the next one after that event",
  unbounded:
    'when size threads have a task, the next task waits: start a thread only while fewer than size live',
  eager:
    'a thread is started when a task is there for it, not before: neither the constructor nor close starts one',
  noResult:
    "new Worker(file) starts a thread, worker.postMessage(input) gives it the task, and its 'message' event brings an Answer (worker.ts): { ok: true, output } or { ok: false, error }",
  reuse:
    'a thread performs one task after the other: keep it when it has answered. Starting one costs some 20 ms',
  values:
    'ask answer.ok, never whether there is an output or an error: a task may return undefined, or an Error',
  thrown: 'an Answer with ok: false rejects with its error, as it is',
  thrownValue:
    'a task may throw anything, undefined too: ask answer.ok, and reject with answer.error as it is',
  goesOn: 'the thread has answered, so it is free: the next task is its own, whatever became of the last',
  throwKeepsThread: 'an answer with ok: false is the end of a task, not of its thread: keep the thread',
  together:
    'with three tasks and size 3 there is a thread for each: start one while there are fewer than size, and none is idle',
  mixedUp: 'the answers come in another order than the tasks went: each thread must know whose task it has',
  oneEach:
    'a thread that has not answered yet has a task: the next one waits in the queue. A thread would begin both, and one that ends would take both along',
  lost: (received) =>
    received === 'waiting'
      ? 'its promise never settled: when a thread becomes free, or a new one is there, does the oldest task that waits get it?'
      : 'a task that waits goes to the next thread that is free, and its own promise gets the answer',
  unanswered:
    'its promise never settled: look for a path that forgets a task, in the queue or in a thread that ends',
  fifo: 'first come, first served: a new task must not overtake those that wait, also in the moment in which a thread becomes free',
  early: 'maxQueue counts the tasks that wait. Who has a thread, even one that is still starting, does not',
  full: (received) =>
    received === 'waiting'
      ? 'too many wait already: reject at once. A caller who is made to wait takes up memory just the same'
      : "return Promise.reject(new FullError('...'))",
  room: 'a task that has started does not wait any more, and one that was refused leaves nothing behind',
  roomAtOnce:
    'who was answered may call run again at once, and its thread must be free by then: free the thread first, then resolve or reject',
  refusedStays: 'a task that was rejected with a FullError must not be in the queue',
  moved:
    'hand transfer to worker.postMessage(input, transfer): the buffer then changes hands, without a copy',
  notMoved: 'only what is named in transfer is moved: the caller keeps the rest',
  refusedMoved:
    'a task that never started keeps its hands off the buffer: the caller may want to try again. Call postMessage (or structuredClone) only when a thread takes the task',
  port: (received) =>
    String(received).includes('DataCloneError')
      ? 'a MessagePort can only be moved, and transfer named it: hand transfer to whatever copies the input'
      : 'hand transfer to worker.postMessage: it may name a MessagePort, too',
  unclonable: (received) =>
    received === 'waiting'
      ? 'worker.postMessage throws when it cannot copy the input: catch that, and reject the promise of this task'
      : 'reject with the error that worker.postMessage throws',
  staysBusy:
    'postMessage threw, so the thread has not seen the task: it is still free, and who waits is next',
  unclonableThread: 'postMessage threw in your thread: the other one is unharmed. Keep it',
  exit: (received) =>
    received === 'waiting'
      ? "a thread that is gone does not answer: on its 'exit' event, reject the task that it had"
      : 'the thread ended without an error: reject with an ExitError, whatever its exit code',
  crash: (received) =>
    received === 'waiting'
      ? "it never had its turn, or its thread ended and nobody told it. On 'exit', whatever the code: reject the task that the thread had, and start a new thread if somebody waits"
      : "an uncaught error in a thread arrives in its 'error' event, before 'exit': reject the task with that error",
  queueGoesOn:
    "on 'exit', decide about task and thread separately: reject the task that the thread had; and if somebody waits, start a new thread",
  onlyItsOwn: 'only the task of the thread that ended is lost; the others must not notice',
  once: 'a task that was in a thread that ended is never started again: nobody knows how far it came',
  replaced: 'one new thread for each that ended, and only when a task waits for it',
  roomAfterEnd:
    'a thread that has ended makes room for another, and its task waits no more: count neither of them any longer',
  gaveUpStays: (received) =>
    String(received).includes('FullError')
      ? 'the task that ran out of time while it waited has given up its place when its turn would have come, at the latest'
      : 'maxQueue is 1, one task has the thread and one waits: the third is too many',
  kept: 'a task that has been answered is forgotten, and so is its promise: is there a list or a Map that it is never removed from?',
  memory: "a thread without memory ends with an 'error' event like any other, and an 'exit'",
  replacedForNobody: 'a thread ended and no task waits: start the next one when a task comes',
  roomAtEnd:
    "on 'exit', reject the task that was lost and let the oldest that waits start the next thread, without an await between the two: who was rejected may call run at once, and must neither find the queue full nor overtake those that wait",
  crashValue:
    "undefined can be thrown, too: whether there was an 'error' event is not to be told from its value",
  deadIdle:
    "on 'exit' an idle thread must leave the list of those that are free, or the next task goes to nobody",
  badFile: (received) =>
    received === 'waiting'
      ? "a thread whose file cannot be loaded has an 'error' and an 'exit' event, like one that ends later: reject the task that it was started for. new Worker can throw, too"
      : 'reject with the error of the thread, or with an ExitError if it gave none',
  respawn:
    'a new thread only for a task: if every thread that ends is replaced, a file that cannot be loaded is tried for ever',
  attempts:
    'each task starts one thread for itself, tries no second one, and does not end the attempts of others',
  timeout: (received) =>
    received === 'waiting'
      ? 'a timer for each task that has a timeoutMs: when it fires, reject with a TimeoutError'
      : 'when the timer fires, reject with a TimeoutError before you terminate the thread: its exit would be an ExitError',
  afterTimeout:
    "worker.terminate() ends a thread that does not listen; on its 'exit' event the next one may start",
  timeoutReplaces:
    'a thread whose task took too long is terminated and replaced; otherwise it computes on for nobody',
  longTime:
    'setTimeout fires at once when the delay is above 2,147,483,647 ms: realClock.timer of the kernel does not',
  timerLeft: 'the task was answered: stop its timer, or it holds the task, and the process, until it fires',
  zeroTime: 'a timeoutMs of 0 is a limit as well: only undefined is none',
  timeoutNoThread: 'nothing happened to the thread here: keep it',
  timeoutWaiting: 'the time counts from the call of run, so a task can run out of it while it waits',
  innocent:
    'the task that ran out of time was still waiting: the thread belongs to somebody else, so leave it alone',
  startedLate: 'its caller has been answered: take it out of the queue, or skip it when its turn comes',
  lateAnswer:
    'the timer fired, the thread is being terminated, and then its answer comes: it was too late. Do not give this thread another task',
  closed:
    'close was called: reject what comes afterwards, with an Error that is no FullError. That one says "try again later"',
  closeWaits: 'close resolves when the last task has been answered and the last thread is gone',
  closeDrains:
    'close only stops new tasks from coming: those accepted before are performed, with new threads where old ones end',
  closeEnds:
    'when the last task is answered, terminate the threads and resolve: the last event may be an exit, an answer or a timeout',
  closeIdle:
    'a thread that is idle when close is called has no answer, and no exit, still to come: terminate it, and wait for its end',
  closeReplaces:
    'after close, too, a thread that ends is replaced while somebody waits: the other threads may be busy for long',
  closeUnused: 'without tasks and threads there is nothing to wait for: resolve',
  threadsLeft:
    'close resolved while a thread was alive: await worker.terminate() of each, and the exit of those that are ending already',
  samePromise:
    'keep the promise in a field: this.#closing ??= ...; an async method would return a new one each time',
  closeNeverRejects: (received) =>
    String(received).includes('rejected')
      ? 'who lost a task was told by the promise of run; close only says that nothing runs any more'
      : 'close waits for something that never comes: when the last thread ends by itself, who tells close?',
  listeners:
    'set the listeners of a thread once, when it is started. One more for each task is one more for ever, or has to be removed',
} satisfies Record<string, Cause>;
