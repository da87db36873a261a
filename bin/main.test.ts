import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FakeIo, fakeIo } from '../grader/fixtures/terminal.ts';
import { main } from './main.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'craft bin ä-')));
const workspace = join(folder, 'metricstream');
const queue = join(workspace, 'exercises/0-poc/01-queue/queue.ts');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran extends FakeIo {
  readonly code: number;
}

async function craft(
  argv: readonly string[],
  options: Parameters<typeof fakeIo>[1] & { cwd?: string } = {},
): Promise<Ran> {
  const io = fakeIo(options.cwd ?? workspace, options);
  return { ...io, code: await main(argv, io) };
}

describe('without a workspace', () => {
  const commands = [
    'next',
    'verify',
    'list',
    'hint',
    'run',
    'bench',
    'diff',
    'reset',
    'solution',
    'update',
    'resume',
  ];

  test.each([...commands, 'replay 1'])('%s says how to make one, exit 2', async (line) => {
    const { code, err, out } = await craft(line.split(' '), { cwd: folder });
    expect({ code, out: out() }).toEqual({ code: 2, out: '' });
    expect(err()).toMatch(/is not inside a workspace\. Make one with: .* init metricstream/);
  });

  test('craft without a command says the same', async () => {
    const { code, err } = await craft([], { cwd: folder });
    expect(code).toBe(2);
    expect(err()).toContain('NO_WORKSPACE');
  });

  test('--json gives the error as JSON', async () => {
    const { code, out, err } = await craft(['list', '--json'], { cwd: folder });
    expect(code).toBe(2);
    expect(err()).toBe('');
    expect(JSON.parse(out())).toMatchObject({ schema: 1, error: { code: 'NO_WORKSPACE', exitCode: 2 } });
  });
});

describe('usage', () => {
  const names = [
    ...[
      'init',
      'next',
      'verify',
      'watch',
      'list',
      'hint',
      'run',
      'diff',
      'reset',
      'replay',
      'solution',
      'update',
    ],
    ...['bench', 'predict', 'journal', 'report', 'doctor', 'completion', 'check'],
  ];
  const withoutResult = ['watch', 'run', 'completion'];

  test('--help names every command and the exit codes', async () => {
    const { code, out } = await craft(['--help'], { cwd: folder });
    expect(code).toBe(0);
    for (const name of names) expect(out()).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    expect(out()).toContain('Exit codes: 0 passed, 1 the work failed, 2 could not judge.');
    expect(out()).not.toMatch(/resume|__complete/);
  });

  test.each(names)('%s --help has an example', async (name) => {
    const { code, out } = await craft([name, '--help'], { cwd: folder });
    expect(code).toBe(0);
    expect(out()).toContain(`Usage: craft ${name}`);
    expect(out()).toMatch(new RegExp(`\\$ npx craft ${name}`));
    expect(out().includes('--json')).toBe(!withoutResult.includes(name));
    expect((await craft(['help', name], { cwd: folder })).out()).toBe(out());
  });

  test('--version', async () => {
    const { code, out } = await craft(['--version'], { cwd: folder });
    expect({ code, out: out() }).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  test.each([
    [['verfy'], "Unknown command 'verfy'. Did you mean verify? See: npx craft --help"],
    [['list', '--jsn'], "Unknown option '--jsn'. Did you mean --json? See: npx craft list --help"],
    [['list', 'too', 'many'], 'See: npx craft list --help'],
    [['replay'], "Missing required argument 'attempt'. See: npx craft replay --help"],
    [['verify', '--only', 'compile'], 'Allowed choices are behaviour, gate'],
    [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish'],
    [[''], 'See: npx craft --help'],
  ])('%j is refused with exit 2', async (argv, sentence) => {
    const { code, err, out } = await craft(argv, { cwd: folder });
    expect({ code, out: out() }).toEqual({ code: 2, out: '' });
    expect(err()).toContain(sentence);
    expect(err()).toContain('(BAD_USAGE)');
  });
});

describe('in a workspace', () => {
  beforeAll(async () => {
    const { code, out, err } = await craft(['init', 'metricstream'], { cwd: folder });
    expect({ code, err: err() }).toEqual({ code: 0, err: '' });
    expect(out()).toContain('Begin with: cd metricstream && npx craft next');
  });

  test('init refuses a folder with something in it, and one inside a workspace', async () => {
    expect((await craft(['init', 'metricstream'], { cwd: folder })).err()).toContain('INSIDE_WORKSPACE');
    writeFileSync(join(folder, 'here.txt'), '');
    const full = await craft(['init', '.'], { cwd: folder });
    expect(full.code).toBe(2);
    expect(full.err()).toContain('is not empty');
    expect((await craft(['init', 'inner'])).err()).toContain('is inside the workspace');
  });

  test('next shows the lesson and the file to open, from any folder below', async () => {
    const { code, out } = await craft(['next'], { cwd: join(workspace, 'exercises/0-poc') });
    expect(code).toBe(0);
    expect(out()).toMatch(/^open +01-queue\/queue\.ts$/m);
    expect(out()).toMatch(/^time +about \d+ min$/m);
    const again = await craft([]);
    expect(again.out()).toMatch(/^open +exercises\/0-poc\/01-queue\/queue\.ts$/m);
    const json = JSON.parse((await craft(['next', '--json'])).out());
    expect(json).toMatchObject({ schema: 1, exercise: { number: '0.1', status: 'open' }, files: [queue] });
  });

  test('list shows every exercise; --json has its published shape', async () => {
    const { out } = await craft(['list']);
    expect(out()).toMatch(/^→ ○ 0\.1 /m);
    expect(out()).toMatch(/^ {2}· 0\.2 .*locked: pass 0\.1 first$/m);
    const json = JSON.parse((await craft(['list', '--json'])).out());
    expect(json).toMatchObject({ schema: 1, workspace, current: '0-poc/01-queue' });
    expect(json.exercises[0]).toEqual({
      id: '0-poc/01-queue',
      number: '0.1',
      title: expect.any(String),
      summary: expect.any(String),
      minutes: expect.any(Number),
      status: 'open',
      missing: [],
      craft: '0-poc',
      attempts: 0,
      hints: expect.any(Number),
      best: {},
    });
    expect(json.crafts[0]).toEqual({ craft: '0-poc', passed: 0, total: 7 });
  });

  test('hint goes one level further each time and stays at the last', async () => {
    const texts: string[] = [];
    for (const level of [1, 2, 3, 3]) {
      const json = JSON.parse((await craft(['hint', '--json'])).out());
      expect(json).toMatchObject({ schema: 1, exercise: '0-poc/01-queue', level, left: 3 - level });
      texts.push(json.text);
    }
    expect(new Set(texts).size).toBe(3);
    expect((await craft(['hint'])).out()).toContain('Hint 3 of 3');
  });

  test.each(['0.1', '0-poc/01-queue', 'queue', 'exercises/0-poc/01-queue/queue.ts'])(
    'an exercise answers to %s',
    async (name) => {
      expect(JSON.parse((await craft(['diff', name, '--json'])).out())).toMatchObject({
        exercise: '0-poc/01-queue',
      });
    },
  );

  test('a name that is wrong, and one that is locked, exit 2', async () => {
    const unknown = await craft(['next', 'queu3']);
    expect(unknown.code).toBe(2);
    expect(unknown.err()).toContain('Did you mean "queue"?');
    const locked = await craft(['verify', '0.2']);
    expect(locked.code).toBe(2);
    expect(locked.err()).toMatch(/0\.2 .* is locked: pass 0\.1 .* first\./);
  });

  test('diff shows what was written; reset asks, keeps it, and says how to get it back', async () => {
    expect((await craft(['diff'])).out()).toBe('Nothing differs from the stub.\n');
    const stub = readFileSync(queue, 'utf8');
    const mine = `${stub}// mine\n`;
    writeFileSync(queue, mine);
    expect((await craft(['diff'])).out()).toMatch(/^\+\/\/ mine$/m);

    const unasked = await craft(['reset']);
    expect(unasked.code).toBe(2);
    expect(unasked.err()).toContain('needs a terminal. Say --yes');
    const no = await craft(['reset'], { isTTY: true, typed: 'n\n' });
    expect({ code: no.code, text: readFileSync(queue, 'utf8') }).toEqual({ code: 0, text: mine });
    expect(no.out()).toContain('Nothing was changed.');

    const yes = await craft(['reset'], { isTTY: true, typed: 'y\n' });
    expect(yes.out()).toContain('Your text is kept.');
    expect(readFileSync(queue, 'utf8')).toBe(stub);
    const [, copy = '', target] = /cp (\S+) (\S+)/.exec(yes.out()) ?? [];
    expect(readFileSync(join(workspace, copy), 'utf8')).toBe(mine);
    expect(target).toBe('exercises/0-poc/01-queue/queue.ts');
    expect((await craft(['reset', '--yes'])).out()).toContain('It is the stub already');
  });

  test('update has nothing to do in a new workspace', async () => {
    const json = JSON.parse((await craft(['update', '--json'])).out());
    expect(json).toMatchObject({ schema: 1, updated: [], added: [], kept: [], copies: [] });
  });

  test('solution waits for a pass', async () => {
    const { code, out } = await craft(['solution']);
    expect(code).toBe(1);
    expect(out().replaceAll('\n', ' ')).toContain('is shown once you have passed it: npx craft verify 0.1');
  });

  test('replay of what is not there', async () => {
    expect((await craft(['replay', '7'])).err()).toContain('There is no attempt 7. The newest is none.');
    expect((await craft(['replay', 'x'])).err()).toContain('write 3 or 3:check');
    expect((await craft(['verify', '0.1', '--all'])).err()).toContain('not both');
  });

  test('watch needs a terminal', async () => {
    const { code, err } = await craft(['watch']);
    expect(code).toBe(2);
    expect(err()).toContain('craft watch needs a terminal. Use: npx craft verify');
  });

  test('doctor looks at everything', async () => {
    const { code, out } = await craft(['doctor', '--json']);
    const { findings } = JSON.parse(out());
    const ids = findings.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(['node', 'cores', 'git', 'tsc', 'disk', 'flush', 'noise', 'workspace', 'jail']);
    expect(code).toBe(findings.some(({ status }: { status: string }) => status === 'bad') ? 2 : 0);
  });

  test.each([
    [['li'], ['list']],
    [
      ['hint', '0.'],
      ['0.1', '0.2'],
    ],
    [
      ['hint', 'que'],
      ['queue', 'query'],
    ],
    [['next', '0-poc/01'], ['0-poc/01-queue']],
    [
      ['verify', '--only', ''],
      ['behaviour', 'gate'],
    ],
    [['verify', '--o'], ['--only']],
    [['completion', 'z'], ['zsh']],
    [['help', 'ver'], ['verify']],
    [['nothing', ''], []],
  ])('completes %j', async (words, some) => {
    const { code, out } = await craft(['__complete', '--', ...words]);
    expect(code).toBe(0);
    expect(out().split('\n')).toEqual(expect.arrayContaining(some));
    for (const word of out().trim().split('\n')) expect(word.startsWith(words.at(-1) ?? '')).toBe(true);
  });
});
