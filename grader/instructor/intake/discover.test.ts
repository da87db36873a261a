/** Folders of submissions, with all sorts of things among them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePlace, type Place, queue } from '../../fixtures/intake/workspaces.ts';
import { type Candidate, discover } from './index.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.remove());

const reason = (candidate: Candidate | undefined): string =>
  candidate?.kind === 'refused' ? candidate.reason : `not refused: ${JSON.stringify(candidate)}`;

describe('a folder of submissions', () => {
  test('gives a candidate for each entry, by id', async () => {
    const files = [
      's02.zip',
      's03.TAR',
      's04.tar.gz',
      's05.tgz',
      '.DS_Store',
      '__MACOSX/x',
      '.git/HEAD',
      'out/run.jsonl',
    ];
    const folder = place.put('class', Object.fromEntries(files.map((name) => [name, ''])));
    place.put('class/s01', { [queue]: '' });
    const candidates = await discover(folder, { exclude: [join(folder, 'out')] });
    expect(candidates.map(({ kind, submission }) => [kind, submission.id])).toEqual([
      ['folder', 's01'],
      ['zip', 's02'],
      ['tar', 's03'],
      ['tar', 's04'],
      ['tar', 's05'],
    ]);
  });

  test('has a row for what is no submission', async () => {
    const folder = place.put('class', { 'ada.rar': '', 'lin.docx': '' });
    symlinkSync('/etc', join(folder, 'link'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const reasons = (await discover(folder)).map(reason);
    expect(reasons).toEqual([
      'ada.rar is neither a folder nor a .zip, .tar, .tar.gz or .tgz',
      'lin.docx is neither a folder nor a .zip, .tar, .tar.gz or .tgz',
      'link is a link: put the submission itself there',
      'pipe is neither a file nor a folder',
    ]);
  });

  test('grades nothing under an id that two have', async () => {
    const folder = place.put('class', { 'ada.zip': '', 'lin.zip': '', 'Ada.tar': '' });
    mkdirSync(join(folder, 'ada'));
    const candidates = await discover(folder);
    expect(
      candidates.filter(({ kind }) => kind !== 'refused').map(({ submission }) => submission.id),
    ).toEqual(['lin']);
    expect(reason(candidates[0])).toBe(
      'Ada.tar and ada and ada.zip have the same id: keep one, or rename one',
    );
    expect(new Set(candidates.map(({ submission }) => submission.id)).size).toBe(4);
  });

  test('leaves out the folder of results, by whatever way it was named', async () => {
    place.put('class', { 'ada.zip': '', 'results/run.jsonl': '' });
    symlinkSync(join(place.root, 'class'), join(place.root, 'link'));
    const candidates = await discover(join(place.root, 'class'), {
      exclude: [join(place.root, 'link/results')],
    });
    expect(candidates.map(({ submission }) => submission.id)).toEqual(['ada']);
  });

  test('has a row for a name that is not UTF-8', async () => {
    const folder = place.put('class', { 'ada.zip': '' });
    mkdirSync(Buffer.concat([Buffer.from(`${folder}/s`), Buffer.from([0xff])]));
    expect((await discover(folder)).map(reason)[1]).toMatch(/^the name s\ufffd is not UTF-8$/);
  });

  test('makes an id of any name, which stays the same whoever else is there', async () => {
    const names = [
      "O'Neil_1_file",
      'O-Neil_1_file',
      '-rf',
      '\u001b[31m',
      '\u{1f600}',
      'x'.repeat(250),
      'ada ',
      ' ada b',
    ];
    const folder = place.put('class', Object.fromEntries(names.map((name) => [`${name}/x`, ''])));
    const candidates = await discover(folder);
    const ids = candidates.map(({ submission }) => submission.id);
    expect(new Set(ids).size).toBe(names.length);
    for (const id of ids) expect(id).toMatch(/^[\p{L}\p{N}_][\p{L}\p{N}_ .@+()~-]{0,99}$/u);
    const alone = await discover(place.put('other', { "O'Neil_1_file/x": '' }));
    expect(ids).toContain(alone[0]?.submission.id);
  });

  test('is one error when it is something else', async () => {
    const error = (input: string): Promise<string> => discover(input).then(String, String);
    const folder = place.put('class', { 'x.zip': '' });
    expect(await error(join(folder, 'x.zip'))).toContain('Unpack it, or put it into a folder');
    expect(await error(join(folder, 'none'))).toContain('none is not there.');
    expect(await error(place.put('ada', { [queue]: '' }))).toContain('is one workspace');
    mkdirSync(join(place.root, 'empty'));
    expect(await error(join(place.root, 'empty'))).toContain('holds no submissions');
  });
});
