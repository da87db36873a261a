import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { HarnessConfig } from './context.ts';
import { awaitStart, openStarter, type Starter } from './starter.ts';

const config = { seed: 'abc', driverDirectory: '/d' } as HarnessConfig;

/** What the pipeline says, one thing after the other. */
const says: readonly ((starter: Starter) => void)[] = [
  (starter) => starter.prepare(config),
  (starter) => starter.go(),
];

test.each([0, 1, 2])('checks that come after %i of two messages hear all of both', async (before) => {
  const starter = openStarter(randomUUID());
  for (const say of says.slice(0, before)) say(starter);
  const start = awaitStart(starter.name);
  // Said before the thread's own word can have arrived: the later message must not stand for the earlier one.
  for (const say of says.slice(before)) say(starter);
  expect(await start.prepared).toEqual(config);
  expect(await start.begins).toBe(true);
  starter.close();
});

test('a thread that nobody needs learns that there is nothing to come', async () => {
  const starter = openStarter(randomUUID());
  const start = awaitStart(starter.name);
  expect(starter.stop()).toBe(true);
  expect(await start.prepared).toBeUndefined();
  expect(await start.begins).toBe(false);
  starter.close();
});

test('of go and stop the first one counts', async () => {
  const starter = openStarter(randomUUID());
  starter.prepare(config);
  starter.go();
  expect(starter.stop()).toBe(false);
  expect(await awaitStart(starter.name).begins).toBe(true);
  starter.close();
});
