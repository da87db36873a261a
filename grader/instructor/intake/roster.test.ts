/** Rosters as spreadsheets and people write them. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePlace, type Place } from '../../fixtures/intake/workspaces.ts';
import { type Candidate, type DiscoverOptions, discover } from './index.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.remove());

const url = 'https://git.example/ada/work.git';
const roster = (content: string | Uint8Array, options: DiscoverOptions = {}): Promise<Candidate[]> =>
  discover(join(place.put('class', { 'roster.csv': content }), 'roster.csv'), options);

/** The only candidate of a roster with one row. */
const row = async (
  fields: string,
  header = 'id,name,email,url',
  options: DiscoverOptions = {},
): Promise<Candidate> => {
  const [first, ...rest] = await roster(`${header}\n${fields}\n`, options);
  if (first === undefined || rest.length > 0) throw new Error('not one candidate');
  return first;
};
const reason = (candidate: Candidate | undefined): string =>
  candidate?.kind === 'refused' ? candidate.reason : `not refused: ${JSON.stringify(candidate)}`;
const ref = (candidate: Candidate | undefined): unknown =>
  candidate?.kind === 'git' ? candidate.repository.ref : reason(candidate);

describe('a roster', () => {
  test('gives a candidate for each row, in its order', async () => {
    const [lin, ada, ...rest] = await roster(
      `id,name,email,url\nlin,Lin,lin@example.org,${url}\nada,"Ada ""the first"", of Class 1",,${url}\n`,
    );
    expect(lin).toEqual({
      kind: 'git',
      submission: { id: 'lin', name: 'Lin', email: 'lin@example.org', source: url },
      repository: { url, protocol: 'https', ref: 'HEAD' },
    });
    expect(ada?.submission).toEqual({ id: 'ada', name: 'Ada "the first", of Class 1', source: url });
    expect(rest).toEqual([]);
  });

  test.each([
    ['a byte order mark and CRLF', `\ufeffid,name,email,url\r\nada,Ada,,${url}\r\n`],
    ['CR only', `id,name,email,url\rada,Ada,,${url}\r`],
    ['no line end at its end', `id,name,email,url\nada,Ada,,${url}`],
    ['semicolons', `id;name;email;url\nada;Ada;;${url}\n`],
    ['tabs', `id\tname\temail\turl\nada\tAda\t\t${url}\n`],
    ['quotes everywhere', `"id","name","email","url"\n"ada","Ada","","${url}"\n`],
    ['empty lines and rows', `\nid,name,email,url\n\nada,Ada,,${url}\n,,,\n\n`],
    ['another order, capitals, more columns', `URL,Group, Id ,Name\n${url},7,ada,Ada\n`],
    ['spaces around', `id,name,url\n ada , Ada , ${url} \n`],
  ])('may have %s', async (_, content) => {
    const candidates = await roster(content);
    expect(candidates).toHaveLength(1);
    expect(candidates[0]).toMatchObject({
      kind: 'git',
      submission: { id: 'ada', name: 'Ada' },
      repository: { url },
    });
  });

  test('is one error when it is no roster', async () => {
    const error = (content: string | Uint8Array): Promise<string> =>
      roster(content).then(
        () => 'a roster',
        ({ code, message }) => `${code} ${message}`,
      );
    expect(await error('\n\n')).toBe('BAD_USAGE The roster roster.csv is empty.');
    expect(await error('ada,Ada\n')).toMatch(
      /^BAD_USAGE The roster roster.csv has no column id and no column url/,
    );
    expect(await error('name,email\nada,x\n')).toContain('its header is name,email');
    expect(await error('id,url\n')).toContain('has no row below its header');
    expect(await error('id,url,ID\n')).toContain('has the column id twice');
    expect(await error('"id,url\nada,x\n')).toContain('a header that cannot be read');
    expect(await error(Buffer.from('id,url\nren\xe9,x\n', 'latin1'))).toContain('is not UTF-8');
    expect(await error(Buffer.from('\ufeffid,url\nada,x\n', 'utf16le'))).toContain('is not UTF-8');
  });
});

describe('a row is refused when', () => {
  test.each([
    ['../x', 'is a path'],
    ['a/b', 'is a path'],
    ['a\\b', 'is a path'],
    ['..', 'is a path'],
    ['.', 'is a path'],
    ['', 'the id is missing'],
    ['   ', 'the id is missing'],
    ['x'.repeat(300), 'is longer than 100 characters'],
    ['a\u0000b', 'has control characters'],
    ['a\u001b[31mb', 'has control characters'],
    ['a\u202eb', 'has control characters'],
    ['.hidden', 'does not begin with'],
    ['-rf', 'does not begin with'],
    ['=1+1', 'does not begin with'],
    ['@ada', 'does not begin with'],
    ['~ada', 'does not begin with'],
    ['ada~line-2', 'may have letters'],
    ['ada.', 'ends with a full stop'],
    ['<b>', 'does not begin with'],
    ['ada<b>', 'may have letters'],
  ])('its id is %j', async (id, why) => {
    const candidate = await row(`"${id}",Ada,,${url}`);
    expect(reason(candidate)).toContain(`line 2 of the roster: the id`);
    expect(reason(candidate)).toContain(why);
    expect(candidate.submission.id).toMatch(/^[\p{L}\p{N}_][\p{L}\p{N}_.@+~-]{0,99}$/u);
    expect(candidate.submission.id).toContain('~line-2');
    expect(reason(candidate)).not.toMatch(/\p{C}/u);
  });

  test('its id is there twice, also in other letters; no grade is given under it', async () => {
    const rows = ['ada', 'lin', 'ADA', 'r\u00e9', 're\u0301', 'ada'].map((id) => `${id},,,${url}`);
    const candidates = await roster(`id,name,email,url\n${rows.join('\n')}\n`);
    const reasons = candidates.map((candidate) => (candidate.kind === 'git' ? 'git' : reason(candidate)));
    expect(reasons[0]).toBe('line 2 of the roster: the id ada is on lines 2, 4 and 7: keep one');
    expect(reasons.map((each) => each !== 'git')).toEqual([true, false, true, true, true, true]);
    const ids = candidates.map(({ submission }) => submission.id);
    expect(new Set(ids).size).toBe(6);
    expect(ids).not.toContain('ada');
  });

  test.each([
    ['', 'the url is missing'],
    ['ext::sh -c touch% /tmp/ran', 'spaces or control characters'],
    ['ext::sh', 'names a program'],
    ['ada/work', 'is no address'],
    ['/srv/ada.git', 'is no address'],
    ['--upload-pack=touch', 'is no address'],
    ['http://git.example/ada', 'uses http'],
    ['ftp://git.example/ada', 'uses ftp'],
    ['ssh://-oProxyCommand=touch/ada', 'no address of a host'],
    ['ssh://%2doProxyCommand=touch/ada', 'no address'],
    ['ssh://-l@git.example/ada', 'no address of a host'],
    ['-oProxyCommand=x:ada', 'no address of a host'],
    ['git@-oProxyCommand=x:ada', 'no address of a host'],
    ['git@git.example:-ada', 'no address of a host'],
    ['C:\\Users\\ada', 'no address of a host'],
    ['git://git.example/%0ahost=x', 'control characters'],
    ['file://server/share', 'names a host'],
    ['https://', 'is no address'],
    ['https://git.example/xhttps://ada:secret@git.example/x', 'holds more than one address'],
  ])('its url is %j', async (address, why) => {
    const candidate = await row(`ada,Ada,,"${address}"`);
    expect(reason(candidate)).toContain(why);
    expect(candidate.submission.id).toBe('ada');
  });

  test('its protocol is not allowed, or not known at all', async () => {
    expect(reason(await row('ada,,,file:///srv/ada.git', undefined, { gitAllow: ['https'] }))).toContain(
      'uses file',
    );
    expect(reason(await row('ada,,,git@host.example:x', undefined, { gitAllow: ['https'] }))).toContain(
      'uses ssh',
    );
    expect(reason(await row('ada,,,ext://x', undefined, { gitAllow: ['ext'] }))).toContain('uses ext');
    const plain = await row('ada,,,http://git.example/ada', undefined, { gitAllow: ['http'] });
    expect(plain.kind).toBe('git');
  });

  test('it cannot be read, and the rest goes on', async () => {
    const content = `id,name,url\nada,"Ada,${url}\nlin,Lin,${url}\ns01,${url}\ns02,"S" x,${url}\ns03,,${url}\n`;
    const candidates = await roster(content);
    expect(candidates.map(({ kind }) => kind)).toEqual(['refused', 'git', 'refused', 'refused', 'git']);
    expect(reason(candidates[0])).toBe('line 2 of the roster: it cannot be read: is a quote never closed?');
    expect(reason(candidates[2])).toBe('line 4 of the roster: it has 2 fields, the header 3');
  });
});

describe('a row says what is graded:', () => {
  const sha = 'c0ffee'.repeat(7).slice(0, 40);
  test.each([
    [sha, sha],
    [sha.toUpperCase(), sha],
    [sha.slice(0, 7), 'is cut short'],
    ['main', 'is no commit id'],
    ['--upload-pack=x', 'is no commit id'],
    ['', 'HEAD'],
  ])('commit %j', async (commit, expected) => {
    expect(ref(await row(`ada,,,${url},${commit}`, 'id,name,email,url,commit'))).toContain(expected);
  });

  test.each([
    ['main', 'refs/heads/main'],
    ['hand/in', 'refs/heads/hand/in'],
    ['refs/tags/v1', 'refs/tags/v1'],
    ['--upload-pack=x', 'is no name of a branch'],
    ['a..b', 'is no name of a branch'],
    ['a:refs/heads/b', 'is no name of a branch'],
    ['+a', 'refs/heads/+a'],
    ['a b', 'is no name of a branch'],
    ['*', 'is no name of a branch'],
    ['refs/heads/', 'is no name of a branch'],
    ['x'.repeat(300), 'is no name of a branch'],
  ])('branch %j', async (branch, expected) => {
    expect(ref(await row(`ada,,,${url},${branch}`, 'id,name,email,url,branch'))).toContain(expected);
  });

  test('a commit counts more than a branch', async () => {
    const header = 'id,url,branch,commit';
    expect(ref(await row(`ada,${url},main,${sha}`, header))).toBe(sha);
    expect(ref(await row(`ada,${url},main,`, header))).toBe('refs/heads/main');
  });

  test('what is secret in an address is kept apart', async () => {
    const candidate = await row('ada,,,https://ada:s%40cret@git.example/ada.git?token=s#x');
    expect(candidate.submission.source).toBe('https://git.example/ada.git');
    expect(candidate).toMatchObject({ repository: { credentials: { user: 'ada', password: 's@cret' } } });
    expect((await row('ada,,,ssh://git:secret@git.example/x')).submission.source).toBe(
      'ssh://git@git.example/x',
    );
  });

  test('names stay as they are, but for what a terminal obeys', async () => {
    const candidate = await row('ada,"=HYPERLINK(""x"")\u001b[31m",+1,https://git.example/x');
    expect(candidate.submission.name).toBe('=HYPERLINK("x")\\u{1b}[31m');
    expect(candidate.submission.email).toBe('+1');
  });
});
