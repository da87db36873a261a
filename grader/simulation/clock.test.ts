import { describe, expect, it } from 'vitest';
import { SimClock } from './index.ts';

describe('SimClock', () => {
  it('fires due timers in order of time, then of arrival', async () => {
    const clock = new SimClock(1_000);
    const order: string[] = [];
    clock.timer(20, () => order.push(`c@${clock.now()}`));
    clock.timer(10, () => order.push(`a@${clock.now()}`));
    clock.timer(10, () => order.push(`b@${clock.now()}`));
    clock.timer(31, () => order.push('too early'));
    await clock.advance(30);
    expect(order).toEqual(['a@1010', 'b@1010', 'c@1020']);
    expect(clock.now()).toBe(1_030);
    expect(clock.pending()).toBe(1);
  });

  it('lets async code run to its next wait before the next timer fires', async () => {
    const clock = new SimClock(0);
    const order: string[] = [];
    const worker = async (): Promise<void> => {
      for (let i = 0; i < 3; i++) {
        await clock.sleep(10);
        await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
        await null;
        order.push(`worker@${clock.now()}`);
      }
    };
    void worker();
    clock.timer(11, () => order.push('timer@11'));
    clock.timer(25, () => order.push('timer@25'));
    await clock.advance(30);
    expect(order).toEqual(['worker@10', 'timer@11', 'worker@20', 'timer@25', 'worker@30']);
  });

  it('resolves sleep(0) and negative sleeps without time passing, but never at once', async () => {
    const clock = new SimClock();
    let woke = 0;
    void clock.sleep(0).then(() => woke++);
    void clock.sleep(-3).then(() => woke++);
    void clock.sleep(Number.NaN).then(() => woke++);
    await Promise.resolve();
    expect(woke).toBe(0);
    await clock.advance(0);
    expect(woke).toBe(3);
  });

  it('counts neither fired nor cancelled timers, and forgets them', async () => {
    const clock = new SimClock();
    const cancels = Array.from({ length: 10_000 }, (_, i) => clock.timer(i, () => {}));
    for (const cancel of cancels.slice(100)) cancel();
    for (const cancel of cancels.slice(100)) cancel();
    expect(clock.pending()).toBe(100);
    await clock.advance(10_000);
    expect(clock.pending()).toBe(0);
    for (const cancel of cancels) cancel();
    expect(clock.pending()).toBe(0);
  });

  it('lets a timer cancel one of the same millisecond', async () => {
    const clock = new SimClock();
    let fired = false;
    let cancel = (): void => {};
    clock.timer(5, () => cancel());
    cancel = clock.timer(5, () => {
      fired = true;
    });
    await clock.advance(5);
    expect(fired).toBe(false);
  });

  it('gives out what a timer throws, and goes on from there', async () => {
    const clock = new SimClock(0);
    clock.timer(5, () => {
      throw new Error('boom');
    });
    await expect(clock.advance(10)).rejects.toThrow('boom');
    expect(clock.now()).toBe(5);
    await clock.advance(10);
    expect(clock.now()).toBe(15);
  });

  it('refuses two advances at once and time that runs back', async () => {
    const clock = new SimClock(100);
    const first = clock.advance(10);
    await expect(clock.advance(10)).rejects.toThrow(/already under way/);
    await first;
    await expect(clock.advanceTo(50)).rejects.toThrow(RangeError);
    await expect(clock.advance(Number.NaN)).rejects.toThrow(RangeError);
  });

  it('runs on until no timer is left, or says that there are some', async () => {
    const clock = new SimClock(0);
    let ticks = 0;
    const tick = (): void => {
      if (++ticks < 5) clock.timer(1_000, tick);
    };
    clock.timer(1_000, tick);
    expect(await clock.runUntilIdle(3_500)).toBe(false);
    expect(await clock.runUntilIdle(60_000)).toBe(true);
    expect([ticks, clock.now()]).toEqual([5, 5_000]);
  });
});
