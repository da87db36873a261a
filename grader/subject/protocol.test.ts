import { serialize } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { createRandom, newSeed } from '../core/random.ts';
import { locate } from './errors.ts';
import { OutputLog } from './output.ts';
import { encodeFrame, FrameReader, isFromSubject } from './protocol.ts';

const seed = newSeed();

describe(`frames (seed ${seed})`, () => {
  const messages = Array.from({ length: 40 }, (_, i) => ({
    id: `${i}`,
    ok: true as const,
    value: 'x'.repeat(i * 37),
  }));
  const bytes = Buffer.concat(messages.map((message) => encodeFrame(message)));

  test('come out whole, however the bytes are cut', () => {
    const random = createRandom(seed);
    for (let round = 0; round < 50; round++) {
      const reader = new FrameReader(1_000_000);
      const received: unknown[] = [];
      for (let at = 0; at < bytes.length; ) {
        const length = random.integer(1, random.pick([1, 7, 4_000]));
        received.push(...reader.feed(bytes.subarray(at, at + length)));
        at += length;
      }
      expect(received).toEqual(messages);
    }
  });

  test('that are too long are refused before they are buffered', () => {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(4_000_000_000);
    expect(() => new FrameReader(1_000).feed(head)).toThrow(/4000000000 bytes/);
  });

  test('that are no serialized value are refused', () => {
    expect(() => new FrameReader(1_000).feed(Buffer.from([3, 0, 0, 0, 1, 2, 3]))).toThrow();
  });
});

test.each([
  [null, false],
  [42, false],
  [{}, false],
  [{ id: 7, ok: true }, false],
  [{ id: 'a', ok: 'yes' }, false],
  [{ id: 'a', ok: true, handle: {} }, false],
  [{ id: 'a', ok: false, error: 'no' }, false],
  [{ event: 'ready', pid: '1' }, false],
  [{ id: 'a', ok: true, value: serialize(1) }, true],
  [{ id: 'a', ok: false, error: { code: 'THREW', name: 'E', message: 'm', stack: '' } }, true],
])('the shape of %j is accepted: %s', (message, accepted) => {
  expect(isFromSubject(message)).toBe(accepted);
});

test('the place of an error is the first frame in the student’s own source', () => {
  const stack = `Error: x
    at internal (node:internal/process:1:1)
    at kernel (/ws/.craft/build/0-poc/01-queue/output/exercises/kernel/clock.js:3:1)
    at take (/ws/.craft/build/0-poc/01-queue/source/exercises/0-poc/01-queue/queue.ts:31:5)`;
  expect(locate(stack, '/ws/.craft/build/0-poc/01-queue/source')).toBe(
    'exercises/0-poc/01-queue/queue.ts:31:5',
  );
  expect(locate('Error: x', '/ws')).toBeUndefined();
  const through = `Error: closed
    at push (/b/source/exercises/0-poc/01-queue/queue.ts:35:1)
    at handle (/b/source/exercises/0-poc/03-ingest/ingest.ts:9:3)`;
  expect(locate(through, '/b/source', ['exercises/0-poc/03-ingest/ingest.ts'])).toBe(
    'exercises/0-poc/03-ingest/ingest.ts:9:3',
  );
  expect(locate(through, '/b/source')).toBe('exercises/0-poc/01-queue/queue.ts:35:1');
});

test('of a flood of output head and tail are kept, and the rest is counted', () => {
  const log = new OutputLog();
  log.add('first line\n');
  for (let i = 0; i < 1_000; i++) log.add(`${'x'.repeat(99)}\n`);
  log.add('last line\n');
  expect(log.bytes).toBe(11 + 100_000 + 10);
  expect(log.toString()).toMatch(/^first line\n.*\.\.\. \d+ bytes left out \.\.\..*last line\n$/s);
  expect(log.toString().length).toBeLessThan(34_000);
});
