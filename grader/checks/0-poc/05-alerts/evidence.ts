/** Which values a tick looks at, and what counts as no answer. */
import { check, expectEqual } from '../../../harness/index.ts';
import { type Event, expectEvents, firing, openLab, resolved, rule, SECOND, T0 } from './lab.ts';

const count = (events: readonly Event[], type: string): number =>
  events.filter((e) => e.type === type).length;

check('no-data', 'a window without values changes nothing and says nothing', async ({ subject }) => {
  const lab = await openLab(subject);
  await lab.play([{}, { cpu: [90] }, {}, {}], 100 * SECOND);
  const onlyFiring = [firing('cpu-high', 90, T0 + 100 * SECOND)];
  await expectEvents(lab, '4 ticks, 100 s apart: no values, cpu at 90, no values, no values', onlyFiring, [
    {
      when: (e) => count(e, 'RESOLVED') > 0,
      say: 'No data is not good news: the machine may be down. An empty window has no average (0/0 is NaN, and NaN > 80 is false); keep the state.',
    },
    { when: (e) => count(e, 'FIRING') > 1, say: 'An empty window must not forget that the rule fires.' },
  ]);
  await lab.play([{ cpu: [91] }, { cpu: [20] }], 100 * SECOND);
  await expectEvents(
    lab,
    'then cpu at 91 (it fired all along), and 20',
    [...onlyFiring, resolved('cpu-high', 20, T0 + 500 * SECOND)],
    [
      {
        when: (e) => count(e, 'FIRING') > 1,
        say: 'The rule was told as FIRING before the gap. The gap must not make it forget.',
      },
    ],
  );
});

check('nan', 'an average that is not a number changes nothing', async ({ subject }) => {
  const below = rule({ id: 'cpu-low', op: '<', threshold: 10 });
  const lab = await openLab(subject, [rule(), below]);
  await lab.play(
    [{ cpu: [Number.NaN, 95] }, { cpu: [90] }, { cpu: [Number.NaN] }, { cpu: [91] }],
    100 * SECOND,
  );
  await expectEvents(
    lab,
    '4 ticks, 100 s apart: cpu at NaN and 95, 90, NaN, 91; rules: cpu > 80, cpu < 10',
    [firing('cpu-high', 90, T0 + 100 * SECOND)],
    [
      {
        when: (e) => count(e, 'RESOLVED') > 0,
        say: 'Every comparison with NaN is false, which looks like "no longer above". Test Number.isNaN(average) first.',
      },
      {
        when: (e) => e.some(({ rule: id }) => id === 'cpu-low'),
        say: 'cpu < 10 fired on NaN: is "not above" taken for "below"?',
      },
      {
        when: (e) => e[0]?.at === T0,
        say: 'The average of NaN and 95 is NaN, which says nothing. Do not leave values out.',
      },
    ],
  );
});

check(
  'window',
  'the window is (now - windowMs, now]: open on the left, closed on the right',
  async ({ subject }) => {
    const lab = await openLab(subject, [rule({ windowMs: 30 * SECOND })]);
    const left = T0 - 30 * SECOND;
    await lab.add('cpu', [1_000], left);
    await lab.tick();
    const nothing = 'one value, taken exactly windowMs (30 s) ago: outside';
    await expectEvents(
      lab,
      nothing,
      [],
      [
        {
          when: () => true,
          say: 'The query includes both its ends. Begin it one millisecond later, or touching windows count one value twice.',
        },
      ],
    );
    await lab.add('cpu', [90], left + 1);
    await lab.add('cpu', [100], T0);
    await lab.add('cpu', [1_000], T0 + 1);
    await lab.tick();
    await expectEvents(
      lab,
      'values 90 (29.999 s ago), 100 (this very millisecond) and 1000 (one millisecond in the future)',
      [firing('cpu-high', 95, T0)],
      [
        { when: (e) => e[0]?.value === 90, say: 'A value taken at now belongs to the window.' },
        {
          when: (e) => e[0]?.value === 100,
          say: 'The value 29.999 s old is inside: begin the query at now - windowMs + 1.',
        },
        {
          when: (e) => (e[0]?.value ?? 0) > 100,
          say: 'A value outside the window was counted: end the query at now.',
        },
      ],
    );
  },
);

check('one-instant', 'one tick judges all its rules at one instant', async ({ subject }) => {
  const lab = await openLab(subject, [
    rule({ id: 'slow', metric: 'slow' }),
    rule({ id: 'next', metric: 'next' }),
  ]);
  await lab.faults({ slowMs: { slow: 3 * SECOND } });
  await lab.add('slow', [90]);
  await lab.add('next', [90]);
  await lab.begin('tick');
  await lab.advance(5 * SECOND);
  const { queries, events } = await lab.history();
  expectEqual('metrics queried in one tick', queries.map(({ metric }) => metric).sort(), ['next', 'slow']);
  for (const { metric, end } of queries) {
    expectEqual(
      `end of the window of "${metric}", when the rule before it took 3 s`,
      end,
      T0,
      'The clock was read again for this rule. Read it once per tick, or a slow query moves everybody else’s window.',
    );
  }
  for (const { id } of [{ id: 'slow' }, { id: 'next' }]) {
    expectEqual(
      `at of the event of rule "${id}", in a tick that began at ${T0} and took 3 s`,
      events.find((event) => event.rule === id)?.at,
      T0,
      (received) =>
        received === undefined
          ? 'No event came: both metrics are at 90, above 80.'
          : 'at is the time that the rule was judged for, not the time at which emit was called: hand on the one number that tick() has read.',
    );
  }
});

check(
  'flapping',
  'every FIRING has its own RESOLVED, whatever the values do',
  async ({ subject, random }) => {
    const rules = [
      rule(),
      rule({ id: 'page', threshold: 90 }),
      rule({ id: 'low', metric: 'disk', op: '<', threshold: 10 }),
    ];
    const lab = await openLab(subject, rules);
    const script = Array.from({ length: 100 }, () => ({
      cpu: random.pick([[], [20], [80], [85], [90], [95]]),
      disk: random.pick([[], [5], [10], [50]]),
    }));
    await lab.play(script, 100 * SECOND);
    const { events } = await lab.history();
    for (const { id, metric, op, threshold } of rules) {
      let told = false;
      const expected: Event[] = [];
      for (const [tick, values] of script.entries()) {
        const [value] = metric === 'cpu' ? values.cpu : values.disk;
        if (value === undefined) continue;
        const beyond = op === '>' ? value > threshold : value < threshold;
        if (beyond !== told) expected.push((beyond ? firing : resolved)(id, value, T0 + tick * 100 * SECOND));
        told = beyond;
      }
      const text = (list: readonly Event[]): string[] =>
        list.map(({ type, at, value }) => `${type} at ${at} value ${value}`);
      expectEqual(
        `events of rule "${id}" over 100 random ticks`,
        text(events.filter((event) => event.rule === id)),
        text(expected),
        'Compare each tick with what was last told for this rule; an empty window is no answer at all.',
      );
    }
  },
);
