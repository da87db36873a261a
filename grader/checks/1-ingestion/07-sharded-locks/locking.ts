/** The mutex: alone, in every order of two and three simulated threads, and under real ones. */
import { check, expectEqual, expectTrue, shape, z } from '../../../harness/index.ts';
import { expectCounter, expectNoProblem, type Kind, sceneOf } from './lab.ts';

const repliesSchema = z.object({ answers: z.array(z.string()), others: z.array(z.number()) });

const takeCauses: Readonly<Record<Kind, string>> = {
  judge:
    'both saw that the lock was free before one of them took it. Look and take must be one operation: Atomics.compareExchange(cells, i, 0, 1) === 0',
  asleep:
    'the sleeper was not woken. Three usual reasons: unlock looked whether somebody waits before the waiter had said so; the woken one took the lock as "nobody waits", although others sleep (it cannot know: say "somebody may wait"); notify came before the cell was free',
  timeout:
    'only the time-out of Atomics.wait ends this sleep. It hides a wake-up that is missing, and costs time whenever nothing is missing: sleep without one, and find out who should have woken you',
  spins:
    'a waiting thread asks again and again: after a try or two it must sleep in Atomics.wait. And does the value that you give to wait equal the one in the cell? If not, it returns at once',
  threw: 'the lock was held by this thread, and unlock said no: does lock leave 0 in the cell?',
};

check('free-or-held', 'one thread: a free lock can be taken, a held one cannot', async ({ subject }) => {
  const driver = await subject.driver();
  const script = [
    'try 1',
    'try 1',
    'try 2',
    'unlock 1',
    'lock 1',
    'try 1',
    'unlock 1',
    'try 1',
    'unlock 2',
    'lock 2',
  ];
  const reply = shape('the calls', await driver.call('calls', script), repliesSchema);
  const expected = ['true', 'false', 'true', 'done', 'done', 'false', 'done', 'true', 'done', 'done'];
  const numbered = (list: readonly string[]): Record<string, string> =>
    Object.fromEntries(list.map((answer, i) => [`${i + 1}. ${script[i]}`, answer]));
  expectEqual(
    'calls on the locks in cells 1 and 2, each by a new SabMutex on that cell',
    numbered(reply.answers),
    numbered(expected),
    (received) => {
      if (reply.answers.includes('sleeps'))
        return 'the lock was free: was 0 put back into the cell by unlock?';
      return reply.answers[1] === 'true'
        ? 'a second object on the same cell is the same lock: keep its state in the cell, and nowhere else'
        : `0 in the cell is free, anything else is held${received === undefined ? '.' : ''}`;
    },
  );
  expectEqual(
    'cells 0 and 3, which belong to others',
    reply.others,
    [0, 0],
    'the lock has one cell: cells[index]',
  );
});

check('unlock-free', 'unlock of a free lock throws, and changes nothing', async ({ subject }) => {
  const driver = await subject.driver();
  const script = ['unlock 1', 'try 1', 'try 1', 'unlock 1', 'unlock 1', 'lock 1', 'try 1', 'unlock 1'];
  const { answers } = shape('the calls', await driver.call('calls', script), repliesSchema);
  const all = `${script.join('; ')}: what each came to`;
  const shown = answers.map((answer) => (answer.startsWith('threw') ? 'threw' : answer));
  expectEqual(
    all,
    shown,
    ['threw', 'true', 'false', 'done', 'threw', 'done', 'false', 'done'],
    shown[0] === 'done'
      ? 'unlocking what is not locked is a mistake of the caller: throw an Error'
      : 'after it has thrown, the lock must be as free as before: what does your unlock leave in the cell? Atomics.exchange(cells, i, 0) leaves 0 in any case',
  );
});

check(
  'two-threads',
  'two threads, in every order of their steps',
  async ({ subject }) => {
    const driver = await subject.driver();
    for (const scene of [
      ['l', 'l'],
      ['ll', 'll'],
      ['l', 'tt'],
    ]) {
      const reply = await driver.callWithin(9_000, 'everyOrder', scene);
      expectNoProblem(sceneOf(scene), reply, takeCauses);
    }
  },
  { timeoutMs: 20_000 },
);

check(
  'three-threads',
  'three threads, in every order of their steps',
  async ({ subject }) => {
    const driver = await subject.driver();
    for (const scene of [
      ['l', 'l', 'l'],
      ['l', 'l', 't'],
    ]) {
      const reply = await driver.callWithin(9_000, 'everyOrder', scene);
      expectNoProblem(sceneOf(scene), reply, takeCauses);
    }
  },
  { timeoutMs: 20_000 },
);

check(
  'sleeps',
  'who waits sleeps',
  async ({ subject }) => {
    const driver = await subject.driver();
    expectNoProblem(
      'A is inside and does not move; B calls lock(); then A unlocks',
      await driver.call('waiter'),
      takeCauses,
    );
    const reply = await driver.callWithin(9_000, 'waitingCosts', 500);
    const schema = z.object({ cpuMs: z.number(), counter: z.number(), early: z.boolean() });
    const { cpuMs, counter, early } = shape('what waiting cost', reply, schema);
    expectEqual('a thread was inside while another one held the lock', early, false, takeCauses.judge);
    expectTrue('a thread waited for the lock for 500 ms: CPU time of the whole process', cpuMs < 150, {
      expected: 'less than 150 ms',
      received: `${Math.round(cpuMs)} ms`,
      cause: takeCauses.spins,
    });
    expectEqual('rounds of the waiting thread after the unlock', counter, 1, takeCauses.asleep);
  },
  { timeoutMs: 20_000 },
);

check(
  'increments',
  '4 threads add 250,000 each to a plain number',
  async ({ subject }) => {
    const driver = await subject.driver();
    expectCounter(
      '4 threads, each 250,000 times: lock, cells[1] += 1, unlock',
      await driver.callWithin(9_000, 'increments', 4, 250_000),
      1_000_000,
      {
        hung: 'does one of them sleep although the lock is free? The checks two-threads and three-threads tell in which order of steps; if they pass, a lock that is handed on to a certain thread makes everybody wait for it',
        lost: 'two threads were inside at the same time: the lock must be taken by one atomic operation, and given back after the last access',
      },
    );
  },
  { timeoutMs: 20_000 },
);

check(
  'hand-over',
  '3 threads, 200 rounds each with the lock held for a moment',
  async ({ subject }) => {
    const driver = await subject.driver();
    expectCounter(
      '3 threads, each 200 times: lock, sleep 0.05 ms, unlock',
      await driver.callWithin(9_000, 'handOver', 3, 200),
      600,
      { hung: takeCauses.asleep, lost: takeCauses.judge },
    );
  },
  { timeoutMs: 20_000 },
);

check(
  'with',
  'with() returns what the body returns, and unlocks when it throws',
  async ({ subject }) => {
    const driver = await subject.driver();
    for (const mode of ['returns', 'throws']) {
      expectEqual(
        `mutex.with(body), where the body ${mode}`,
        await driver.call('withBody', mode),
        {
          outcome: mode === 'returns' ? 'the value of the body' : 'the error of the body',
          wasHeld: true,
          freeAfterwards: true,
        },
        mode === 'throws'
          ? 'unlock in a finally block, and let the error of the body pass as it is'
          : 'lock, then try { return body(); } finally { unlock }',
      );
    }
    const scene = ['wl', 'lt'];
    expectNoProblem(sceneOf(scene), await driver.callWithin(9_000, 'everyOrder', scene), takeCauses);
  },
  { timeoutMs: 20_000 },
);

check('with-all', 'withAll() holds all the locks, and gives them back', async ({ subject }) => {
  const driver = await subject.driver();
  for (const order of [[2, 0], [1], [0, 1, 2], [2, 2, 1], []]) {
    for (const mode of ['returns', 'throws']) {
      expectEqual(
        `SabMutex.withAll([${order.map((index) => `cell ${index}`).join(', ')}], body), where the body ${mode}`,
        await driver.call('withAllBody', mode, order),
        {
          outcome: mode === 'returns' ? 'the value of the body' : 'the error of the body',
          held: [...new Set(order)].sort(),
          heldAfterwards: [],
        },
        order[0] === 2 && order[1] === 2
          ? 'the same cell is named twice, by two objects: who locks it a second time waits for itself. Compare addresses, not objects'
          : 'with() of one inside with() of the next unlocks all of them whatever happens, also when there is none',
      );
    }
  }
});

check(
  'opposite-orders',
  'two threads that name locks in opposite orders never wait for each other',
  async ({ subject }) => {
    const driver = await subject.driver();
    const scenes = [
      ['0 1', '1 0'],
      ['0 1 2', '2 0'],
      // The same two cells, by arrays that begin at different places: by the index alone the orders are opposite.
      ['1 0@2', '1 2'],
      ['0@1 0@2', '2 1'],
      // The same cell by two names.
      ['1@1 2', '2 1@0 0@2'],
    ];
    for (const scene of scenes) {
      const reply = await driver.callWithin(9_000, 'manyLocks', scene);
      const [a, b] = scene.map(
        (cells) =>
          `[${cells
            .split(' ')
            .map((cell) => `cell ${cell}`)
            .join(', ')}]`,
      );
      expectNoProblem(
        `A calls withAll(${a}), B withAll(${b}); "0@1" is cell 0 of an array that begins at cell 1`,
        reply,
        {
          ...takeCauses,
          asleep:
            'each holds what the other waits for. Everybody must take the locks in one order, whatever the order of the list: by the address in the buffer, byteOffset + 4 * index. The index alone is not enough when arrays begin at different places. (If one sleeps because of itself: a cell that is named twice is locked once, and 0@2 is cell 2)',
        },
      );
    }
  },
  { timeoutMs: 20_000 },
);
