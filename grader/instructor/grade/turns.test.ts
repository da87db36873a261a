import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as soon } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTurns, type MachineLock, machineLock } from './turns.ts';

const alone: MachineLock = (work) => work();

/** A promise that somebody else resolves. */
function gateway(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await soon();
}

describe('turns', () => {
  test('are taken one at a time, while checks of others go on', async () => {
    const turns = createTurns(alone);
    const log: string[] = [];
    const [first, second] = [gateway(), gateway()];
    const measure = (name: string, until: Promise<void>): Promise<void> =>
      turns.during(async () => {
        const over = await turns.take(false);
        log.push(`${name} begins`);
        await until;
        log.push(`${name} ends`);
        over();
      });
    const all = [measure('a', first.opened), measure('b', second.opened)];
    await settled();
    await turns.during(async () => void log.push('checks'));
    first.open();
    await settled();
    second.open();
    await Promise.all(all);
    expect(log).toEqual(['a begins', 'checks', 'a ends', 'b begins', 'b ends']);
  });

  test('a quiet one waits until nothing else runs, and lets nothing begin', async () => {
    const turns = createTurns(alone);
    const log: string[] = [];
    const [checks, gate] = [gateway(), gateway()];
    const other = turns.during(async () => {
      await checks.opened;
      log.push('checks end');
    });
    const quiet = turns.during(async () => {
      const over = await turns.take(true);
      log.push('quiet begins');
      await gate.opened;
      log.push('quiet ends');
      over();
    });
    await settled();
    const later = turns.during(async () => void log.push('later'));
    await settled();
    expect(log).toEqual([]);
    checks.open();
    await settled();
    expect(log).toEqual(['checks end', 'quiet begins']);
    gate.open();
    await Promise.all([other, quiet, later]);
    expect(log).toEqual(['checks end', 'quiet begins', 'quiet ends', 'later']);
  });

  test('of one who is gone go on to the next', async () => {
    const turns = createTurns(alone);
    let asked: Promise<() => void> = Promise.resolve(() => {});
    await turns.during(async () => {
      asked = turns.take(false);
    });
    (await asked)();
    const got = await turns.during(async () => {
      const over = await turns.take(true);
      over();
      return 'got it';
    });
    expect(got).toBe('got it');
  });
});

describe('the lock of the machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'craft-machine-'));
  const { TMPDIR } = process.env;
  beforeAll(() => {
    process.env.TMPDIR = folder;
  });
  afterAll(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    rmSync(folder, { recursive: true, force: true });
  });

  test('keeps the gates of two graders apart, and lets go of one who is stopped', async () => {
    const stop = new AbortController();
    const [mine, theirs] = [createTurns(machineLock()), createTurns(machineLock(stop.signal))];
    const log: string[] = [];
    const [opened, theirsAsked] = [gateway(), gateway()];
    const first = mine.during(async () => {
      const over = await mine.take(false);
      log.push('mine');
      theirsAsked.open();
      await opened.opened;
      log.push('over');
      over();
    });
    await theirsAsked.opened;
    const second = theirs.during(async () => {
      const over = await theirs.take(false);
      log.push('theirs');
      over();
    });
    await settled();
    expect(log).toEqual(['mine']);
    opened.open();
    await Promise.all([first, second]);
    expect(log).toEqual(['mine', 'over', 'theirs']);
    const held = await mine.during(() => mine.take(false));
    const waiting = theirs.during(() => theirs.take(false));
    stop.abort();
    await expect(waiting).rejects.toThrow('aborted');
    held();
  });
});
