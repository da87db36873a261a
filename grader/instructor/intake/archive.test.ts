/** Zips and tars: those that programs make, and those that only an attacker makes. */
import { randomBytes } from 'node:crypto';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { paxOf, type TarEntry, tarOf } from '../../fixtures/intake/tar.ts';
import {
  candidateAt,
  makePlace,
  type Place,
  queue,
  reasonOf,
  store,
  takenFiles,
  workspace,
} from '../../fixtures/intake/workspaces.ts';
import { type ZipEntry, zipOf } from '../../fixtures/intake/zip.ts';
import { type Intake, intakeLimits } from './index.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.remove());

const good = { [queue]: workspace[queue], [store]: workspace[store] };
const sound = { name: queue, content: workspace[queue] ?? '' };

const take = (kind: 'zip' | 'tar', bytes: Uint8Array, limits = intakeLimits): Promise<Intake> => {
  const path = join(place.put('class', { [`ada.${kind}`]: bytes }), `ada.${kind}`);
  return place.take(candidateAt(kind, path), limits);
};
const zip = (...entries: ZipEntry[]): Promise<Intake> => take('zip', zipOf(entries));
const tar = (...entries: TarEntry[]): Promise<Intake> => take('tar', tarOf(entries));
/** The same entry in both; for what both have. */
const both = (entry: { name: string; content?: string }): Promise<Intake[]> =>
  Promise.all([zip(sound, entry), tar(sound, entry)]);

describe('an archive that a program made', () => {
  test.each(['', 'ada/', 'main-1234567/ada/'])('is taken, zip with %j above', async (above) => {
    const archive = new ZipFile();
    for (const [path, text] of Object.entries(workspace)) archive.addBuffer(Buffer.from(text), above + path);
    archive.addBuffer(Buffer.from('x'), `__MACOSX/${above}${queue}`);
    archive.addBuffer(Buffer.from('x'), `${above}node_modules/systems-craft/${queue}`);
    archive.addEmptyDirectory(`${above}exercises/0-poc/03-ingest`);
    archive.end();
    place.put('class', {});
    const path = join(place.root, 'made.zip');
    await pipeline(archive.outputStream, createWriteStream(path));
    expect(takenFiles(await take('zip', readFileSync(path)))).toEqual(good);
  });

  test.each([
    ['tar', false],
    ['tar.gz', true],
  ])('is taken, %s', async (name, gzip) => {
    place.put('ada', workspace);
    const file = join(place.root, name);
    await create({ file, gzip, cwd: place.root }, ['ada']);
    expect(takenFiles(await take('tar', readFileSync(file)))).toEqual(good);
  });

  test('is taken when its names have backslashes between them, as some programs for Windows write', async () => {
    const name = `ada\\${queue.replaceAll('/', '\\')}`;
    expect(takenFiles(await zip({ ...sound, name }))).toEqual({ [queue]: workspace[queue] });
  });

  test('has the tree that the same files have in a folder', async () => {
    const folder = candidateAt('folder', place.put('plain', workspace));
    const trees = [await zip(sound), await tar(sound), await place.take(folder)].map(
      (each) => each.submission.tree,
    );
    expect(trees[0]).toBe(trees[1]);
    expect(trees[2]).not.toBe(trees[0]);
  });

  test('has long names', async () => {
    const name = `exercises/${'long-name-'.repeat(13)}.ts`;
    const path = paxOf({ path: `ada/${name}` });
    expect(takenFiles(await tar(path, { name: 'cut short', content: 'long' }))).toEqual({ [name]: 'long' });
    expect(takenFiles(await zip({ name, content: 'long' }))).toEqual({ [name]: 'long' });
    const longer = name.replace('.ts', 'longer-still.ts');
    expect(reasonOf(await zip({ name: longer }))).toContain('is too long for a source file');
  });
});

describe('an archive is refused when a name', () => {
  test.each([
    ['leads out', '../escaped.ts', 'leads out of the submission'],
    ['leads out from below', 'exercises/../../escaped.ts', 'leads out of the submission'],
    ['leads out of a folder that is left behind', 'node_modules/../../x.ts', 'leads out of the submission'],
    ['is absolute', '/etc/cron.d/x.ts', 'is absolute'],
    ['has a drive', 'C:/x.ts', 'is absolute'],
    ['is too long', `exercises/${'n'.repeat(300)}.ts`, 'longer than 255 bytes'],
    ['is far too long', 'exercises/'.repeat(110), 'has more than 32 folders'],
    ['is too deep', `exercises/${'d/'.repeat(40)}x.ts`, 'has more than 32 folders'],
    ['has a line break', 'exercises/a\nb.ts', 'control characters'],
  ])('%s', async (_, name, reason) => {
    const short = name.length < 100;
    const intakes = short
      ? await both({ name, content: 'x' })
      : [await zip(sound, { name }), await tar(sound, paxOf({ path: name }), { name: 'x' })];
    for (const intake of intakes) expect(reasonOf(intake)).toContain(reason);
    expect(place.leftovers()).toEqual([]);
  });

  test('leads out by backslashes', async () => {
    expect(reasonOf(await zip(sound, { name: '..\\..\\x.ts' }))).toContain('leads out');
    expect(reasonOf(await tar(sound, { name: '..\\..\\x.ts' }))).toContain('backslash');
  });

  test('has a NUL', async () => {
    expect(reasonOf(await zip(sound, { name: 'exercises/a.ts\0.txt' }))).toContain('NUL');
    // In a tar it ends the name.
    expect(takenFiles(await tar({ ...sound, name: `${queue}\0.txt` }))).toEqual({
      [queue]: workspace[queue],
    });
  });

  test('is not UTF-8', async () => {
    const name = Buffer.from([...Buffer.from('exercises/'), 0xff, 0xfe, ...Buffer.from('.ts')]);
    expect(reasonOf(await zip(sound, { name }))).toContain('is not UTF-8');
  });

  test('is there twice, as such or to some file systems', async () => {
    for (const name of [queue, `./${queue}`, queue.replaceAll('/', '//')]) {
      for (const intake of await both({ name })) expect(reasonOf(intake)).toBe(`${queue} is in it twice`);
    }
    for (const name of [queue.replace('queue.ts', 'Queue.ts'), queue.replace('0-poc', '0-POC')]) {
      for (const intake of await both({ name })) expect(reasonOf(intake)).toContain('differ only in case');
    }
    const accents = ['\u00e9', 'e\u0301'].map((name) => ({ name: `exercises/${name}.ts` }));
    expect(reasonOf(await zip(...accents))).toContain('is in it twice');
    expect(reasonOf(await tar(...accents))).toContain('is in it twice');
  });

  test('is a file and a folder', async () => {
    for (const intake of await both({ name: `${queue}/inner.ts` })) {
      expect(reasonOf(intake)).toBe(`${queue} is both a file and a folder`);
    }
  });
});

describe('an archive is refused when it holds', () => {
  test.each([queue, 'notes', 'exercises/link.ts'])('a link: %s', async (name) => {
    const rest = { name: store, content: 'x' };
    const reason = `${name} is a link: hand in the files themselves`;
    expect(reasonOf(await zip(rest, { name, content: '/etc/passwd', mode: 0o120777 }))).toBe(reason);
    for (const type of ['1', '2']) {
      expect(reasonOf(await tar(rest, { name, type, link: '/etc/passwd' }))).toBe(reason);
    }
  });

  test('a link and then a file below it', async () => {
    const link = { name: 'exercises', link: '/tmp', type: '2', content: '/tmp', mode: 0o120777 };
    expect(reasonOf(await zip({ name: 'exercises', content: '/tmp', mode: 0o120777 }, sound))).toContain(
      'is a link',
    );
    expect(reasonOf(await tar({ ...link, content: '' }, sound))).toContain('is a link');
  });

  test.each(['3', '4', '6', 'S', 'Z'])('a device, or what nobody knows: type %s', async (type) => {
    expect(reasonOf(await tar(sound, { name: 'dev', type }))).toBe('dev is neither a file nor a folder');
  });

  test('a device, in a zip', async () => {
    expect(reasonOf(await zip(sound, { name: 'dev', mode: 0o020666 }))).toBe(
      'dev is neither a file nor a folder',
    );
  });

  test('what is encrypted', async () => {
    expect(reasonOf(await zip({ ...sound, flags: 0x801 }))).toContain('is encrypted');
    expect(reasonOf(await zip(sound, { name: 'notes', flags: 0x801 }))).toBe(
      'notes is encrypted: hand in an archive without a password',
    );
    expect(reasonOf(await zip(sound, { name: 'x', flags: 0x841 }))).toContain('encryption');
  });

  test('a pointer of Git LFS', async () => {
    const content = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n';
    for (const intake of await Promise.all([zip({ name: queue, content }), tar({ name: queue, content })])) {
      expect(reasonOf(intake)).toContain('is a pointer of Git LFS');
    }
  });

  test('a way of packing that is not known', async () => {
    expect(reasonOf(await zip({ ...sound, method: 12 }))).toContain('is packed by method 12');
  });
});

describe('a bomb is refused:', () => {
  const zeros = Buffer.alloc(40 * 1_048_576);

  test('a file that grows', async () => {
    expect(reasonOf(await zip({ name: queue, content: zeros }))).toContain('would grow from');
    expect(reasonOf(await zip(sound, { name: 'notes.txt', content: zeros }))).toContain('would grow from');
    const packed = gzipSync(tarOf([{ name: 'notes.txt', content: zeros }, sound]));
    expect(reasonOf(await take('tar', packed))).toContain('it would grow from');
  });

  test('a file that says it is short, and is not', async () => {
    const content = Buffer.alloc(2 * 1_048_576);
    expect(reasonOf(await zip({ name: queue, content, says: { size: 10 } }))).toContain('no whole zip');
    expect(reasonOf(await zip({ name: queue, content: 'ab', says: { size: 10 } }))).toContain('no whole zip');
    expect(reasonOf(await zip({ name: queue, content: 'ab', method: 0, says: { size: 1 } }))).toContain(
      'no whole zip',
    );
  });

  test('a file whose length is a lie the other way', async () => {
    const content = Buffer.alloc(2 * 1_048_576);
    const says = { size: 400_000_000 };
    expect(reasonOf(await zip({ name: queue, content: 'x', says }))).toContain('would grow');
    expect(reasonOf(await zip({ name: queue, content, method: 0 }))).toContain('is larger than 1 MiB');
    expect(reasonOf(await tar({ name: queue, content: 'x', size: 2_000_000 }))).toMatch(/whole tar|larger/);
    expect(reasonOf(await tar({ name: 'x', content: 'x', size: 8_000_000_000 }, sound))).toContain(
      'no whole tar',
    );
  });

  test('a gzip in a gzip', async () => {
    const content = randomBytes(2_000);
    const packed = gzipSync(gzipSync(tarOf([{ name: queue, content }])));
    expect(reasonOf(await take('tar', packed))).toContain('packed twice');
  });

  test('more entries than there may be, or than it says', async () => {
    const many = Array.from({ length: 10_001 }, (_, i) => ({ name: `n${i}`, method: 0 }));
    expect(reasonOf(await zip(sound, ...many))).toContain('more than 10,000 files and folders');
    expect(reasonOf(await tar(sound, ...many))).toContain('more than 10,000 files and folders');
    expect(reasonOf(await take('zip', zipOf([sound], 60_000)))).toContain('no whole zip');
    for (const few of [0, 1]) {
      const bytes = zipOf([sound, { name: store }], few);
      expect(reasonOf(await take('zip', bytes))).toContain('it has more entries than it says');
    }
  });

  test('attributes that never end', async () => {
    expect(reasonOf(await tar(paxOf({ comment: 'x'.repeat(100_000) }), sound))).toContain('attributes of');
  });

  test('an archive of nothing but attributes', async () => {
    const limits = { ...intakeLimits, scanned: 50 };
    const many = Array.from({ length: 51 }, () => paxOf({ comment: 'x' }));
    expect(reasonOf(await take('tar', tarOf([...many, sound]), limits))).toContain('more than 50 attributes');
  });

  test('an archive that is too large', async () => {
    const limits = { ...intakeLimits, archiveBytes: 100 };
    expect(reasonOf(await take('zip', zipOf([sound]), limits))).toContain('is larger than 100 bytes');
  });
});

describe('what is damaged is refused:', () => {
  test.each([0, 1, 4, 21, 22, 100, 512, 600])('the first %i bytes of an archive', async (length) => {
    const content = 'export {};'.repeat(200);
    for (const kind of ['zip', 'tar'] as const) {
      const bytes = kind === 'zip' ? zipOf([{ name: queue, content }]) : tarOf([{ name: queue, content }]);
      expect(reasonOf(await take(kind, bytes.subarray(0, Math.min(length, bytes.length - 30))))).toMatch(
        /no whole (zip|tar)/,
      );
    }
    const gzip = gzipSync(tarOf([{ name: queue, content }]));
    expect(reasonOf(await take('tar', gzip.subarray(0, Math.min(length, gzip.length - 9))))).toContain(
      'no whole tar',
    );
  });

  test('a zip with a changed byte', async () => {
    expect(reasonOf(await zip({ ...sound, says: { crc: 1 } }))).toContain('the archive is damaged at');
  });

  test('another kind of file under that name', async () => {
    for (const kind of ['zip', 'tar'] as const) {
      for (const bytes of [Buffer.from('Rar!\x1a\x07\x00'.repeat(100)), Buffer.alloc(4_096, 0xff)]) {
        expect(reasonOf(await take(kind, bytes))).toMatch(/no whole (zip|tar)/);
      }
    }
  });

  test('an archive that is gone', async () => {
    const gone = candidateAt('zip', join(place.put('class', { x: '' }), 'gone.zip'));
    expect(reasonOf(await place.take(gone))).toContain('changed while it was read');
  });
});
