/** The real clock, chance, file and disk of exercises/kernel: students' programs stand on them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRng, openFile, realClock, realDisk } from '../../exercises/kernel/index.ts';
import { createRng as simulatedRng } from './index.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'craft kernel ü-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

describe('realClock', () => {
  afterEach(() => vi.useRealTimers());

  it('waits longer than setTimeout can', () => {
    vi.useFakeTimers();
    const fired = vi.fn();
    const month = 30 * 24 * 3_600_000;
    realClock.timer(month, fired);
    vi.advanceTimersByTime(month - 1);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledTimes(1);
  });

  it('never fires a cancelled timer, in whichever piece of the wait it is', () => {
    vi.useFakeTimers();
    const fired = vi.fn();
    const month = 30 * 24 * 3_600_000;
    const cancel = realClock.timer(month, fired);
    vi.advanceTimersByTime(month - 1);
    cancel();
    cancel();
    vi.advanceTimersByTime(month);
    expect(fired).not.toHaveBeenCalled();
  });

  it('sleeps a negative time on a later turn', async () => {
    let woke = false;
    const sleeping = realClock.sleep(-5).then(() => {
      woke = true;
    });
    await Promise.resolve();
    expect(woke).toBe(false);
    await sleeping;
    expect(woke).toBe(true);
  });
});

describe('createRng', () => {
  it('repeats from its seed, stays in [0, 1), and is the generator of simulations', () => {
    const a = createRng(42);
    const b = simulatedRng(42);
    const values = Array.from({ length: 10_000 }, () => a.next());
    expect(values).toEqual(Array.from({ length: 10_000 }, () => b.next()));
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean).toBeCloseTo(0.5, 1);
    expect(new Set(values).size).toBeGreaterThan(9_990);
  });
});

describe('openFile', () => {
  it('appends many buffers as one and says where they start', async () => {
    const file = await openFile(join(folder, 'log'));
    expect(await file.append([bytes('ab'), bytes(''), bytes('c')])).toBe(0);
    expect(await file.append([bytes('de')])).toBe(3);
    expect(await file.append([])).toBe(5);
    expect(await file.size()).toBe(5);
    await file.sync();
    await file.close();
    expect(await readFile(join(folder, 'log'), 'utf8')).toBe('abcde');
  });

  it('gives each of many appends in flight its own offset', async () => {
    const file = await openFile(join(folder, 'log'));
    const starts = await Promise.all(Array.from({ length: 200 }, (_, i) => file.append([bytes(`${i};`)])));
    for (const [i, start] of starts.entries()) {
      expect(text(await file.readAt(start, `${i};`.length))).toBe(`${i};`);
    }
    await file.close();
  });

  it('writes more buffers than one system call takes', async () => {
    const file = await openFile(join(folder, 'log'));
    const buffers = Array.from({ length: 5_000 }, (_, i) => bytes(`${i}\n`));
    await file.append(buffers);
    expect(await readFile(join(folder, 'log'), 'utf8')).toBe(buffers.map(text).join(''));
    await file.close();
  });

  it('continues at the end of a file that was there, and after a cut', async () => {
    await writeFile(join(folder, 'log'), 'old');
    const file = await openFile(join(folder, 'log'));
    expect(await file.append([bytes('+new')])).toBe(3);
    await file.truncate(4);
    expect(await file.append([bytes('!')])).toBe(4);
    expect(text(await file.readAt(0, 100))).toBe('old+!');
    await file.close();
  });

  it('reads less at the end, and does not believe an absurd length', async () => {
    await writeFile(join(folder, 'log'), 'abc');
    const file = await openFile(join(folder, 'log'));
    expect(text(await file.readAt(1, 2 ** 40))).toBe('bc');
    expect(await file.readAt(3, 10)).toHaveLength(0);
    expect(await file.readAt(99, 10)).toHaveLength(0);
    await file.close();
  });

  it('rejects with the code of the system', async () => {
    await expect(openFile(folder)).rejects.toMatchObject({ code: 'EISDIR' });
    const full = await openFile('/dev/full').catch(() => undefined);
    if (full === undefined) return; // not on every system
    await expect(full.append([bytes('x')])).rejects.toMatchObject({ code: 'ENOSPC' });
    await full.close();
  });
});

describe('realDisk', () => {
  it('makes folders, lists names sorted, renames and removes', async () => {
    const disk = realDisk(join(folder, 'data'));
    expect(await disk.list('.')).toEqual([]);
    for (const name of ['wal/2', 'wal/10', 'wal/1', 'meta']) await (await disk.open(name)).close();
    await disk.syncDir('wal');
    expect(await disk.list('wal')).toEqual(['1', '10', '2']);
    expect(await disk.list('')).toEqual(['meta', 'wal']);
    await disk.rename('wal/1', 'wal/3');
    await disk.remove('wal/10');
    expect(await disk.list('wal')).toEqual(['2', '3']);
    await expect(disk.remove('wal/10')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('stays inside its folder', async () => {
    const disk = realDisk(join(folder, 'data'));
    await expect(disk.open('../outside')).rejects.toThrow(RangeError);
    await expect(disk.open('/etc/passwd')).rejects.toThrow(RangeError);
  });
});
