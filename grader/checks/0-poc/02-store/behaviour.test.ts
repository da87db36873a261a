import { check, expectEqual, expectThrows, expectTrue } from '../../../harness/index.ts';
import { causes } from './causes.ts';
import {
  expectFile,
  expectStats,
  expectStops,
  expectTries,
  names,
  namesIn,
  parse,
  playOnce,
  playTwice,
  storm,
  type Told,
} from './lab.ts';

const now = 1_700_000_000_000;

const counters = {
  written:
    'written counts the lines that are in the file: not every try, and not what toLine refused of a batch',
  dropped: 'dropped counts what was given up or refused, and only that',
};

check('line', 'toLine writes a metric as JSON that reads back the same', async ({ subject }) => {
  const module = await subject.load('store.ts');
  const metrics = [
    { name: 'cpu_usage', value: 85.5, timestamp: now },
    { name: 'requests', value: -3e-9, timestamp: now + 1, tags: { host: 'web-1', region: 'eu' } },
    { name: 'big', value: 1e300, timestamp: 0, tags: {} },
  ];
  for (const metric of metrics) {
    const line = await module.call('toLine', metric);
    expectEqual(`JSON.parse of toLine(${JSON.stringify(metric)})`, parse(line), metric, causes.fields);
  }
});

check('one-line', 'toLine gives one line, whatever is in the strings', async ({ subject }) => {
  const module = await subject.load('store.ts');
  const quoting = ['say "hi"', 'back\\slash', 'two\nlines', 'CR\r\nLF', 'tab\t nul\0'];
  const unicode = ['sep\u2028\u2029', 'half \ud83d an emoji', 'grüße 🎉'];
  for (const text of [...quoting, ...unicode]) {
    const metric = { name: text, value: 1, timestamp: now, tags: { [text]: text } };
    const line = await module.call('toLine', metric);
    const what = `toLine of a metric named ${JSON.stringify(text)}`;
    expectTrue(`${what} must be one line`, typeof line === 'string' && !/[\r\n]/.test(line), {
      expected: 'a string without newline characters',
      received: line,
      cause: causes.newlineInside,
    });
    // Through UTF-8, as in the file: half a surrogate pair survives only when it is escaped.
    const stored = Buffer.from(String(line), 'utf8').toString('utf8');
    expectEqual(`${what}, written as UTF-8 and read back,`, parse(stored), metric, causes.escapes);
  }
});

check('not-finite', 'toLine refuses NaN and Infinity', async ({ subject }) => {
  const module = await subject.load('store.ts');
  const good = { name: 'm', value: 1, timestamp: now };
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (const field of ['value', 'timestamp']) {
      const line = module.call('toLine', { ...good, [field]: bad });
      await expectThrows(`toLine of a metric with the ${field} ${bad}`, line, causes.finite, {
        name: 'RangeError',
      });
    }
  }
});

check('in-background', 'start returns, and metrics are written as they come', async ({ subject }) => {
  const [one, six] = await playTwice(subject, 'start; rest; push 1; rest; report; push 5; rest');
  expectEqual(`${one.story}: the promise of start()`, one.start, 'resolved', causes.startWaits);
  expectFile(one, names(1), causes.loneMetric);
  expectFile(six, names(6), 'the loop must go on after the first batch: take again, until take gives []');
});

check(
  'batches',
  'lines keep the order of the queue, at most `batch` of them per append',
  async ({ subject }) => {
    const end = await playOnce(subject, 'push 25; start; rest; stop; rest', { batch: 10 });
    expectFile(end, names(25), 'write the lines in the order in which take gives the metrics');
    const largest = Math.max(...end.appends.map(({ text }) => namesIn(text).length));
    expectTrue(`${end.story}: no append may write more than 10 lines`, largest <= 10, {
      expected: 'at most 10 lines in one append',
      received: largest,
      cause: 'take(batch) gives at most batch metrics: is options.batch what you take with?',
    });
  },
);

check(
  'stop-drains',
  'stop resolves when everything that was accepted is in the file',
  async ({ subject }) => {
    const end = await playOnce(subject, 'start; rest; push 25; stop; rest');
    expectStops(
      end,
      ['resolved'],
      'a loop that waits in take never ends by itself: stop must close the queue',
    );
    expectFile(end, names(25), causes.whoHolds);
    const script = 'start; rest; hold; push 7; rest; stop; rest; report; release; rest';
    const [held, released] = await playTwice(subject, script);
    expectStops(held, ['still waiting'], causes.inFlight);
    expectFile(released, names(7), 'all batches must be written, not just the one in flight');
    expectStops(released, ['resolved'], 'stop must resolve when the loop has ended');
  },
);

check('stop-syncs', 'what was written survives a power failure after stop', async ({ subject }) => {
  const end = await playOnce(subject, 'start; rest; push 5; rest; stop; rest; crash');
  expectFile(end, names(5), causes.sync);
});

check(
  'stop-closes',
  'after stop the queue takes no more, and a second stop is harmless',
  async ({ subject }) => {
    const end = await playOnce(subject, 'start; rest; push 2; stop; rest; push 1; stop; rest');
    const unwritten = 'stop must close the queue: nobody would write what it accepts now';
    expectEqual(`${end.story}: the last push`, end.refusals, ['threw Error'], unwritten);
    expectStops(end, ['resolved', 'resolved'], 'the second stop has nothing to do, but it must resolve');
    expectFile(end, names(2), 'the second stop must not write anything again');
  },
);

check('retry', 'a failed append is tried again after 100, 200, 400 and 800 ms', async ({ subject }) => {
  for (const code of ['ENOSPC', 'EACCES', 'EIO']) {
    const script = `start; rest; fail 4 ${code}; push 1; rest; push 4; advance 1499; report; advance 1`;
    const [before, end] = await playTwice(subject, script);
    expectTries(end, 'm1', [0, 100, 300, 700, 1_500]);
    expectFile(before, [], 'nothing may overtake the batch that waits for its retry');
    expectFile(end, names(5), causes.sameBatch);
    expectStats(end, 5, 0, counters);
  }
});

check('gives-up', 'after five failures a batch is dropped, and the next is written', async ({ subject }) => {
  const script = 'push 3; fail 5 ENOSPC; start; advance 1499; report; advance 9000; stop; rest';
  const [before, end] = await playTwice(subject, script, { batch: 1 });
  expectTries(end, 'm1', [0, 100, 300, 700, 1_500]);
  const early = 'the last try is due after 100 + 200 + 400 + 800 ms: until then nothing is given up';
  expectStats(before, 0, 0, { ...counters, dropped: early });
  expectFile(end, ['m2', 'm3'], causes.givesUp);
  expectStats(end, 2, 1, counters);
  const dead = await playOnce(subject, 'push 3; fail 15 ENOSPC; start; advance 9000; stop; rest');
  expectStats(dead, 0, 3, { ...counters, dropped: 'dropped counts metrics, not batches' });
});

check('stop-retries', 'stop waits for a batch between two tries', async ({ subject }) => {
  const script = 'start; rest; fail 2 ENOSPC; push 1; rest; push 1; stop; advance 299; report; advance 1';
  const [early, late] = await playTwice(subject, script);
  expectStops(early, ['still waiting'], 'stop resolved although a metric was neither written nor given up');
  expectFile(late, names(2), 'stop must not cut the retries short, nor forget what is in the queue');
  expectStops(late, ['resolved'], 'after the retry nothing is left to wait for');
  const dead = await playOnce(subject, 'start; rest; fail 5 ENOSPC; push 1; rest; stop; advance 1500');
  const also = 'a batch that fails five times is dropped during stop as well';
  expectStats(dead, 0, 1, { ...counters, dropped: also });
  expectStops(dead, ['resolved'], 'nobody holds a batch that was given up: stop must resolve');
});

check('bad-metric', 'a metric that toLine refuses is dropped alone', async ({ subject }) => {
  const script =
    'push 1; value NaN; push 1; value Infinity; start; rest; value NaN; rest; push 1; rest; stop; rest';
  const end = await playOnce(subject, script, { batch: 4 });
  expectFile(end, ['m1', 'm3', 'm6'], causes.badMetric);
  const refused = 'a metric that cannot be written is dropped: count it, and nothing else with it';
  expectStats(end, 3, 3, { ...counters, dropped: refused });
});

check(
  'storm',
  '200 metrics on a disk that keeps failing: each line once, in order',
  async ({ subject, random }) => {
    for (let round = 0; round < 5; round++) {
      const end = await playOnce(subject, storm(random, 200), { batch: random.integer(1, 10) });
      const told = {
        ...end,
        story: '200 pushes while the disk fails now and then, never five times in a row',
      };
      expectFile(told, names(200), causes.oneInFlight);
      expectStats(told, 200, 0, counters);
      expectStops(told, ['resolved'], 'stop must resolve when all is written');
    }
  },
);

const oldLine = '{"name":"old","value":1,"timestamp":5}\n';

check(
  'whole-line',
  'nothing is added to a file that is empty or ends with a whole line',
  async ({ subject }) => {
    for (const found of ['', oldLine]) {
      const end = await playOnce(subject, 'push 4; start; rest; stop; rest', { found });
      const story = `${found === '' ? 'an empty file' : 'a file of one whole line'}; ${end.story}`;
      const cause = 'the extra newline is only for a file whose last byte is none, and is written once';
      expectFile({ ...end, story }, [...namesIn(found), ...names(4)], cause);
    }
  },
);

check(
  'torn-line',
  'a last line that a crash cut short does not swallow the next one',
  async ({ subject }) => {
    for (const stump of [
      '{"name":"to',
      '{"name":"torn","value":1,"timestamp":6}',
      '{"name":"gr\ufffd',
      '\0\0\0',
    ]) {
      const end = await playOnce(subject, 'push 4; start; rest; stop; rest', { found: oldLine + stump });
      const what = `the file held one line and the stump ${JSON.stringify(stump)}; ${end.story}: its whole lines`;
      expectEqual(what, wholeLines(end), ['old', ...names(4)], causes.stump);
    }
  },
);

check(
  'torn-retry',
  'a last line that was cut short stays apart when the disk fails as well',
  async ({ subject }) => {
    const found = `${oldLine}{"name":"to`;
    const told = (end: Told): Told => ({ ...end, story: `the file ended in a stump; ${end.story}` });
    // A newline may come with the first batch or before it, and a stump may be cut off: the failing appends hit m1
    // or they do not. Whatever was written must stand on a line of its own.
    const soon = told(
      await playOnce(subject, 'fail 2 ENOSPC; push 4; start; advance 400; stop; rest', { found }),
    );
    expectEqual(`${soon.story}: the promise of start()`, soon.start, 'resolved', causes.startRejects);
    expectEqual(`${soon.story}: its whole lines`, wholeLines(soon), ['old', ...names(4)], causes.stump);
    const script = 'fail 5 ENOSPC; push 2; start; advance 9000; stop; rest';
    const late = told(await playOnce(subject, script, { found, batch: 1 }));
    expectEqual(`${late.story}: the promise of start()`, late.start, 'resolved', causes.startRejects);
    const expected = late.dropped === 0 ? names(2) : names(2, 2);
    expectEqual(`${late.story}: its whole lines`, wholeLines(late), ['old', ...expected], causes.tornRetry);
    expectStats(late, expected.length, 2 - expected.length, counters);
  },
);

/** The lines of the file that nothing is glued to. */
function wholeLines(told: Told): string[] {
  return namesIn(told.text).filter((name) => /^(old|m\d+|empty line)$/.test(name));
}
