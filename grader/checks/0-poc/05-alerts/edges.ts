/** Levels in, edges out: when a rule speaks, and when it keeps silent. */
import { check } from '../../../harness/index.ts';
import { type Event, expectEvents, firing, openLab, resolved, rule, SECOND, T0 } from './lab.ts';

const count = (events: readonly Event[], type: string): number =>
  events.filter((e) => e.type === type).length;

check('fires', 'an average above the threshold fires, with its value and time', async ({ subject }) => {
  const lab = await openLab(subject);
  await lab.add('cpu', [95, 90]);
  await lab.tick();
  await expectEvents(
    lab,
    'one tick over the values 95 and 90, rule: average of cpu above 80',
    [firing('cpu-high', 92.5, T0)],
    [
      {
        when: (e) => e.length === 0,
        say: 'tick() must query, compare the average with the threshold, and call emit before it resolves.',
      },
      {
        when: (e) => e[0]?.value === 95,
        say: 'value is the average of the window, not its highest or first value.',
      },
      {
        when: (e) => e[0]?.at !== T0,
        say: 'at is clock.now() of the clock given to the constructor, not Date.now().',
      },
    ],
  );
});

check('fires-once', 'a rule that stays above says FIRING once', async ({ subject }) => {
  const lab = await openLab(subject);
  for (let tick = 0; tick < 5; tick++) {
    await lab.add('cpu', [92]);
    await lab.tick();
    await lab.advance(10 * SECOND);
  }
  await expectEvents(
    lab,
    '5 ticks, 10 s apart, with cpu at 92 all the time',
    [firing('cpu-high', 92, T0)],
    [
      {
        when: (e) => count(e, 'FIRING') > 1,
        say: 'Every tick says FIRING again. Remember which rules fire, and emit only when that changes.',
      },
    ],
  );
});

check(
  'resolves-once',
  'back below the threshold: RESOLVED once, with the new average',
  async ({ subject }) => {
    const lab = await openLab(subject);
    await lab.play([{ cpu: [90] }, { cpu: [20] }, { cpu: [20] }, { cpu: [20] }], 100 * SECOND);
    await expectEvents(
      lab,
      '4 ticks, 100 s apart: cpu at 90, then 20, 20, 20',
      [firing('cpu-high', 90, T0), resolved('cpu-high', 20, T0 + 100 * SECOND)],
      [
        {
          when: (e) => count(e, 'RESOLVED') === 0,
          say: 'The end of an alert is a change too: emit RESOLVED when a firing rule is no longer above.',
        },
        {
          when: (e) => count(e, 'RESOLVED') > 1,
          say: 'RESOLVED is emitted at every quiet tick: forget the rule once it was told.',
        },
        {
          when: (e) => e[1]?.value === 90,
          say: 'RESOLVED carries the average that ended the alert, not the one that began it.',
        },
      ],
    );
  },
);

check('quiet-start', 'a rule that never fired says nothing', async ({ subject }) => {
  const lab = await openLab(subject);
  await lab.play([{ cpu: [20] }, { cpu: [20] }], 100 * SECOND);
  await expectEvents(
    lab,
    '2 ticks with cpu at 20, far below the threshold of 80',
    [],
    [
      {
        when: (e) => count(e, 'RESOLVED') > 0,
        say: 'RESOLVED without a FIRING before it: a new rule counts as not firing.',
      },
    ],
  );
});

check('equal', 'an average equal to the threshold is not above it', async ({ subject }) => {
  const lab = await openLab(subject);
  await lab.add('cpu', [70, 90]);
  await lab.tick();
  await expectEvents(
    lab,
    'average 80, threshold 80',
    [],
    [{ when: () => true, say: 'The operator is > and not >=.' }],
  );
  await lab.advance(100 * SECOND);
  await lab.play([{ cpu: [81] }, { cpu: [80] }], 100 * SECOND);
  await expectEvents(
    lab,
    'average 81, and then exactly 80 again',
    [firing('cpu-high', 81, T0 + 100 * SECOND), resolved('cpu-high', 80, T0 + 200 * SECOND)],
    [
      {
        when: (e) => e.length === 1,
        say: 'A rule fires while its average is above. At the threshold it is no longer, so it resolves.',
      },
    ],
  );
});

check('less-than', 'a rule with < fires below its threshold', async ({ subject }) => {
  const lab = await openLab(subject, [rule({ id: 'disk-low', metric: 'disk_free', op: '<', threshold: 10 })]);
  await lab.play(
    [{ disk_free: [50] }, { disk_free: [10] }, { disk_free: [4] }, { disk_free: [30] }],
    100 * SECOND,
  );
  await expectEvents(
    lab,
    '4 ticks, 100 s apart: disk_free at 50, 10, 4, 30; the rule is disk_free < 10',
    [firing('disk-low', 4, T0 + 200 * SECOND), resolved('disk-low', 30, T0 + 300 * SECOND)],
    [
      { when: (e) => e[0]?.value === 50, say: 'The rule was read as >: look at rule.op.' },
      { when: (e) => e[0]?.value === 10, say: '10 < 10 is false: equal does not fire.' },
    ],
  );
});

check('separate', 'two rules on one metric keep separate states', async ({ subject }) => {
  const lab = await openLab(subject, [rule({ id: 'warn' }), rule({ id: 'page', threshold: 95 })]);
  await lab.play([{ cpu: [90] }, { cpu: [99] }, { cpu: [90] }, { cpu: [10] }], 100 * SECOND);
  await expectEvents(
    lab,
    '4 ticks, 100 s apart: cpu at 90, 99, 90, 10; rules: warn above 80, page above 95',
    [
      firing('warn', 90, T0),
      firing('page', 99, T0 + 100 * SECOND),
      resolved('page', 90, T0 + 200 * SECOND),
      resolved('warn', 10, T0 + 300 * SECOND),
    ],
    [
      {
        when: () => true,
        say: 'Is the state kept per metric? Both rules watch cpu: keep it per rule id.',
      },
    ],
  );
});
