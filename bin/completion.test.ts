/** The completion scripts in the shells that they are for. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../grader/core/paths.ts';
import { hasTmux, openTerminal, quote, type Terminal } from '../grader/fixtures/tmux.ts';

const craft = join(packageRoot, 'dist', 'bin', 'craft.js');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'craft completion-')));
const project = join(folder, 'pro ject');

function has(shell: string): boolean {
  const there = spawnSync(shell, ['--version']).status === 0;
  if (!there) console.log(`completion.test.ts skips ${shell}: it is not installed.`);
  return there;
}

const script = (shell: string): string => join(folder, `craft.${shell}`);

beforeAll(() => {
  const bin = join(project, 'node_modules', '.bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(craft, join(bin, 'craft'));
  for (const shell of ['bash', 'zsh', 'fish']) {
    writeFileSync(script(shell), execFileSync(process.execPath, [craft, 'completion', shell]));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is typed, and a line that Tab makes of it, or words that it offers. */
const cases: readonly (readonly [typed: string, then: string[]])[] = [
  ['craft ver', ['verify']],
  ['craft next 0-poc/01', ['0-poc/01-queue']],
  ['craft next queu', ['queue']],
  ['craft verify --on', ['--only']],
  ['craft verify --only ', ['behaviour', 'gate']],
  ['craft completion z', ['zsh']],
  ['craft bench --vs yard', ['yardstick']],
  ['craft bench --clients 5 queu', ['queue']],
  ['craft predict moni', ['monitor']],
];

describe.skipIf(!has('bash'))('bash', () => {
  test.each(cases)('%s', (typed, then) => {
    const words = typed.split(' ').map(quote).join(' ');
    const line = `source ${quote(script('bash'))} && COMP_WORDS=(${words}) && COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)) && _craft && printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', line], { cwd: project, encoding: 'utf8' });
    expect({ stderr, offered: stdout.trim().split('\n') }).toEqual({ stderr: '', offered: then });
  });
});

describe.skipIf(!has('fish'))('fish', () => {
  test.each(cases)('%s', (typed, then) => {
    const line = `source ${quote(script('fish'))}; complete -C ${quote(typed)}`;
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', line], {
      cwd: project,
      encoding: 'utf8',
      env: { ...process.env, HOME: folder },
    });
    expect({ stderr, offered: stdout.trim().split('\n') }).toEqual({ stderr: '', offered: then });
  });
});

// zsh completes only at a terminal.
if (!hasTmux) console.log('completion.test.ts skips zsh: it needs tmux, which is not installed.');

describe.skipIf(!hasTmux || !has('zsh'))('zsh', () => {
  let terminal: Terminal;

  beforeAll(async () => {
    terminal = openTerminal(project, ['env', `ZDOTDIR=${folder}`, 'zsh', '-f']);
    // As ~/.zshrc would: craft is a function that npx stands behind.
    terminal.type(`PS1='Z> '; source ${quote(script('zsh'))}; craft() { npx craft "$@" }; clear`);
    terminal.press('Enter');
    await terminal.see(/^Z> *$/m);
  });

  afterAll(() => terminal.close());

  test.each(cases)('%s', async (typed, then) => {
    terminal.type(typed);
    terminal.press('Tab');
    // One word is put into the line, of several the list is shown.
    const line = then.length === 1 ? [`${typed.slice(0, typed.lastIndexOf(' '))} ${then[0]}`] : then;
    for (const text of line) await terminal.see(text, 15_000);
    terminal.press('C-u', 'C-l');
    await terminal.see(/^Z> *\n*$/, 15_000);
  });
});
