/** Who is let through, and when the next one is. */
import { check, expectEqual, fail } from '../../../harness/index.ts';
import type { Step } from './driver.ts';
import { asList, expectAnswers, play, playSteps, yesNo } from './lab.ts';

check('under-limit', 'the first `limit` requests pass, the next one does not', async ({ subject }) => {
  const played = await play(subject, 3, 1_000, 'at 5000; allow a x4');
  expectAnswers(played, yesNo('yyyn'), (received) => {
    const [first, , third, fourth] = asList(received);
    if (typeof first !== 'boolean') return 'allow answers true or false';
    if (!first) return 'nobody has used anything yet: an id that is new has the whole limit';
    if (third === false) return 'exactly `limit` requests fit: is the comparison off by one?';
    return fourth === true
      ? 'count what you let through, and refuse when `limit` of them are in the window'
      : undefined;
  });
});

check('own-state', 'two windows share nothing', async ({ subject }) => {
  const driver = await subject.driver();
  expectEqual(
    "allow('a') of a second SlidingWindow, after the first has used its limit",
    await driver.call('twoWindows', 'a'),
    true,
    'the times are in a static field or in a variable outside the class: each window needs its own',
  );
});

check('edge', 'a request exactly windowMs old is out of the window', async ({ subject }) => {
  const played = await play(subject, 1, 1_000, 'at 0; allow a; at 999; allow a; at 1000; allow a');
  expectAnswers(played, yesNo('yny'), (received) => {
    const [, early, exact] = asList(received);
    if (early === true) return '999 ms old is still inside: the window is windowMs long';
    if (exact === false)
      return 'the window holds what is less than windowMs old: compare with <, not with <=';
    return undefined;
  });
  const from0 = await play(subject, 1, 1_000, 'at 0; allow a; at 1000; retry a; allow a', 0);
  expectAnswers(
    from0,
    [true, 0, true],
    'this clock shows 0 when the window is made, and 0 is a time like any other: do not take it for "no time yet" (|| and ?? differ)',
  );
  const days60 = 60 * 86_400_000 + 1;
  const late = await play(
    subject,
    1,
    1_000,
    `at ${days60}; allow a; at ${days60 + 999}; allow a; at ${days60 + 1_000}; allow a`,
  );
  expectAnswers(
    late,
    yesNo('yny'),
    'right at first, wrong after 60 days: milliseconds do not fit into 32 bits for more than 24 or 49 days, and a Float32Array rounds them. Keep them as numbers, or in a Float64Array',
  );
  const all = await play(subject, 3, 1_000, 'at 0; allow a x3; at 1000; allow a x4');
  expectAnswers(all, yesNo('yyyyyyn'), (received) =>
    asList(received)[5] === false
      ? 'all three are out at once: remove every time that is old, not only one for each call'
      : 'after the window has passed the id has its whole limit again, and no more',
  );
});

check('refused-free', 'a refused request costs no quota', async ({ subject }) => {
  const played = await play(
    subject,
    2,
    1_000,
    'at 0; allow a x2; at 500; allow a x3; at 900; allow a x3; at 1000; allow a; allow a; allow a',
  );
  expectAnswers(
    played,
    yesNo('yynnnnnnyyn'),
    'remember only what you let through: a client that keeps knocking would lock itself out for ever',
  );
});

check('seam', 'no window lets more than `limit` through, wherever it begins', async ({ subject }) => {
  const steps: Step[] = [];
  // Bursts on both sides of every round number, where a counter that starts again lets both through.
  for (const seam of [1_000, 2_000, 3_000, 4_000]) {
    for (const at of [seam - 10, seam - 1, seam, seam + 1, seam + 10, seam + 500]) {
      steps.push(['at', at], ...Array.from({ length: 10 }, (): Step => ['allow', 'a']));
    }
  }
  const answers = await playSteps(subject, 10, 1_000, steps);
  const passed: number[] = [];
  let [now, call] = [0, 0];
  for (const step of steps) {
    if (step[0] === 'at') now = step[1];
    else if (answers[call++] === true) passed.push(now);
  }
  for (const [i, first] of passed.entries()) {
    const last = passed[i + 10];
    if (last === undefined || last - first >= 1_000) continue;
    const inside = passed.filter((time) => time >= first && time < first + 1_000).length;
    fail({
      summary: `limit 10 in 1,000 ms: ${inside} requests were let through from ms ${first} to ms ${last}`,
      expected: 'at most 10 in any 1,000 ms',
      received: `${inside} in ${last - first} ms`,
      cause:
        'a counter that starts again every windowMs forgets what passed just before; tokens that are refilled allow a full bucket and the refill: keep the times themselves',
    });
  }
  expectEqual(
    'limit 10 in 1,000 ms, bursts of 10 around each second: requests let through',
    passed.length,
    40,
    'too few: those that are windowMs old make room for new ones',
  );
});

check('ids-apart', 'ids know nothing of each other', async ({ subject }) => {
  const played = await play(
    subject,
    1,
    1_000,
    'at 0; allow a; allow b; allow a; allow b; at 1000; allow b; allow a',
  );
  expectAnswers(played, yesNo('yynnyy'), 'each id has a limit of its own: keep the times by id');
});

check('hostile-ids', 'any string can be an id', async ({ subject }) => {
  const long = 'x'.repeat(10_240);
  const ids = [
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    '',
    ' ',
    '0',
    '00',
    'Bob',
    'bob',
    'é',
    'e\u0301',
    '\u0000',
  ];
  ids.push('\ud800', '\ud801', long, `${long}y`, `y${long}`);
  const script = (times: number): Step[] =>
    ids.flatMap((id): Step[] => Array.from({ length: times }, () => ['allow', id]));
  const steps: Step[] = [['at', 0], ...script(3), ...ids.map((id): Step => ['retry', id])];
  const answers = await playSteps(subject, 2, 1_000, [
    ...steps,
    ['at', 1_000],
    ...script(1),
    ['at', 5_000],
    ['sweep'],
  ]);
  for (const [i, id] of ids.entries()) {
    const shown = id.length > 40 ? `${id.slice(0, 3)}... (${id.length} characters)` : id;
    const what = JSON.stringify(shown);
    expectEqual(
      `limit 2: three times allow(${what})`,
      answers.slice(3 * i, 3 * i + 3),
      yesNo('yyn'),
      strangeId(id),
    );
    const wait =
      'the clock stood still since the first request of this id was let through: time is what the clock says, a call takes none';
    expectEqual(`then retryAfterMs(${what})`, answers[3 * ids.length + i], 1_000, wait);
    expectEqual(`a window later allow(${what})`, answers[4 * ids.length + i], true, strangeId(id));
  }
  expectEqual(
    `the first sweep(), when all ${ids.length} ids were idle`,
    answers.at(-1),
    ids.length,
    'each of these ids is one client and is forgotten like any other, by the first call already: there are fewer than SWEEP_AT_MOST',
  );
});

/** What is likely wrong when this id is not treated like any other. */
function strangeId(id: string): string {
  if (id === '') return "'' is an id like any other: compare with undefined instead of asking if (id)";
  if (id.trim() === '') return 'a blank is an id of its own: use the id as it is, without trim()';
  if (id.toLowerCase() === 'bob') return 'Bob and bob are two clients: use the id as it is';
  if (id.length > 1_000)
    return 'ids that differ in one character, however late, are different clients: do not shorten them';
  if (id in {})
    return 'a plain object has keys of its own, such as constructor and __proto__: use a Map, with the id as it is';
  return 'each string is a client of its own: use a Map, with the id as it is';
}

check('limit-zero', 'a limit of 0 lets nobody through, ever', async ({ subject }) => {
  const played = await play(subject, 0, 1_000, 'at 0; allow a; retry a; at 5000; allow a; retry a; retry b');
  expectAnswers(
    played,
    [false, Number.POSITIVE_INFINITY, false, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    (received) =>
      asList(received)[0] === true
        ? 'ask whether there is room before you let the first one in: with a limit of 0 there is none'
        : 'no wait is long enough when the limit is 0: retryAfterMs gives Infinity, for every id',
  );
});

check('retry-after', 'retryAfterMs is the first millisecond that passes', async ({ subject }) => {
  const free = await play(subject, 2, 1_000, 'at 0; retry a; allow a; retry a; retry a; allow a; allow a');
  expectAnswers(free, [0, true, 0, 0, true, false], (received) =>
    asList(received)[4] === false
      ? 'asking must not cost quota: retryAfterMs lets nothing through'
      : 'while there is room the answer is 0, also for an id that nobody has seen',
  );
  const full = await play(
    subject,
    3,
    1_000,
    'at 0; allow a; at 100; allow a; at 250; allow a; retry a; at 260; allow a; retry a; at 999; retry a; at 1000; retry a; allow a; retry a; at 1099; retry a; at 1100; retry a; at 9000; retry a',
  );
  const expected = [true, true, true, 750, false, 740, 1, 0, true, 100, 1, 0, 0];
  expectAnswers(full, expected, (received) => {
    const answers = asList(received);
    if (answers[3] === 1_000)
      return 'the oldest in the window leaves first: wait for it, not for the newest or for a whole window';
    if (answers[3] === 751 || answers[3] === 749)
      return 'allow passes when the oldest is exactly windowMs old: off by one';
    if (asList(answers).some((answer) => typeof answer === 'number' && answer < 0)) return 'never below 0';
    return 'the oldest time that counts, plus windowMs, minus now; 0 when that is past or when there is room';
  });
});
