/** When ticks happen: one at a time, on time, and none after stop(). */
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import { expectEvents, firing, openLab, rule, SECOND, T0, tickSeconds } from './lab.ts';

check('one-at-a-time', 'tick() during a tick starts no second one', async ({ subject }) => {
  const lab = await openLab(subject);
  await lab.add('cpu', [90]);
  await lab.faults({ slowMs: { cpu: 5 * SECOND } });
  const first = await lab.begin('tick');
  const second = await lab.begin('tick');
  await lab.advance(SECOND);
  expectTrue('the second tick() resolved before the tick in flight had ended', !(await lab.done(second)), {
    expected: 'both calls resolve when that tick ends, 5 s after it began',
    received: 'the second call has resolved after 1 s',
    cause: 'Whoever awaits tick() wants the answers to be told: return the promise of the tick in flight.',
  });
  await lab.advance(19 * SECOND);
  const { mostInFlight } = await lab.history();
  expectEqual(
    'queries in flight at once after two tick() calls, when a query takes 5 s',
    mostInFlight,
    1,
    'Two ticks at once both see "not firing yet". Keep the promise of the tick in flight, and return it.',
  );
  expectTrue('a tick() call never resolved', (await lab.done(first)) && (await lab.done(second)), {
    expected: 'both calls have resolved 20 s later',
    received: 'at least one still waits',
    cause: 'A call during a tick resolves when that tick has ended: return its promise.',
  });
  await expectEvents(
    lab,
    'two tick() calls at once with cpu at 90',
    [firing('cpu-high', 90, T0)],
    [
      { when: (e) => e.length > 1, say: 'Both calls told the same news: one tick at a time.' },
      {
        when: (e) => e[0]?.at !== T0,
        say: 'at is the time at which the tick began, not the one at which it told.',
      },
    ],
  );
  await lab.begin('tick');
  await lab.advance(20 * SECOND);
  expectEqual(
    'the second of the last query, with a third tick() after 20 s',
    tickSeconds(await lab.history()).at(-1),
    20,
    'The guard was never taken away: a tick that has ended must let the next one start.',
  );
});

check('interval', 'start() ticks at once and then every intervalMs', async ({ subject }) => {
  const lab = await openLab(subject, [rule()], 15 * SECOND);
  await lab.start();
  await lab.advance(60 * SECOND);
  expectEqual(
    'seconds after start() at which the store was queried',
    tickSeconds(await lab.history()),
    [0, 15, 30, 45, 60],
    (received) => {
      const [first, second] = Array.isArray(received) ? received : [];
      if (first !== 0) return 'The first tick comes at once, not after intervalMs.';
      if (second === undefined) {
        return 'Nothing came after the first tick. Use this.#clock.timer, not setTimeout: the tests’ time is simulated.';
      }
      return 'A timer fires once: when it fires, set the next one, and tick.';
    },
  );
});

check('rhythm', 'a slow query does not shift the ticks after it', async ({ subject }) => {
  const lab = await openLab(subject, [rule()], 10 * SECOND);
  await lab.faults({ slowMs: { cpu: 3 * SECOND } });
  await lab.start();
  await lab.advance(45 * SECOND);
  expectEqual(
    'seconds after start() at which ticks began, every 10 s, when each query takes 3 s',
    tickSeconds(await lab.history()),
    [0, 10, 20, 30, 40],
    (received) =>
      Array.isArray(received) && received[1] === 13
        ? 'The next timer was set when the tick had ended, so each tick comes 3 s later. Set it before the tick begins.'
        : 'When the timer fires, set the next one first, and then tick.',
  );
});

check('start-twice', 'a second start() does not double the ticks', async ({ subject }) => {
  const lab = await openLab(subject, [rule()], 10 * SECOND);
  await lab.start();
  await lab.start();
  await lab.advance(35 * SECOND);
  const history = await lab.history();
  expectEqual(
    'seconds at which the store was queried, after two start() calls',
    tickSeconds(history),
    [0, 10, 20, 30],
    'Each start() set its own timer. Do nothing when already started.',
  );
  expectEqual(
    'timers that wait for the next tick',
    history.timers,
    1,
    'Each start() has its own timer. Do nothing when already started.',
  );
});

check('slow-query', 'a query slower than the interval never overlaps the next tick', async ({ subject }) => {
  const lab = await openLab(subject, [rule()], 10 * SECOND);
  await lab.faults({ slowMs: { cpu: 25 * SECOND } });
  await lab.add('cpu', [90]);
  await lab.start();
  await lab.advance(120 * SECOND);
  const history = await lab.history();
  const ticks = tickSeconds(history);
  expectEqual(
    'queries of one rule in flight at once, at most',
    history.mostInFlight,
    1,
    'The timer started a tick while the last one was still waiting. Skip that one: the store is slow already.',
  );
  expectTrue('ticks end after a slow one', ticks.length >= 3, {
    expected: 'at least 3 queries of 25 s each in 120 s',
    received: `${ticks.length}, begun at ${ticks.join(', ')} s`,
    cause: 'A skipped tick must not be the last one: set the next timer whether or not a tick is in flight.',
  });
  const late = ticks.find((second) => second % 10 !== 0);
  expectTrue('a tick began between two beats of the timer', late === undefined, {
    expected: 'ticks at multiples of 10 s; the ones that come due during a query of 25 s are left out',
    received: `one at ${late} s`,
    cause: 'A tick that comes due while one is in flight is skipped, not made up for later.',
  });
  await expectEvents(lab, 'cpu at 90, while every query takes 25 s', [firing('cpu-high', 90, T0)]);
});

check(
  'stop-waits',
  'stop() resolves when the tick in flight has been told, not before',
  async ({ subject }) => {
    const lab = await openLab(subject, [rule()], 10 * SECOND);
    await lab.faults({ slowMs: { cpu: 5 * SECOND }, emitMs: 2 * SECOND });
    await lab.add('cpu', [90]);
    await lab.start();
    await lab.advance(1 * SECOND);
    const stop = await lab.begin('stop');
    await lab.advance(3 * SECOND);
    expectTrue('stop() resolved while the query of a tick was still waiting', !(await lab.done(stop)), {
      expected: 'it waits for the tick in flight',
      received: 'it has resolved',
      cause: 'stop() must await the promise of the tick in flight.',
    });
    await lab.advance(2 * SECOND);
    expectTrue('stop() resolved while emit was still writing', !(await lab.done(stop)), {
      expected: 'it waits for the tick in flight, which ends with its last emit',
      received: 'it has resolved',
      cause: 'Await each emit in the tick, and the tick in stop().',
    });
    await lab.advance(60 * SECOND);
    expectTrue('stop() never resolved', await lab.done(stop), {
      expected: 'it resolves when the tick in flight has ended',
      received: 'it still waits 60 s later, when nothing runs any more',
    });
    const { timers, queries } = await lab.history();
    const goesOn =
      'The tick that was in flight at stop() has set a timer when it ended. Set the next timer before the tick begins, where stop() can still cancel it.';
    expectEqual(
      'queries in the minute after stop(), besides the one in flight',
      queries.length - 1,
      0,
      goesOn,
    );
    expectEqual('timers that wait a minute after stop()', timers, 0, goesOn);
    await expectEvents(lab, 'the tick in flight at stop()', [firing('cpu-high', 90, T0)]);
  },
);

check(
  'stop-leaves-nothing',
  'stop() between two ticks resolves at once and leaves no timer',
  async ({ subject }) => {
    const lab = await openLab(subject, [rule()], 10 * SECOND);
    await lab.start();
    await lab.advance(4 * SECOND);
    const stop = await lab.begin('stop');
    expectTrue('stop() between two ticks did not resolve', await lab.done(stop), {
      expected: 'it resolves at once, 6 s before the next tick',
      received: 'it still waits',
      cause: 'stop() waits for the timer. Cancel it instead: clock.timer returns the function that does so.',
    });
    expectEqual(
      'timers that wait after stop()',
      (await lab.history()).timers,
      0,
      'A timer is left, and a real one would keep the process alive. Call the function that clock.timer returned.',
    );
    await lab.advance(60 * SECOND);
    expectEqual(
      'seconds at which the store was queried',
      tickSeconds(await lab.history()),
      [0],
      'The loop went on after stop().',
    );
  },
);

check(
  'stop-twice',
  'stop() before start() and twice after it does no harm; start() goes on from there',
  async ({ subject }) => {
    const lab = await openLab(subject, [rule()], 10 * SECOND);
    const early = await lab.begin('stop');
    expectTrue('stop() before start() did not resolve', await lab.done(early), {
      expected: 'it resolves at once: nothing runs',
      received: 'it still waits',
    });
    await lab.add('cpu', [90]);
    await lab.start();
    await lab.advance(5 * SECOND);
    const stops = [await lab.begin('stop'), await lab.begin('stop')];
    const both = (await lab.done(stops[0] ?? 0)) && (await lab.done(stops[1] ?? 0));
    expectTrue('of two stop() calls not both resolved', both, {
      expected: 'both resolve at once',
      received: 'at least one still waits',
    });
    await lab.start();
    await lab.advance(15 * SECOND);
    expectEqual(
      'seconds at which the store was queried: start, stop and start again at 5 s',
      tickSeconds(await lab.history()),
      [0, 5, 15],
      (received) =>
        Array.isArray(received) && received.length === 1
          ? 'start() after stop() did nothing. The field by which start() knows that it has started still says so: stop() must set it back.'
          : 'start() after stop() must tick at once, and then every intervalMs again.',
    );
    await expectEvents(
      lab,
      'cpu above all the time, with a stop and a start between',
      [firing('cpu-high', 90, T0)],
      [{ when: (e) => e.length > 1, say: 'What was told stays told: stop() must not forget the state.' }],
    );
  },
);
