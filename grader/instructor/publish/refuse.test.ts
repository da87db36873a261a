/** What `craft publish` refuses, before anything is pushed. */
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CurriculumReport } from '../../core/proof.ts';
import { temporaryFolder } from '../../fixtures/progress/workspace.ts';
import {
  bare,
  type Clone,
  clone,
  git,
  ids,
  quietHome,
  report,
  sound,
  text,
} from '../../fixtures/publish/clone.ts';
import { refusal } from '../../fixtures/publish/refusal.ts';
import { writeTree } from '../../fixtures/workspace/course.ts';
import type { Prove } from './proof.ts';
import { publishCourse } from './publish.ts';
import { requireClean } from './source.ts';

beforeEach(() => void quietHome());
afterEach(() => vi.unstubAllEnvs());

const mean = 'exercises/0-poc/02-mean';

describe('a source that is not committed', () => {
  test.each<[string, (author: Clone) => void, string]>([
    [
      'a changed solution',
      ({ root }) => writeTree(root, { 'solutions/0-poc/01-sum/sum.ts': text('x') }),
      'sum.ts',
    ],
    [
      'a changed check',
      ({ root }) => writeTree(root, { 'checks/0-poc/01-sum/behaviour.test.ts': '' }),
      'behaviour',
    ],
    ['a new file', ({ root }) => writeTree(root, { [`${mean}/notes.txt`]: '' }), 'notes.txt'],
    [
      'a change that is added and not committed',
      ({ root }) => {
        writeTree(root, { [`${mean}/README.md`]: '# Other\n' });
        git(root, 'add', '.');
      },
      'README.md',
    ],
    [
      'a change that git was told to overlook',
      ({ root }) => {
        git(root, 'update-index', '--assume-unchanged', `${mean}/mean.ts`);
        writeTree(root, { [`${mean}/mean.ts`]: text('x') });
      },
      'mean.ts',
    ],
    [
      'a file that git ignores',
      (author) => {
        author.commit({ '.gitignore': '*.log\n' });
        writeTree(author.root, { [`${mean}/extra.log`]: '' });
      },
      'extra.log',
    ],
  ])('%s', async (_, change, name) => {
    const author = clone();
    await requireClean(author.source);
    change(author);
    const error = await refusal(author);
    expect(error.code).toBe('DIRTY_SOURCE');
    expect(error.message).toContain(name);
  });

  test('a folder that is no repository', async () => {
    const author = clone();
    const root = temporaryFolder();
    const { source } = author;
    const moved = { ...source, root };
    expect(await refusal(author, { source: moved })).toMatchObject({ code: 'DIRTY_SOURCE' });
  });

  test('a compiled grader that is older than a check', async () => {
    const author = clone({ 'dist/index.js': '' });
    writeTree(author.root, { 'checks/0-poc/01-sum/behaviour.test.ts': text('sumChecked') });
    const build = { output: join(author.root, 'dist'), sources: [join(author.root, 'checks')] };
    const error = await refusal(author, { source: { ...author.source, build } });
    expect(error).toMatchObject({ code: 'STALE_BUILD', message: expect.stringContaining('npm run build') });
  });
});

describe('what craft check has not proved', () => {
  const whole = ['stub', 'solution', 'design', 'mutant a'];
  const broken = (exercise: string): CurriculumReport => ({
    ...report(exercise, whole),
    sound: false,
    proofs: [{ exercise, claim: 'mutant a', holds: false, problems: ['it passes'], ms: 1 }],
  });
  test.each<[string, Prove, string]>([
    ['a claim that does not hold', async ({ id }) => broken(id), 'mutant a: it passes'],
    [
      'a claim that does not hold, called sound',
      async ({ id }) => ({ ...broken(id), sound: true }),
      'it passes',
    ],
    ['a report that tried nothing is sound', async ({ id }) => report(id, []), 'craft check did not try it'],
    ['one without mutants', async ({ id }) => report(id, whole.slice(0, 3)), 'craft check tried none'],
    ['one of what can be read', async ({ id }) => report(id, ['lesson', 'mutants']), 'stub'],
    ['one of another exercise', async () => report(ids[2], whole), 'craft check did not try it'],
    ['one that is not sound as a whole', async ({ id }) => ({ ...report(id, whole), sound: false }), '0.1'],
  ])('%s', async (_, prove, words) => {
    const error = await refusal(clone(), { prove });
    expect(error.code).toBe('UNPROVED');
    expect(error.message).toContain(words);
  });

  test('files that change while they are proved', async () => {
    const author = clone();
    const prove: Prove = async (exercise) => {
      writeTree(author.root, { 'checks/0-poc/01-sum/behaviour.test.ts': `${text('sumChecked')}\n` });
      return sound(exercise);
    };
    const error = await refusal(author, { prove });
    expect(error).toMatchObject({
      code: 'DIRTY_SOURCE',
      message: expect.stringContaining('while it was proved'),
    });
  });

  test('a proof is kept by content: used again, not for other content, and not when moved', async () => {
    const author = clone();
    const options = { cwd: author.root, source: author.source, course: author.course(bare()) };
    const tried: string[] = [];
    const prove: Prove = async (exercise) => {
      tried.push(exercise.number);
      return sound(exercise);
    };
    await publishCourse({ ...options, prove });
    expect(tried).toEqual(['0.1', '0.2', '1.1']);
    await publishCourse({ ...options, prove, course: author.course(bare()) });
    expect(tried).toHaveLength(3);
    // 0.2 imports 0.1; 1.1 does not.
    author.commit({ 'checks/0-poc/01-sum/behaviour.test.ts': text('sumCheckedBetter') });
    await publishCourse({ ...options, source: author.source, prove });
    expect(tried.slice(3)).toEqual(['0.1', '0.2']);
    const proofs = join(author.root, '.git/craft/proofs');
    const [record = ''] = readdirSync(proofs);
    for (const name of readdirSync(proofs)) copyFileSync(join(proofs, record), join(proofs, name));
    await publishCourse({ ...options, source: author.source, prove });
    expect(tried.length).toBeGreaterThan(5);
    const before = tried.length;
    for (const name of readdirSync(proofs)) writeFileSync(join(proofs, name), '{"schema":1,"sound":true}');
    await publishCourse({ ...options, source: author.source, prove });
    expect(tried.slice(before)).toEqual(['0.1', '0.2', '1.1']);
  });
});

describe('remotes and course files', () => {
  test('a remote that the course file does not name', async () => {
    const error = await refusal(clone(), { remote: bare() });
    expect(error).toMatchObject({ code: 'UNKNOWN_REMOTE' });
  });

  test.each([
    ['an option', '--upload-pack=touch /tmp/x'],
    ['a command', 'ext::sh -c touch% /tmp/x'],
    ['another protocol', 'ftp://example.org/course.git'],
  ])('%s as a remote', async (_, remote) => {
    const author = clone();
    expect(await refusal(author, { course: author.course(remote) })).toMatchObject({ code: 'BAD_MANIFEST' });
    expect(await refusal(author, { remote })).toMatchObject({ code: 'BAD_USAGE' });
  });

  test.each([
    ['no file', undefined, 'is not there'],
    ['no JSON', '{', 'JSON'],
    ['no remote', '{"name":"x"}', 'names no "remote"'],
    ['a remote that is a number', '{"remote":7}', '"remote"'],
  ])('%s', async (_, content, words) => {
    const author = clone();
    const course = join(temporaryFolder(), 'course.json');
    if (content !== undefined) writeFileSync(course, content);
    const error = await refusal(author, { course });
    expect(error.code).toBe('BAD_MANIFEST');
    expect(error.message).toContain(words);
  });

  test('other fields of a course file are left to others', async () => {
    const author = clone();
    const course = author.course(bare());
    writeFileSync(
      course,
      JSON.stringify({ ...JSON.parse(readFileSync(course, 'utf8')), key: 'k', points: {} }),
    );
    await publishCourse({ cwd: author.root, course, source: author.source, prove: sound });
  });
});
