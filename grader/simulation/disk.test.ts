import { describe, expect, it } from 'vitest';
import type { Disk } from '../../exercises/kernel/types.ts';
import { createRng, SimClock, SimDisk } from './index.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('SimDisk as a disk', () => {
  it('appends, reads, cuts and reports sizes as a real file does', async () => {
    const disk = new SimDisk();
    const file = await disk.open('a/log');
    expect(await file.append([bytes('ab'), bytes('c')])).toBe(0);
    expect(await file.append([bytes('de')])).toBe(3);
    expect(new TextDecoder().decode(await file.readAt(1, 100))).toBe('bcde');
    expect(await file.readAt(99, 1)).toHaveLength(0);
    await file.truncate(2);
    expect(await file.append([bytes('!')])).toBe(2);
    expect(disk.text('a/log')).toBe('ab!');
    expect(await file.size()).toBe(3);
    expect(disk.counts).toEqual({ appends: 3, syncs: 0, reads: 2, bytes: 6 });
    await file.close();
    await expect(file.append([bytes('x')])).rejects.toMatchObject({ code: 'EBADF' });
  });

  it('lists, renames over, and removes; an open file lives on without a name', async () => {
    const disk = new SimDisk();
    disk.put('d/1', 'one');
    disk.put('./d//2', 'two');
    disk.put('top', '');
    expect(await disk.list('.')).toEqual(['d', 'top']);
    await disk.rename('d/1', 'd/2');
    expect(await disk.list('d/')).toEqual(['2']);
    expect(disk.text('d/2')).toBe('one');
    const file = await disk.open('d/2');
    await disk.remove('d/2');
    expect(await disk.list('d')).toEqual([]);
    expect(await file.size()).toBe(3);
    await expect(disk.remove('d/2')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(disk.open('../x')).rejects.toThrow(RangeError);
  });

  it('takes what a buffer holds when the disk gets to it', async () => {
    const disk = new SimDisk();
    const file = await disk.open('log');
    const buffer = bytes('a');
    const append = file.append([buffer]);
    buffer.set(bytes('b'));
    await append;
    expect(disk.text('log')).toBe('b');
  });
});

describe('SimDisk faults', () => {
  it('fails the appends that it was told to, leaving the file as it was', async () => {
    const disk = new SimDisk();
    const file = await disk.open('log');
    disk.failAppend(2, 'ENOSPC');
    await file.append([bytes('a')]);
    await expect(file.append([bytes('b')])).rejects.toMatchObject({
      code: 'ENOSPC',
      message: "ENOSPC: no space left on device, append 'log'",
    });
    expect(await file.append([bytes('c')])).toBe(1);
    disk.failNext('append', 'EACCES', 2);
    await expect(file.append([bytes('d')])).rejects.toMatchObject({ code: 'EACCES' });
    await expect(file.append([bytes('d')])).rejects.toMatchObject({ code: 'EACCES' });
    await file.append([bytes('d')]);
    expect(disk.text('log')).toBe('acd');
    expect(disk.counts).toMatchObject({ appends: 6, bytes: 3 });
  });

  it('keeps bytes unsafe when their sync failed', async () => {
    const disk = new SimDisk();
    const file = await disk.open('log');
    await disk.syncDir('.');
    await file.append([bytes('a')]);
    disk.failNext('sync', 'EIO');
    await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' });
    expect(disk.unsynced('log')).toBe(1);
    await file.sync();
    expect(disk.unsynced('log')).toBe(0);
  });

  it('takes its time by the clock, and keeps the order of appends', async () => {
    const clock = new SimClock(0);
    const disk = new SimDisk(createRng(3), { clock, delays: { append: [1, 50], sync: 5 } });
    const opened = disk.open('log');
    await clock.advance(0);
    const file = await opened;
    const appends = Array.from({ length: 20 }, (_, i) => file.append([bytes(String.fromCharCode(97 + i))]));
    await clock.runUntilIdle(2_000);
    expect(await Promise.all(appends)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(disk.text('log')).toBe('abcdefghijklmnopqrst');
    expect(clock.now()).toBeGreaterThan(100);
  });

  it('holds an operation back until it is let go', async () => {
    const disk = new SimDisk();
    const file = await disk.open('log');
    await file.append([bytes('a')]);
    const release = disk.hold('sync');
    let synced = false;
    const syncing = file.sync().then(() => {
      synced = true;
    });
    await file.append([bytes('late')]);
    expect([synced, disk.unsynced('log')]).toEqual([false, 5]);
    release();
    await syncing;
    expect(disk.unsynced('log')).toBe(4); // what came during the sync is not covered by it
  });

  it('rots bits', () => {
    const disk = new SimDisk(createRng(1));
    disk.put('x', 'A');
    expect(disk.flipBit('x', 1)).toBe(1);
    expect(disk.text('x')).toBe('C');
    expect(disk.flipBit('x')).toBeLessThan(8);
    expect(disk.text('x')).not.toBe('C');
  });
});

describe('SimDisk crashes', () => {
  it('keeps what was synced and any part of the rest', async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 300; seed++) {
      const disk = new SimDisk(createRng(seed));
      const file = await disk.open('log');
      await file.append([bytes('safe')]);
      await file.sync();
      await disk.syncDir('.');
      await file.append([bytes('xyz')]);
      disk.crash();
      const found = disk.text('log').replaceAll('\0', '_');
      expect(found).toMatch(/^safe(x|xy|xyz)?_*$/);
      expect(found.length).toBeLessThanOrEqual(7);
      seen.add(found);
    }
    expect([...seen]).toEqual(expect.arrayContaining(['safe', 'safex', 'safexy', 'safexyz', 'safe___']));
  });

  it('loses single sectors of a long write', async () => {
    let holes = 0;
    for (let seed = 0; seed < 100; seed++) {
      const disk = new SimDisk(createRng(seed));
      disk.put('log', '');
      const file = await disk.open('log');
      await file.append([new Uint8Array(5_000).fill(1)]);
      disk.crash();
      if (disk.text('log').includes('\0\x01')) holes++;
    }
    expect(holes).toBeGreaterThan(5);
  });

  it('may bring back bytes that were cut off, until the cut is synced', async () => {
    const found = new Set<string>();
    for (let seed = 0; seed < 50; seed++) {
      const disk = new SimDisk(createRng(seed));
      disk.put('log', 'abcdef');
      const file = await disk.open('log');
      await file.truncate(2);
      if (seed % 2 === 1) await file.sync();
      disk.crash();
      found.add(`${seed % 2 === 1 ? 'synced' : 'unsynced'} ${disk.text('log')}`);
    }
    expect([...found].sort()).toEqual(['synced ab', 'unsynced ab', 'unsynced abcdef']);
  });

  it('forgets names that their folder was not synced for', async () => {
    const disk = new SimDisk();
    const file = await disk.open('d/new');
    await file.append([bytes('x')]);
    await file.sync();
    disk.crash('nothing');
    expect(disk.has('d/new')).toBe(false);
  });

  it('keeps a renamed file whole: the old name or the new one', async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 50; seed++) {
      const disk = new SimDisk(createRng(seed));
      disk.put('state', 'old');
      const file = await disk.open('state.tmp');
      await file.append([bytes('new')]);
      await file.sync();
      await disk.rename('state.tmp', 'state');
      disk.crash();
      outcomes.add(disk.text('state'));
    }
    expect([...outcomes].sort()).toEqual(['new', 'old']);
  });

  it('syncs one folder only, and with a rename what led to it', async () => {
    const disk = new SimDisk();
    for (const path of ['a/x', 'b/y', 'c/z']) await disk.open(path);
    await disk.rename('a/x', 'b/x');
    await disk.syncDir('b');
    disk.crash('nothing');
    expect([await disk.list('a'), await disk.list('b'), await disk.list('c')]).toEqual([[], ['x', 'y'], []]);
  });

  it('never answers files that were opened before', async () => {
    const disk = new SimDisk();
    const file = await disk.open('log');
    const before = file.append([bytes('a')]);
    disk.crash('everything');
    let answered = false;
    void before.then(() => {
      answered = true;
    });
    void file.append([bytes('b')]).then(() => {
      answered = true;
    });
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    expect(disk.text('log')).toBe('');
  });

  it('keeps exactly as many loose bytes as it is told', async () => {
    for (let count = 0; count <= 4; count++) {
      const disk = new SimDisk();
      const file = await disk.open('log');
      await file.append([bytes('ab')]);
      await file.sync();
      await file.append([bytes('cde')]);
      disk.crash({ bytes: count });
      expect(disk.text('log')).toBe('abcde'.slice(0, 2 + count));
    }
  });
});

describe('every crash point of a program', () => {
  /** Replaces `state` by the book: a new file, synced, renamed over the old one, folder synced. */
  async function replace(disk: Disk, content: string, skip?: 'sync' | 'syncDir'): Promise<void> {
    const file = await disk.open('state.tmp');
    await file.truncate(0);
    await file.append([bytes(content)]);
    if (skip !== 'sync') await file.sync();
    await file.close();
    await disk.rename('state.tmp', 'state');
    if (skip !== 'syncDir') await disk.syncDir('.');
  }

  /** Crashes after each change and with several fates of the loose bytes; all contents found, and of acknowledged runs. */
  async function tryAll(
    skip?: 'sync' | 'syncDir',
  ): Promise<{ found: Set<string>; acknowledged: Set<string> }> {
    const found = new Set<string>();
    const acknowledged = new Set<string>();
    for (let point = 0; point <= 6; point++) {
      for (let seed = 0; seed < 20; seed++) {
        const disk = new SimDisk(createRng(seed));
        disk.put('state', 'old');
        disk.powerOffAfter(point);
        let done = false;
        await Promise.race([
          disk.poweredOff,
          replace(disk, 'new', skip).then(() => {
            done = true;
          }),
        ]);
        await new Promise(setImmediate);
        disk.crash();
        (done ? acknowledged : found).add(disk.text('state'));
      }
    }
    return { found, acknowledged };
  }

  it('shows nothing but old and new when the program does it right', async () => {
    const { found, acknowledged } = await tryAll();
    expect([...found].sort()).toEqual(['new', 'old']);
    expect([...acknowledged]).toEqual(['new']);
  });

  it('shows a torn file when the sync is left out', async () => {
    const { acknowledged } = await tryAll('sync');
    expect(acknowledged).toContain('');
  });

  it('shows a lost acknowledgement when the folder is not synced', async () => {
    const { acknowledged } = await tryAll('syncDir');
    expect([...acknowledged].sort()).toEqual(['new', 'old']);
  });

  it('loses acknowledged records of a log without sync in nearly every crash', async () => {
    let lost = 0;
    for (let seed = 0; seed < 200; seed++) {
      const disk = new SimDisk(createRng(seed));
      disk.put('log', '');
      const file = await disk.open('log');
      for (let i = 0; i < 50; i++) await file.append([bytes(`record ${i}\n`)]);
      disk.crash();
      if (!disk.text('log').endsWith('record 49\n')) lost++;
    }
    expect(lost).toBeGreaterThan(100);
  });
});
