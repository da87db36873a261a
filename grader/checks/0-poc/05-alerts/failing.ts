/** The store fails, or the pager does: the other rules go on, and nothing is forgotten. */
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import { type Event, expectEvents, firing, openLab, rule, SECOND, T0 } from './lab.ts';

const count = (events: readonly Event[], type: string): number =>
  events.filter((e) => e.type === type).length;

check('failing-query', 'a rule whose query fails keeps its state and stops no other', async ({ subject }) => {
  const rules = [
    rule({ id: 'throws', metric: 'a' }),
    rule({ id: 'rejects', metric: 'b' }),
    rule({ id: 'works', metric: 'c' }),
  ];
  const lab = await openLab(subject, rules);
  await lab.play([{ a: [90], b: [90] }], 100 * SECOND);
  await lab.faults({ queries: { a: 'throws', b: 'rejects' } });
  await lab.play([{ c: [90] }], 100 * SECOND);
  const { events, failures } = await lab.history();
  expectTrue(
    'the rule after two failing ones was not judged',
    events.some(({ rule: id }) => id === 'works'),
    {
      expected: 'FIRING works',
      received: `${events.map(({ type, rule: id }) => `${type} ${id}`).join(', ') || 'no events'}`,
      cause:
        'Put the try/catch around each single rule, inside the loop. A query can also throw before it returns a promise.',
    },
  );
  expectEqual(
    'failures after two failed queries',
    failures,
    2,
    'Count every failed query: an error that nobody counts is an error that nobody mends.',
  );
  await lab.faults({});
  await lab.play(
    [
      { a: [90], b: [90], c: [90] },
      { a: [10], b: [10], c: [10] },
    ],
    100 * SECOND,
  );
  const own = (id: string): string[] => events2.filter((e) => e.rule === id).map(({ type }) => type);
  const { events: events2 } = await lab.history();
  for (const { id } of rules) {
    expectEqual(
      `events of rule "${id}", which was above until the end`,
      own(id),
      ['FIRING', 'RESOLVED'],
      'A failed query is not an answer: it must change no state, just as an empty window.',
    );
  }
});

check('failing-emit', 'an event that could not be told is told at the next tick', async ({ subject }) => {
  const lab = await openLab(subject, [
    rule({ id: 'throws' }),
    rule({ id: 'rejects' }),
    rule({ id: 'works' }),
  ]);
  await lab.faults({ emits: { throws: 'throws', rejects: 'rejects' } });
  await lab.play([{ cpu: [90] }], 100 * SECOND);
  await expectEvents(
    lab,
    'a pager that refuses the events of the first two rules',
    [firing('works', 90, T0)],
    [
      {
        when: () => true,
        say: 'A failing emit must not stop the other rules. It may throw, or its promise may reject: await it inside the try.',
      },
    ],
  );
  const { failures } = await lab.history();
  expectEqual(
    'failures after two refused events',
    failures,
    2,
    'A refused event counts as a failure, also when the promise of emit rejects later: await it inside the try.',
  );
  await lab.faults({});
  await lab.play([{ cpu: [91] }], 100 * SECOND);
  const { events } = await lab.history();
  expectEqual(
    'events after the pager works again and cpu is still above',
    events.map(({ type, rule: id, value }) => `${type} ${id} ${value}`).sort(),
    ['FIRING rejects 91', 'FIRING throws 91', 'FIRING works 90'],
    'The rule was marked as told before emit had accepted the event. Change the state after it.',
  );
});

check('untold', 'a rule that nobody was told about resolves in silence', async ({ subject }) => {
  const lab = await openLab(subject);
  await lab.faults({ emits: { 'cpu-high': 'rejects' } });
  await lab.play([{ cpu: [90] }], 100 * SECOND);
  await lab.faults({});
  await lab.play([{ cpu: [10] }], 100 * SECOND);
  await expectEvents(
    lab,
    'FIRING was refused by the pager, then cpu fell to 10',
    [],
    [
      {
        when: (e) => count(e, 'RESOLVED') > 0,
        say: 'RESOLVED only answers a FIRING that was accepted: the state is what was told.',
      },
    ],
  );
});
