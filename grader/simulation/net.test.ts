import { describe, expect, it } from 'vitest';
import { createRng, type LinkOptions, SimClock, SimNet } from './index.ts';

/** Two nodes, and what `b` has heard. */
function pair(options: LinkOptions = {}, seed = 1) {
  const clock = new SimClock(0);
  const net = new SimNet(clock, createRng(seed), options);
  const heard: unknown[] = [];
  const a = net.node('a');
  const b = net.node('b');
  b.onMessage((_, message) => heard.push(message));
  return { clock, net, a, b, heard };
}

describe('SimNet', () => {
  it('delivers after a delay, and says from whom', async () => {
    const { clock, net, a } = pair({ delay: 5 });
    const arrivals: unknown[] = [];
    net.node('c').onMessage((from, message) => arrivals.push([clock.now(), from, message]));
    a.send('c', { n: 1 });
    await clock.advance(4);
    expect(arrivals).toEqual([]);
    await clock.advance(1);
    expect(arrivals).toEqual([[5, 'a', { n: 1 }]]);
  });

  it('hands out copies', async () => {
    const { clock, a, heard } = pair({ duplicate: 1 });
    const message = { list: [1] };
    a.send('b', message);
    message.list.push(2);
    await clock.advance(10);
    expect(heard).toEqual([{ list: [1] }, { list: [1] }]);
    expect(heard[0]).not.toBe(heard[1]);
    expect(() => a.send('b', () => {})).toThrow(/could not be cloned/);
  });

  it('reorders by its delays, but not an ordered link', async () => {
    const numbers = Array.from({ length: 100 }, (_, i) => i);
    for (const ordered of [false, true]) {
      const { clock, a, heard } = pair({ delay: [1, 50], ordered });
      for (const n of numbers) a.send('b', n);
      await clock.advance(50);
      expect([...heard].sort((x, y) => Number(x) - Number(y))).toEqual(numbers);
      expect(heard.every((n, i) => n === i)).toBe(ordered);
    }
  });

  it('loses and doubles about as many as it is told, and counts them', async () => {
    const { clock, net, a, heard } = pair({ drop: 0.2, duplicate: 0.1 });
    for (let i = 0; i < 2_000; i++) a.send('b', i);
    await clock.advance(10);
    expect(net.counts.sent).toBe(2_000);
    expect(net.counts.delivered).toBe(heard.length);
    expect(net.counts.delivered + net.counts.lost).toBe(2_000 + net.counts.duplicated);
    expect(net.counts.lost / 2_200).toBeCloseTo(0.2, 1);
    expect(net.counts.duplicated / 2_000).toBeCloseTo(0.1, 1);
  });

  it('has a slow tail and links of their own', async () => {
    const { clock, net, a, heard } = pair({ delay: 1, slow: 1, slowDelay: 500 });
    net.setLink('a', 'c', { slow: 0 });
    const fast: unknown[] = [];
    net.node('c').onMessage((_, message) => fast.push(message));
    a.send('b', 'slow');
    a.send('c', 'fast');
    await clock.advance(499);
    expect([heard, fast]).toEqual([[], ['fast']]);
    await clock.advance(1);
    expect(heard).toEqual(['slow']);
  });

  it('is cut by groups, also for what is on its way, and heals', async () => {
    const { clock, net, a, b, heard } = pair({ delay: 5 });
    const back: unknown[] = [];
    a.onMessage((_, message) => back.push(message));
    a.send('b', 'on its way');
    net.partition(['a', 'c'], ['b']);
    a.send('b', 'cut');
    b.send('a', 'cut');
    b.send('b', 'to itself');
    await clock.advance(10);
    expect([heard, back]).toEqual([['to itself'], []]);
    net.heal();
    a.send('b', 'healed');
    await clock.advance(10);
    expect(heard).toEqual(['to itself', 'healed']);
  });

  it('forgets a node that was killed: it neither hears nor speaks until it is started again', async () => {
    const { clock, net, a, b, heard } = pair({ delay: 5 });
    const back: unknown[] = [];
    a.onMessage((_, message) => back.push(message));
    a.send('b', 'before');
    net.kill('b');
    b.send('a', 'from the dead');
    await clock.advance(5);
    const again: unknown[] = [];
    net.node('b').onMessage((_, message) => again.push(message));
    b.onMessage(() => again.push('old handler'));
    a.send('b', 'after');
    a.send('nobody', 'x');
    await clock.advance(5);
    expect([heard, back, again]).toEqual([[], [], ['after']]);
  });
});
