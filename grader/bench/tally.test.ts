/** Tallies of several processes are as good as one. */
import { encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../core/random.ts';
import {
  createHistogram,
  describeLatency,
  mergeHistograms,
  mergeOutcomes,
  mergeTicks,
  record,
  Tally,
} from './tally.ts';

/** What happens to a request: when it ended, and how. */
type Event = (tally: Tally) => void;

function randomEvents(seed: string, count: number): Event[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, i): Event => {
    const now = 1_000 + i * 0.5;
    const kind = random.integer(0, 5);
    if (kind === 0) return (tally) => tally.refuse(random.pick([200, 429, 503]), now);
    if (kind === 1) {
      return (tally) =>
        tally.fail(random.pick(['wrongBody', 'timeouts', 'resets', 'refused', 'garbage']), 1, now);
    }
    const latency = 10 ** (random.next() * 5 - 2);
    return (tally) => tally.succeed(latency, now);
  });
}

function started(tickMs = 250): Tally {
  const tally = new Tally(tickMs);
  tally.start(1_000);
  return tally;
}

describe('merging', () => {
  test('gives what one tally of all events would have said', () => {
    const all = started();
    const parts = [started(), started(), started()];
    // The same events twice, from the same seed: a pick inside an event must fall the same way.
    randomEvents('0badcafe', 3_000).forEach((event) => {
      event(all);
    });
    randomEvents('0badcafe', 3_000).forEach((event, i) => {
      const part = parts[i % 3];
      if (part !== undefined) event(part);
    });
    const whole = all.report(2_500);
    const reports = parts.map((part) => part.report(2_500));
    expect(mergeOutcomes(reports.map(({ outcomes }) => outcomes))).toEqual(whole.outcomes);
    expect(mergeTicks(reports.map(({ ticks }) => ticks))).toEqual(whole.ticks);
    const merged = mergeHistograms(reports.map(({ histogram }) => histogram));
    const single = mergeHistograms([whole.histogram]);
    expect(describeLatency(merged)).toEqual(describeLatency(single));
    expect(merged.toString()).toBe(single.toString());
  });

  test('of nothing is nothing', () => {
    expect(describeLatency(mergeHistograms([]))).toBeNull();
    expect(mergeTicks([])).toEqual([]);
    expect(mergeOutcomes([])).toMatchObject({ succeeded: 0, statuses: {} });
  });
});

/** Some requests take longer than most histograms go: a timeout of 10 min behind an hour in which no connection was free. */
test.each([0.001, 0.0123, 0.456, 7.89, 101, 2_345, 67_800, 120_000, 150_000, 600_000, 4_200_000, 90_000_000])(
  'a latency of %s ms keeps three digits, also merged with short ones',
  (ms) => {
    const histogram = createHistogram();
    record(histogram, ms);
    const short = createHistogram();
    record(short, 1);
    const encoded = [short, histogram, short].map((each) => encodeIntoCompressedBase64(each));
    for (const all of [histogram, mergeHistograms(encoded.slice(1, 2)), mergeHistograms(encoded)]) {
      const { max = 0 } = describeLatency(all) ?? {};
      expect(Math.abs(max / Math.max(ms, all.totalCount === 3 ? 1 : 0) - 1)).toBeLessThan(
        ms < 1 ? 0.03 : 0.001,
      );
    }
    expect(mergeHistograms(encoded).totalCount).toBe(3);
  },
);

test('nothing takes less than a microsecond', () => {
  const histogram = createHistogram();
  record(histogram, 0);
  expect(histogram.totalCount).toBe(1);
  expect(describeLatency(histogram)?.min).toBe(0.001);
});

test('ticks are as long as asked, also those in which nothing ended, and miss nothing', () => {
  const tally = started(100);
  tally.succeed(1, 1_010);
  tally.fail('resets', 2, 1_050);
  tally.succeed(1, 1_320);
  expect(tally.report(1_340).ticks).toEqual([
    { at: 100, ended: 3, failed: 2 },
    { at: 200, ended: 0, failed: 0 },
    { at: 300, ended: 0, failed: 0 },
    { at: 340, ended: 1, failed: 0 },
  ]);
});

test('a success after the window is counted, but not in the rate', () => {
  const tally = started();
  tally.succeed(1, 1_100);
  tally.windowEnd = 1_200;
  tally.succeed(1, 1_201);
  expect(tally.report(1_300)).toMatchObject({ inWindow: 1, outcomes: { succeeded: 2 } });
});

test('the first example of each kind is kept', () => {
  const tally = started();
  tally.show('503', 'first');
  tally.show('503', 'second');
  tally.show('resets', 'third');
  expect(tally.report(1_000).examples).toEqual({ 503: 'first', resets: 'third' });
});
