/** Real repositories over file://: what is taken of a commit, and what is refused. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  commitFiles,
  commitTree,
  git,
  type TreeLine,
  whyNoGit,
  writeTree,
} from '../../fixtures/intake/repositories.ts';
import {
  candidateOf,
  makePlace,
  type Place,
  queue,
  reasonOf,
  store,
  takenFiles,
  workspace,
} from '../../fixtures/intake/workspaces.ts';
import { type Intake, intakeLimits } from './index.ts';

const noGit = whyNoGit();
if (noGit !== undefined) process.stdout.write(`skipped: ${noGit}\n`);

let place: Place;
let folder: string;
beforeEach(() => {
  place = makePlace();
  folder = join(place.root, 'class', 'ada');
});
afterEach(() => place.remove());

const good = { [queue]: workspace[queue] ?? '', [store]: workspace[store] ?? '' };
const take = (ref = 'HEAD', limits = intakeLimits): Promise<Intake> =>
  place.take(candidateOf(pathToFileURL(folder).href, ref), limits);

describe.skipIf(noGit !== undefined)('a repository', () => {
  test('gives the files of its commit, whatever lies beside it', async () => {
    const commit = commitFiles(folder, workspace);
    writeFileSync(join(folder, queue), 'not committed');
    const intake = await take();
    expect(takenFiles(intake)).toEqual(good);
    expect(intake.submission).toMatchObject({ commit, tree: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(place.leftovers()).toEqual(['0']);
  });

  test('gives any commit, branch or tag that was asked for', async () => {
    const first = commitFiles(folder, { [queue]: 'first' });
    git(folder, ['tag', '-m', 'one', 'v1']);
    git(folder, ['checkout', '--quiet', '-b', 'hand/in']);
    commitFiles(folder, { [queue]: 'second' });
    git(folder, ['checkout', '--quiet', 'main']);
    commitFiles(folder, { [queue]: 'third' });
    const of = async (ref: string): Promise<string | undefined> => takenFiles(await take(ref))[queue];
    expect(await of(first)).toBe('first');
    expect(await of('refs/tags/v1')).toBe('first');
    expect(await of('refs/heads/hand/in')).toBe('second');
    expect(await of('HEAD')).toBe('third');
    expect((await take('refs/tags/v1')).submission.commit).toBe(first);
  });

  test('may be bare, and may have names by SHA-256', async () => {
    const commit = commitFiles(folder, workspace);
    const bare = join(place.root, 'class', 'bare.git');
    git(place.root, ['clone', '--quiet', '--bare', folder, bare]);
    folder = bare;
    expect((await take()).submission.commit).toBe(commit);
    folder = join(place.root, 'class', 'sha256');
    mkdirSync(folder);
    git(folder, ['init', '--quiet', '--object-format=sha256']);
    const long = commitFiles(folder, workspace);
    expect(long).toHaveLength(64);
    for (const ref of ['HEAD', long]) expect(takenFiles(await take(ref))).toEqual(good);
  });

  test('gives files as they were committed, not as its attributes would have them', async () => {
    const content = '// $Format:%H$\nexport const queue = 1;\n';
    const attributes = '* export-subst\n*.ts export-ignore text eol=crlf filter=x\n';
    commitFiles(folder, { [queue]: content, '.gitattributes': attributes });
    expect(takenFiles(await take())).toEqual({ [queue]: content });
  });

  test('has the tree of the same files in a folder', async () => {
    commitFiles(folder, good);
    const plain = place.put('class/plain', good);
    const submission = { id: 'lin', name: 'lin', source: 'lin' };
    const other = await place.take({ kind: 'folder', submission, path: plain });
    expect((await take()).submission.tree).toBe(other.submission.tree);
  });
});

describe.skipIf(noGit !== undefined)('a repository is refused when', () => {
  const blobOf = (content: string): string => git(folder, ['hash-object', '-w', '--stdin'], content);
  /** A commit with sound files at its root and one line more. */
  const withLine = (line: (blob: string) => TreeLine): void => {
    commitFiles(folder, { [queue]: 'x' });
    const exercises = git(folder, ['rev-parse', 'HEAD:exercises']);
    const tree = writeTree(folder, [['040000', 'tree', exercises, 'exercises'], line(blobOf('/etc/passwd'))]);
    commitTree(folder, tree);
  };
  /** The same, with a tree that git itself would not write. */
  const withEntry = (mode: string, name: Buffer, isTree: boolean): void => {
    commitFiles(folder, { [queue]: 'x' });
    const exercises = git(folder, ['rev-parse', 'HEAD:exercises']);
    const entries = [
      { mode: '40000', name: Buffer.from('exercises'), object: exercises },
      { mode, name, object: isTree ? exercises : blobOf('x') },
    ].sort((a, b) => Buffer.compare(a.name, b.name));
    const bytes = entries.map((entry) =>
      Buffer.concat([
        Buffer.from(`${entry.mode} `),
        entry.name,
        Buffer.of(0),
        Buffer.from(entry.object, 'hex'),
      ]),
    );
    const write = ['hash-object', '-w', '-t', 'tree', '--stdin', '--literally'];
    commitTree(folder, git(folder, write, Buffer.concat(bytes)));
  };

  test.each([
    ['is not UTF-8', '100644', Buffer.from([0x7a, 0xff, 0xfe]), /z\ufffd+ is not UTF-8$/],
    ['is there twice', '100644', Buffer.from('exercises'), /duplicateEntries/],
    ['has a slash in it', '100644', Buffer.from('zz/../../x.ts'), /fullPathname/],
    ['is .git to some systems', '40000', Buffer.from('git~1'), /hasDotgit/, true],
    ['is of a device', '60644', Buffer.from('zz'), /zz is a submodule|zz is neither/],
    ['is of a folder that is a file', '40000', Buffer.from('zz'), /cannot be fetched/],
  ])('a name %s', async (_, mode, name, reason, isTree = false) => {
    withEntry(mode, name, isTree);
    expect(reasonOf(await take())).toMatch(reason);
  });

  test('a name is as long as a book', async () => {
    withEntry('100644', Buffer.alloc(2 * 1_048_576, 'z'), false);
    expect(reasonOf(await take())).toContain('its names are too long');
  });

  test('its folders never end', async () => {
    mkdirSync(folder, { recursive: true });
    git(folder, ['init', '--quiet', '--initial-branch=main']);
    let [type, mode, object] = ['blob', '100644', blobOf('x')];
    for (let level = 0; level < 50; level++) {
      [type, mode, object] = ['tree', '040000', writeTree(folder, [[mode, type, object, 'd']])];
    }
    commitTree(folder, object);
    expect(reasonOf(await take())).toContain('has more than 32 folders');
  });

  test('it has a link, or a submodule', async () => {
    withLine((blob) => ['120000', 'blob', blob, 'notes']);
    expect(reasonOf(await take())).toBe('notes is a link: hand in the files themselves');
    rmSync(folder, { recursive: true });
    withLine(() => ['160000', 'commit', 'c0ffee'.repeat(7).slice(0, 40), 'module']);
    expect(reasonOf(await take())).toContain('module is a submodule');
  });

  test('a name leads elsewhere: git refuses it, or the rules do', async () => {
    for (const name of ['..', '.git', 'a\\b']) {
      withLine((blob) => ['100644', 'blob', blob, name]);
      expect(reasonOf(await take())).toMatch(/hasDotdot|hasDotgit|backslash/);
      rmSync(folder, { recursive: true });
    }
  });

  test('a file is a pointer of Git LFS', async () => {
    commitFiles(folder, { [queue]: 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' });
    expect(reasonOf(await take())).toBe(
      `${queue} is a pointer of Git LFS, not the file: hand in the file itself`,
    );
  });

  test('a file is huge, which its tree tells', async () => {
    commitFiles(folder, { [queue]: ' '.repeat(3 * 1_048_576) });
    expect(reasonOf(await take())).toBe(`${queue} is larger than 1 MiB (3,145,728 bytes)`);
  });

  test('a file is huge, and was not even fetched', async () => {
    commitFiles(folder, { [queue]: ' '.repeat(3 * 1_048_576), video: ' '.repeat(3 * 1_048_576) });
    git(folder, ['config', 'uploadpack.allowFilter', 'true']);
    expect(reasonOf(await take())).toBe(`${queue} is larger than 1 MiB, or was not sent`);
    commitFiles(folder, { [queue]: 'short' });
    expect(takenFiles(await take())).toEqual({ [queue]: 'short' });
  });

  test('what it sends is larger than may be', async () => {
    commitFiles(folder, { [queue]: 'x', noise: '' });
    execFileSync('dd', ['if=/dev/urandom', `of=${join(folder, 'noise')}`, 'bs=1M', 'count=4'], {
      stdio: 'ignore',
    });
    commitFiles(folder, {});
    const limits = { ...intakeLimits, archiveBytes: 1_048_576 };
    expect(reasonOf(await take('HEAD', limits))).toMatch(/at one commit is larger than 1 MiB$/);
  });

  test('it has 100,000 files', async () => {
    commitFiles(folder, { [queue]: 'x' });
    const exercises = git(folder, ['rev-parse', 'HEAD:exercises']);
    const blob = blobOf('');
    const files = Array.from({ length: 100_000 }, (_, i): TreeLine => ['100644', 'blob', blob, `f${i}`]);
    const many = writeTree(folder, files);
    commitTree(
      folder,
      writeTree(folder, [
        ['040000', 'tree', exercises, 'exercises'],
        ['040000', 'tree', many, 'many'],
      ]),
    );
    expect(reasonOf(await take())).toContain('more than 10,000 files and folders');
  });

  test('its tree unfolds to ten thousand million files', async () => {
    mkdirSync(folder, { recursive: true });
    git(folder, ['init', '--quiet', '--initial-branch=main']);
    let [type, mode, object] = ['blob', '100644', blobOf('x')];
    for (let level = 0; level < 10; level++) {
      const lines = Array.from({ length: 10 }, (_, i): TreeLine => [mode, type, object, `d${i}`]);
      [type, mode, object] = ['tree', '040000', writeTree(folder, lines)];
    }
    commitTree(folder, object);
    expect(reasonOf(await take())).toContain('more than 10,000 files and folders');
  });

  test('it is not there, is no repository, or has no such commit', async () => {
    expect(reasonOf(await take())).toContain('is not there');
    mkdirSync(folder, { recursive: true });
    expect(reasonOf(await take())).toContain('is no git repository: it has no');
    git(folder, ['init', '--quiet', '--initial-branch=main']);
    expect(reasonOf(await take())).toContain('has no commit yet');
    commitFiles(folder, workspace);
    expect(reasonOf(await take('refs/heads/none'))).toContain('has no refs/heads/none');
    expect(reasonOf(await take('c0ffee'.repeat(7).slice(0, 40)))).toContain('has no commit c0ffee');
    expect(reasonOf(await take(git(folder, ['rev-parse', 'HEAD:exercises'])))).toMatch(/commit/);
    expect(place.leftovers()).toEqual([]);
  });

  test('it is damaged', async () => {
    commitFiles(folder, workspace);
    const object = git(folder, ['rev-parse', `HEAD:${queue}`]);
    rmSync(join(folder, '.git/objects', object.slice(0, 2), object.slice(2)));
    expect(reasonOf(await take())).toContain('cannot be fetched');
  });
});
