import { check, expectEqual, expectThrows, expectTrue, fail, shape, z } from '../../../harness/index.ts';
import { churnSchema, expectTakes, has, judgeChurn, play, playSteps } from './lab.ts';

const notCounts = [0, -1, Number.NaN, 2.5, Number.POSITIVE_INFINITY];

check('capacity', 'a capacity must be a whole number of at least 1', async ({ subject }) => {
  const module = await subject.load('queue.ts');
  const nan = 'NaN < 1 is false, and so is every comparison with NaN; Number.isInteger(NaN) is false too';
  const others = 'throw a RangeError in the constructor unless Number.isInteger(capacity) and capacity >= 1';
  for (const capacity of notCounts) {
    const made = module.new('BoundedQueue', capacity).then(() => 'a queue');
    const cause = Number.isNaN(capacity) ? nan : others;
    await expectThrows(`new BoundedQueue(${capacity})`, made, cause, { name: 'RangeError' });
  }
  for (const capacity of [1, 3]) {
    const queue = await module.new('BoundedQueue', capacity);
    const kept = await queue.get('capacity');
    expectEqual(
      `new BoundedQueue(${capacity}).capacity`,
      kept,
      capacity,
      'keep the line this.capacity = capacity',
    );
  }
});

check('fifo', 'items leave in the order in which they came', async ({ subject }) => {
  const module = await subject.load('queue.ts');
  const queue = await module.new('BoundedQueue', 10);
  expectEqual('size of a new queue', await queue.get('size'), 0, 'nothing waits in a new queue');
  for (const item of ['a', 'b', 'c']) {
    const answer = await queue.call('push', item);
    expectEqual(`push('${item}')`, answer, true, 'there is room: keep the item and return true');
  }
  expectEqual('size after three pushes', await queue.get('size'), 3, 'size counts the items that wait');
  expectEqual('take(3)', await queue.call('take', 3), ['a', 'b', 'c'], (received) =>
    Array.isArray(received) && received[0] === 'c'
      ? 'the newest came first: pop() takes from the end, the oldest item is at the front'
      : 'take removes the oldest items and resolves with them as an array',
  );
  expectEqual('size after take(3)', await queue.get('size'), 0, 'items that were taken do not wait any more');
});

check('own-state', 'two queues share nothing', async ({ subject }) => {
  const module = await subject.load('queue.ts');
  const one = await module.new('BoundedQueue', 2);
  const other = await module.new('BoundedQueue', 2);
  await one.call('push', 'a');
  const cause =
    'the items are in a static field or in a variable outside the class: each queue needs its own field';
  expectEqual("size of one queue after push('a') to another", await other.get('size'), 0, cause);
});

check('at-most-max', 'take gives at most max items, and does not wait for more', async ({ subject }) => {
  const few = await play(subject, 9, 'push a; push b; push c; take 2');
  expectEqual(few.story, few.takes, [['a', 'b']], (received) =>
    Array.isArray(received) && Array.isArray(received[0]) && received[0].length <= 2
      ? 'take removes the oldest items: those at the front, not those at the end'
      : 'never more than max items in one take: the rest stays',
  );
  const all = await play(subject, 9, 'push a; push b; take 8; rest; push c');
  expectEqual(all.story, all.takes, [['a', 'b']], (received) => {
    const [items] = Array.isArray(received) ? received : [];
    if (!has(items, 'a')) return 'take(8) waited for more: give what there is at once';
    return "take gave away the queue's own array, and push(c) went into it: give a new array, or keep a new one";
  });
});

check('full', 'a push at capacity returns false and changes nothing', async ({ subject }) => {
  const { story, pushes, sizes, takes } = await play(
    subject,
    2,
    'push a; push b; push c; push d; size; take 5',
  );
  expectEqual(`${story}: answers of push`, pushes, [true, true, false, false], (received) => {
    const answers = Array.isArray(received) ? received : [];
    if (answers.some((answer) => typeof answer === 'string')) return 'a full queue is no error: return false';
    if (answers[2] === true)
      return 'compare the number of waiting items with the capacity before you add one';
    return 'exactly `capacity` items must fit: is the comparison off by one?';
  });
  expectEqual(`${story}: size`, sizes, [2], 'a refused item must not be counted');
  expectEqual(`${story}: the items taken`, takes, [['a', 'b']], (received) =>
    Array.isArray(received) && has(received[0], 'd')
      ? 'an old item made way for a new one: refuse the new one, the old ones were promised their place'
      : 'a refused push leaves the waiting items as they are',
  );
});

check('room-again', 'taken items make room, again and again', async ({ subject }) => {
  const round = 'push a; push b; push c; push d; take 1; rest; push e; take 3; rest; size';
  const { pushes, takes, sizes } = await play(subject, 3, Array.from({ length: 20 }, () => round).join('; '));
  const story = `new BoundedQueue(3); 20 times (${round})`;
  const rounds = <T>(...one: T[]): T[] => Array.from({ length: 20 }, () => one).flat();
  const counted =
    'count the items that wait now: not all that ever came, nor the places of those that are gone';
  expectEqual(`${story}: answers of push`, pushes, rounds(true, true, true, false, true), counted);
  const position =
    'is the place of the oldest item still right after the queue was emptied and filled again?';
  expectEqual(`${story}: the items taken`, takes, rounds(['a'], ['b', 'c', 'e']), position);
  expectEqual(`${story}: sizes`, sizes, rounds(0), counted);
});

check('any-item', 'every value can be an item, also 0, null and undefined', async ({ subject }) => {
  const items = [0, '', false, null, undefined, Number.NaN];
  const pushes = items.map((item): ['push', unknown] => ['push', item]);
  const { takes } = await playSteps(subject, 9, [...pushes, ['take', 2], ['rest'], ['take', 9]]);
  const what = 'take(2), take(9) after pushes of 0, "", false, null, undefined, NaN';
  const cause =
    'ask how many items wait, not what the item is: `if (item)` and `item !== undefined` skip some of these';
  expectEqual(what, takes, [items.slice(0, 2), items.slice(2)], cause);
});

check(
  'bad-max',
  'a max that is no whole number of at least 1 is refused, and nothing is taken',
  async ({ subject }) => {
    for (const max of notCounts) {
      const { story, takes } = await play(subject, 3, `take ${max}; rest; push a; take ${max}; rest; take 1`);
      for (const outcome of takes.slice(0, 2)) {
        const refused = typeof outcome === 'string' && outcome.startsWith('RangeError');
        const seen = { expected: 'a RangeError', received: outcome, cause: badMax };
        expectTrue(`${story}: take(${max}) must be refused`, refused, seen);
      }
      const untouched = 'test max first: before an item is removed and before the taker joins the line';
      expectEqual(`${story}: the last take`, takes[2], ['a'], untouched);
    }
  },
);

function badMax(received: unknown): string {
  if (received === 'still waiting') return 'test max first, before the taker joins the line';
  if (Array.isArray(received)) return 'test max first, before anything is taken';
  return "it was refused, but with the wrong kind of error: throw new RangeError('...')";
}

check('waits', 'take on an empty queue waits for the next item', async ({ subject }) => {
  const alone = await play(subject, 3, 'take 5');
  expectEqual(alone.story, alone.takes, ['still waiting'], (received) =>
    Array.isArray(received) && Array.isArray(received[0])
      ? 'an empty answer means "closed": return a promise, keep its resolve function, and call that when an item comes'
      : 'an empty queue is no error: wait for an item',
  );
  const twice = await play(subject, 3, 'take 5; rest; push a; rest; take 5; rest; push b');
  expectTakes(twice, [['a'], ['b']], (received) => {
    const [first, second] = Array.isArray(received) ? received : [];
    if (first === 'still waiting')
      return 'nobody woke the taker: push must call the resolve function that take kept';
    if (has(first, 'a') && second === 'still waiting')
      return 'only the first taker was woken: take keeps a new resolve function each time that it waits';
    if (has(first, 'b'))
      return 'the first taker had to let another one go ahead: push must give it the item that it waited for';
    return 'an item that goes to a waiting taker must not stay in the queue as well, and each taker is answered once';
  });
  const accepted = 'an item that goes to a waiting taker is accepted too: return true';
  expectEqual(`${twice.story}: answers of push`, twice.pushes, [true, true], accepted);
});

check('takers-in-order', 'waiting takers are served in the order in which they came', async ({ subject }) => {
  const three = await play(subject, 3, 'take 1; take 1; take 1; push a; push b; push c');
  expectTakes(three, [['a'], ['b'], ['c']], (received) =>
    has(received, 'still waiting')
      ? 'a taker was forgotten: several can wait at once, so keep all their resolve functions, not only the last'
      : 'who came first is served first: keep the waiting takers in a line of their own',
  );
  const late = await play(subject, 3, 'take 1; push a; take 1; push b');
  const overtaken =
    'a later taker got ahead of one that waited: push must give the item to the taker at once, or newcomers must line up behind it';
  expectTakes(late, [['a'], ['b']], overtaken);
});

check('close-wakes', 'close wakes every waiting taker with []', async ({ subject }) => {
  const history = await play(subject, 3, 'take 1; take 2; take 3; rest; close; rest; take 1');
  expectTakes(history, [[], [], [], []], (received) => {
    const waits = Array.isArray(received) ? received.map((outcome) => outcome === 'still waiting') : [];
    if (waits[0]) return 'close must call the resolve function of every taker that waits';
    if (waits[1]) return 'only one taker was woken: close must answer all that wait';
    if (waits[3]) return 'after close nothing can come: an empty closed queue answers [] at once';
    return 'a taker that close wakes gets an empty array';
  });
});

check('close-keeps', 'items that were accepted before close can still be taken', async ({ subject }) => {
  const script = 'push a; push b; push c; close; take 2; rest; take 2; rest; take 2';
  const history = await play(subject, 5, script);
  const cause =
    'true from push was a promise: in take, look for items first, and only then ask whether the queue is closed';
  expectTakes(history, [['a', 'b'], ['c'], []], cause);
});

check('closed-push', 'a push after close throws, also when the queue is full', async ({ subject }) => {
  const cause =
    'false means "full, try again later", and there is no later: ask whether the queue is closed before you ask whether it is full';
  for (const capacity of [5, 1]) {
    const history = await play(subject, capacity, 'push a; close; close; push b; take 5');
    const { story, pushes, takes, closes } = history;
    expectEqual(`${story}: close()`, closes, ['done', 'done'], 'closing a closed queue is harmless');
    const seen = { expected: 'an Error', received: pushes[1], cause };
    expectTrue(`${story}: push('b') must throw`, typeof pushes[1] === 'string', seen);
    expectEqual(
      `${story}: the items taken`,
      takes,
      [['a']],
      'a push that throws must not leave its item behind',
    );
  }
});

check('no-polling', 'a waiting taker costs nothing: no timer, no loop', async ({ subject }) => {
  const driver = await subject.driver();
  const timers = shape('the number of timers', await driver.call('timersWhileWaiting', 20), z.number());
  expectTrue('20 waiting takers must not keep timers', timers < 20, {
    expected: 'no setTimeout, no setInterval, no setImmediate while nothing happens',
    received: `${timers} of them pending`,
    cause:
      'take looks again and again whether there is an item: let push and close call its resolve function instead',
  });
});

check(
  'nothing-lost',
  '1,000 takers and 1,000 items in random order: none lost, none doubled',
  async (context) => {
    const driver = await context.subject.driver();
    for (const capacity of [1, 7, 1_000]) {
      const reply = await driver.call('churn', context.random.integer(1, 1e9), 1_000, capacity);
      judgeChurn(shape('the history of the calls', reply, churnSchema), 1_000, capacity);
    }
  },
);

check(
  'steady-memory',
  'a queue that works for a long time does not grow',
  async ({ subject }) => {
    const driver = await subject.driver();
    const items = 2_000_000;
    const taken = await driver.callWithin(8_000, 'soak', items).catch(explainMemory);
    expectEqual(`items taken of ${items} pushed, 500 at a time`, taken, items, 'items were lost on the way');
  },
  { fresh: true, heapMb: 14, timeoutMs: 10_000 },
);

function explainMemory(error: unknown): never {
  if (!(error instanceof Error && 'code' in error && error.code === 'MEMORY_LIMIT')) throw error;
  fail({
    summary:
      '2,000,000 items, at least 1 and at most 501 of them waiting at any time, did not fit into 14 MB',
    expected: 'a queue whose memory depends on what waits, not on what has passed through',
    received: 'out of memory',
    cause:
      'items that are gone are still in the array: cut them off when they make up half of it. Waiting until the queue is empty can be waiting for ever',
  });
}
