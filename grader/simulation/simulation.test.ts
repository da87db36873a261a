import { describe, expect, it } from 'vitest';
import { type SimNode, Simulation } from './index.ts';

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value)}\n`);

/** A program with everything that could go differently: promises, immediates, timers, disk, chance and messages. */
async function worker(node: SimNode, peers: readonly string[], rounds: number): Promise<void> {
  const file = await node.disk.open('log');
  node.net.onMessage((from, message) => {
    void file.append([encode([from, message])]).then(() => file.sync());
  });
  for (let round = 0; round < rounds; round++) {
    await Promise.all([
      node.clock.sleep(Math.floor(node.rng.next() * 20)),
      new Promise((resolve) => setImmediate(resolve)),
      Promise.race([node.clock.sleep(5), node.clock.sleep(6)]),
    ]);
    for (const peer of peers) node.net.send(peer, { from: node.name, round });
  }
}

/** Five nodes of which one dies and comes back, in a bad network. */
async function run(seed: number): Promise<{ hash: string; timeline: readonly string[]; logs: string[] }> {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const world = new Simulation(seed, {
    net: { delay: [1, 30], drop: 0.1, duplicate: 0.1, slow: 0.01 },
    disk: { delays: { append: [0, 3], sync: [1, 8] } },
  });
  const start = (name: string): SimNode => {
    const node = world.start(name);
    void worker(node, names, 30);
    return node;
  };
  const nodes = names.map(start);
  world.clock.timer(100, () => world.kill('b'));
  world.clock.timer(150, () => void start('b'));
  world.clock.timer(200, () => world.net.partition(['a', 'b'], ['c', 'd', 'e']));
  world.clock.timer(300, () => world.net.heal());
  await world.clock.advance(2_000);
  const logs = nodes.map(({ disk }) => (disk.has('log') ? disk.text('log') : ''));
  return { hash: world.trace.hash, timeline: world.trace.timeline, logs };
}

describe('a simulation', () => {
  it('repeats bit for bit from its seed, also with async code', async () => {
    for (const seed of [1, 2, 3]) expect(await run(seed)).toEqual(await run(seed));
  });

  it('repeats while another one runs beside it', async () => {
    const alone = await run(7);
    const [beside] = await Promise.all([run(7), run(8), run(9)]);
    expect(beside).toEqual(alone);
  });

  it('goes differently with another seed', async () => {
    const hashes = await Promise.all([1, 2, 3, 4, 5].map(async (seed) => (await run(seed)).hash));
    expect(new Set(hashes).size).toBe(5);
  });

  it('notes what happened, for the student to read', async () => {
    const { timeline } = await run(1);
    expect(timeline).toHaveLength(20);
    expect(timeline.join('\n')).toMatch(/^\d+ (timer \d+|append log|sync log|. -> . .*|. -x .)$/m);
  });

  it('stops a node that was killed, and starts it again with its disk', async () => {
    const world = new Simulation(1);
    const first = world.start('a');
    const opening = first.disk.open('log');
    await world.clock.advance(0);
    const file = await opening;
    await Promise.all([file.append([encode(1)]), world.clock.advance(0)]);
    await file.sync();
    await first.disk.syncDir('.');
    let fired = 0;
    first.clock.timer(10, () => fired++);
    void first.clock.sleep(10).then(() => fired++);
    world.kill('a', 'nothing');
    first.clock.timer(10, () => fired++);
    const second = world.start('a');
    second.clock.timer(10, () => fired++);
    await world.clock.advance(100);
    expect(fired).toBe(1);
    expect(second.disk.text('log')).toBe('1\n');
    expect(world.clock.pending()).toBe(0);
  });
});
