import type { Mutant } from '../../../instructor/mutant.ts';

const file = 'pool.ts';

export const mutants: Mutant[] = [
  {
    id: 'starts-them-all',
    misconception: 'a pool has its threads ready before the first task comes',
    file,
    find: 'let thread: Thread<I, O> | undefined;\n    for (;;) {',
    replace: 'let thread: Thread<I, O> | undefined = new Thread(this.#file);\n    for (;;) {',
    killedBy: 'result',
  },
  {
    id: 'thread-per-task',
    misconception: 'a thread is done when its task is',
    file,
    find: '      task.settle(answer);',
    replace: '      await thread?.end();\n      task.settle(answer);',
    killedBy: 'result',
  },
  {
    id: 'looks-for-an-error',
    misconception: 'a task has failed when its answer has an error',
    file,
    find: 'if (answer.ok) this.#resolve(answer.output);\n    else this.#reject(answer.error);',
    replace:
      'const { output, error } = answer as { output?: O; error?: unknown };\n    if (error === undefined) this.#resolve(output as O);\n    else this.#reject(error);',
    killedBy: 'throws',
  },
  {
    id: 'throw-ends-thread',
    misconception: 'a thread in which something was thrown cannot be trusted any more',
    file,
    find: '(answer: Answer<O>) => this.#finish(answer));',
    replace:
      '(answer: Answer<O>) => {\n      if (!answer.ok) void this.end();\n      this.#finish(answer);\n    });',
    killedBy: 'throws',
  },
  {
    id: 'one-thread-is-enough',
    misconception: 'one thread beside the main one keeps the event loop free',
    file,
    find: 'Array.from({ length: size }',
    replace: 'Array.from({ length: Math.min(size, 1) }',
    killedBy: 'matched',
  },
  {
    id: 'one-too-many',
    misconception: 'a spare thread does no harm',
    file,
    find: 'Array.from({ length: size }',
    replace: 'Array.from({ length: size + 1 }',
    killedBy: 'one-each',
  },
  {
    id: 'newest-first',
    misconception: 'a list of tasks is a list: push and pop',
    file,
    find: 'this.#waiting = new BoundedQueue(maxQueue);',
    replace: `this.#waiting = new (class extends BoundedQueue<Task<I, O>> {
      override async take(): Promise<Task<I, O>[]> {
        const all = await super.take(1);
        if (this.size > 0) all.push(...(await super.take(this.size)));
        const last = all.pop();
        for (const each of all) this.push(each);
        return last === undefined ? [] : [last];
      }
    })(maxQueue);`,
    killedBy: 'fifo',
  },
  {
    id: 'running-tasks-wait-too',
    misconception: 'the queue has room for the tasks that run and for those that wait',
    file,
    find: 'new BoundedQueue(maxQueue)',
    replace: 'new BoundedQueue(size + maxQueue)',
    killedBy: 'full',
  },
  {
    id: 'waits-for-room',
    misconception: 'when the queue is full, the caller waits for a place',
    file,
    find: '        reject(new FullError(`${this.#waiting.capacity} tasks wait already`));\n',
    replace:
      '        setTimeout(() => resolve(this.run(input, timeoutMs === undefined ? { transfer } : { transfer, timeoutMs })), 1);\n',
    killedBy: 'full',
  },
  {
    id: 'frees-late',
    misconception: 'first the caller, then the housekeeping',
    file,
    find: '      task.settle(answer);\n',
    replace: '      task.settle(answer);\n      await undefined;\n',
    killedBy: 'full',
  },
  {
    id: 'always-copies',
    misconception: 'postMessage moves what it can by itself',
    file,
    find: 'postMessage(task.input, task.transfer)',
    replace: 'postMessage(task.input)',
    killedBy: 'transfer',
  },
  {
    id: 'moves-at-the-call',
    misconception: 'the input must be taken out of the caller’s hands as soon as run is called',
    file,
    find: 'const task = new Task<I, O>(input, transfer, resolve, reject);',
    replace:
      'const own = transfer.length === 0 ? input : structuredClone(input, { transfer: [...transfer] as ArrayBuffer[] });\n      const task = new Task<I, O>(own, [], resolve, reject);',
    killedBy: 'transfer',
  },
  {
    id: 'copies-to-see',
    misconception: 'whether an input can be copied is to be seen by copying it',
    file,
    find: '    this.#worker.postMessage(task.input, task.transfer);\n',
    replace: '    structuredClone(task.input);\n    this.#worker.postMessage(task.input, task.transfer);\n',
    killedBy: 'transfer',
  },
  {
    id: 'postmessage-never-throws',
    misconception: 'postMessage only sends: what goes wrong goes wrong on the other side',
    file,
    find: '        answer = { ok: false, error };\n',
    replace: '        throw error;\n',
    killedBy: 'unclonable',
  },
  {
    id: 'unclonable-ends-thread',
    misconception: 'a thread whose message could not be sent must be replaced',
    file,
    find: '        answer = { ok: false, error };\n',
    replace: '        await thread?.end();\n        answer = { ok: false, error };\n',
    killedBy: 'unclonable',
  },
  {
    id: 'code-0-is-no-failure',
    misconception: 'a thread that ends with exit code 0 has done its work',
    file,
    find: '        this.#finish({ ok: false, error });\n',
    replace: '        if (code !== 0) this.#finish({ ok: false, error });\n',
    killedBy: 'exit',
  },
  {
    id: 'exit-forgets-its-task',
    misconception: 'a thread that ends has told by its error event what there was to tell',
    file,
    find: '        this.#finish({ ok: false, error });\n',
    replace: '        if (failure !== undefined) this.#finish({ ok: false, error });\n',
    killedBy: 'chaos',
  },
  {
    id: 'an-error-is-something',
    misconception: 'where there is an error there is a value that is not undefined',
    file,
    find: 'const { error } = failure ?? { error: new ExitError(`the thread ended with exit code ${code}`) };',
    replace: 'const error = failure?.error ?? new ExitError(`exit code ${code}`);',
    killedBy: 'exit',
  },
  {
    id: 'tries-again',
    misconception: 'a task whose thread has ended was not performed, so another thread must do it',
    file,
    find: '        answer = await thread.perform(task);\n',
    replace:
      '        answer = await thread.perform(task);\n        if (thread.isEnding && !task.isAnswered) {\n          thread = new Thread(this.#file);\n          answer = await thread.perform(task);\n        }\n',
    killedBy: 'exit',
  },
  {
    id: 'keeps-the-reason',
    misconception: 'that the thread ended is all that the caller needs to know',
    file,
    find: '      failure = { error };\n',
    replace: '      void error;\n',
    killedBy: 'memory',
  },
  {
    id: 'hires-the-dead',
    misconception: 'a thread that has nothing to do cannot fail',
    file,
    find: '    return this.#isEnding;\n',
    replace: '    return this.#isEnding && this.#finish.length > 1;\n',
    killedBy: 'idle-end',
  },
  {
    id: 'no-error-listener',
    misconception: 'exit is enough: it comes after every error',
    file,
    find: "this.#worker.on('error', ",
    replace: "this.#worker.on('messageerror', ",
    killedBy: 'exit',
  },
  {
    id: 'new-never-throws',
    misconception: 'new Worker only starts a thread: what is wrong with the file shows later, in its events',
    file,
    find: '      let answer: Answer<O>;\n      try {\n        if (thread === undefined || thread.isEnding) thread = new Thread(this.#file);\n',
    replace:
      '      let answer: Answer<O>;\n      if (thread === undefined || thread.isEnding) thread = new Thread(this.#file);\n      try {\n',
    killedBy: 'bad-file',
  },
  {
    id: 'replaces-at-once',
    misconception: 'a pool always has its threads, so one that ends is replaced at once',
    file,
    find: '        resolve();\n',
    replace: '        if (code !== 0) new Thread(file);\n        resolve();\n',
    killedBy: 'bad-file',
  },
  {
    id: 'computes-for-nobody',
    misconception: 'when the time is up the caller must be told; the thread will be done some time',
    file,
    find: '      void this.thread?.end();\n',
    replace: '',
    killedBy: 'timeout',
  },
  {
    id: 'setTimeout-overflows',
    misconception: 'setTimeout takes any number of milliseconds',
    file,
    find: `    this.#stopTimer = realClock.timer(timeoutMs, () => {
      this.settle({ ok: false, error: new TimeoutError(\`no answer within \${timeoutMs} ms\`) });
      void this.thread?.end();
    });
`,
    replace: `    const timer = setTimeout(() => {
      this.settle({ ok: false, error: new TimeoutError(\`no answer within \${timeoutMs} ms\`) });
      void this.thread?.end();
    }, timeoutMs);
    this.#stopTimer = () => clearTimeout(timer);
`,
    killedBy: 'timeout',
  },
  {
    id: 'zero-is-no-limit',
    misconception: 'an option that is falsy was not given',
    file,
    find: 'if (timeoutMs !== undefined) task.limit(timeoutMs);',
    replace: 'if (timeoutMs) task.limit(timeoutMs);',
    killedBy: 'timeout',
  },
  {
    id: 'timer-left-running',
    misconception: 'a timer that fires after the answer does no harm',
    file,
    find: '    this.#stopTimer?.(); // or the timer keeps the task, and the process, until it fires\n',
    replace: '',
    killedBy: 'timeout',
  },
  {
    id: 'time-counts-from-the-start',
    misconception: 'a task that has not started cannot be late',
    file,
    find: '      this.settle({ ok: false, error: new TimeoutError',
    replace:
      '      if (this.thread === undefined) return;\n      this.settle({ ok: false, error: new TimeoutError',
    killedBy: 'timeout-waiting',
  },
  {
    id: 'starts-who-gave-up',
    misconception: 'what is in the queue will be performed',
    file,
    find: '      if (task.isAnswered) continue; // its time was up while it waited\n',
    replace: '',
    killedBy: 'timeout-waiting',
  },
  {
    id: 'terminate-is-instant',
    misconception: 'after terminate() the thread is gone',
    file,
    find: '      if (thread?.isEnding === true) await thread.ended;\n',
    replace: '',
    killedBy: 'late-answer',
  },
  {
    id: 'close-rejects-who-waits',
    misconception: 'who waits when the pool is closed has come too late',
    file,
    find: '    this.#waiting.close();\n',
    replace:
      "    const late = this.#waiting.size === 0 ? [] : await this.#waiting.take(this.#waiting.size);\n    for (const task of late) task.settle({ ok: false, error: new Error('the pool is closed') });\n    this.#waiting.close();\n",
    killedBy: 'close',
  },
  {
    id: 'another-promise',
    misconception: 'an async method that is called twice returns the same promise',
    file,
    find: '  close(): Promise<void> {',
    replace: '  async close(): Promise<void> {',
    killedBy: 'close',
  },
  {
    id: 'closed-is-full',
    misconception: 'a pool that takes no more tasks is full',
    file,
    find: "Promise.reject(new Error('the pool is closed'))",
    replace: "Promise.reject(new FullError('the pool is closed'))",
    killedBy: 'close',
  },
  {
    id: 'leaves-the-threads',
    misconception: 'threads without work end by themselves',
    file,
    find: '    await thread?.end();\n',
    replace: '',
    killedBy: 'close',
  },
  {
    id: 'does-not-await-the-end',
    misconception: 'terminate() needs no await: nothing comes after it',
    file,
    find: '    await thread?.end();\n',
    replace: '    void thread?.end();\n',
    killedBy: 'close',
  },
  {
    id: 'told-is-gone',
    misconception: 'a thread that has been told to end need not be waited for any more',
    file,
    find: '    this.#isEnding = true;\n    await this.#worker.terminate();\n',
    replace:
      '    const wasTold = this.#isEnding;\n    this.#isEnding = true;\n    this.#finish({ ok: false, error: undefined });\n    const gone = this.#worker.terminate();\n    if (!wasTold) await gone;\n',
    killedBy: 'close-troubles',
  },
  {
    id: 'listener-per-task',
    misconception: 'each task listens for the exit of its thread',
    file,
    find: '    task.thread = this;\n',
    replace: "    task.thread = this;\n    this.#worker.once('exit', () => {});\n",
    killedBy: 'no-leaks',
  },
  {
    id: 'keeps-all-promises',
    misconception: 'close must know all promises, to wait for them',
    file,
    find: '    return new Promise((resolve, reject) => {\n',
    replace:
      '    const own: Promise<O>[] = this.#own;\n    return own[own.push(this.#start(input, { transfer, ...(timeoutMs === undefined ? {} : { timeoutMs }) })) - 1] as Promise<O>;\n  }\n  readonly #own: Promise<O>[] = [];\n  #start(input: I, { transfer = [], timeoutMs }: RunOptions): Promise<O> {\n    return new Promise((resolve, reject) => {\n',
    killedBy: 'no-leaks',
  },
  {
    id: 'waits-for-ever',
    misconception:
      'a promise may be waited for as often as one likes: each task waits for the end of its thread',
    file,
    find: '    task.thread = this;\n',
    replace: '    task.thread = this;\n    this.ended.then(() => task);\n',
    killedBy: 'no-leaks',
  },
  {
    id: 'retires-threads',
    misconception: 'a thread should be replaced now and then, before it leaks',
    file,
    find: '    task.thread = undefined;\n    return answer;\n  }\n',
    replace:
      '    task.thread = undefined;\n    if (++this.#count === 20) await this.end();\n    return answer;\n  }\n  #count = 0;\n',
    killedBy: 'threads',
  },
  {
    id: 'asks-again-and-again',
    misconception: 'one has to look whether the thread is done',
    file,
    find: '    task.thread = this;\n',
    replace:
      '    task.thread = this;\n    const look = (): void => {\n      if (task.thread === this) setImmediate(look);\n    };\n    look();\n',
    killedBy: 'trip',
  },
];
