/** Loads that end early, or never begin. */
import { afterEach, describe, expect, test } from 'vitest';
import { endServers, expectWhole, http, none, specFor } from '../fixtures/servers/inside.ts';
import { childrenOf } from '../fixtures/servers/leftovers.ts';
import { runLoad } from './load.ts';
import type { LoadSpec } from './types.ts';

afterEach(endServers);

describe('interrupted', () => {
  const endless = { measure: {}, warmup: { requests: 20 } };

  test('by the user: what was measured so far', async () => {
    const stop = new AbortController();
    let requests = 0;
    const url = await http((_, __, response) => {
      // Those after the 500th get no answer: they are under way when the user gives up.
      if (++requests <= 500) response.writeHead(202).end();
      else if (requests === 505) stop.abort();
    });
    const result = await runLoad(specFor(url, endless), { signal: stop.signal });
    expect(result).toMatchObject({ interrupted: true, sent: 480, planned: 480 });
    expect(result.outcomes).toEqual({ ...none, succeeded: 480 });
    expectWhole(result);
    expect(result.latency).not.toBeNull();
  });

  test('before it began: nothing', async () => {
    const url = await http(() => {});
    const result = await runLoad(specFor(url, endless), { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ interrupted: true, sent: 0, rate: 0, latency: null, outcomes: none });
  });

  test('in the warm-up: nothing', async () => {
    const stop = new AbortController();
    const url = await http(() => stop.abort());
    const result = await runLoad(specFor(url, endless), { signal: stop.signal });
    expect(result).toMatchObject({ interrupted: true, sent: 0, latency: null });
  });
});

test.runIf(process.platform === 'linux')(
  'a generator that dies is a bug of ours, and said to be one',
  async () => {
    const before = childrenOf(process.pid);
    const url = await http(() => {
      for (const pid of childrenOf(process.pid)) if (!before.includes(pid)) process.kill(pid, 'SIGKILL');
    });
    const spec = specFor(url, { workers: 2 });
    await expect(runLoad(spec)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(childrenOf(process.pid)).toEqual(before);
  },
);

test("a generator does not hear the terminal's Ctrl-C: what it means is craft's to decide", async () => {
  const before = childrenOf(process.pid);
  const groups: boolean[] = [];
  const url = await http((_, __, response) => {
    for (const pid of childrenOf(process.pid)) if (!before.includes(pid)) groups.push(leadsGroup(pid));
    response.writeHead(202).end();
  });
  await runLoad(specFor(url, { measure: { requests: 1 }, clients: 1, warmup: {} }));
  expect(groups).toEqual([true]);
});

/** Signals of the terminal go to its foreground group: a process that leads another one gets none. */
function leadsGroup(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}

test.each<[string, Partial<LoadSpec>, string]>([
  ['ftp://127.0.0.1/', {}, 'is no http:// address'],
  ['nothing', {}, 'is no http:// address'],
  ['http://127.0.0.1:1/', { headers: { 'x-a': 'b\r\nc: d' } }, 'is no header'],
  ['http://127.0.0.1:1/', { method: 'P T' }, 'is no HTTP method'],
  ['http://127.0.0.1:1/', { mode: { kind: 'open', rate: 5 }, measure: {} }, 'needs a duration'],
])('%s with %o is refused in words', async (url, changes, words) => {
  await expect(runLoad(specFor(url, changes))).rejects.toMatchObject({
    code: 'BAD_USAGE',
    message: expect.stringContaining(words),
  });
});
