/** `craft watch` as a person uses it: in a real terminal, with keys. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../grader/core/paths.ts';
import { hasTmux, openTerminal, quote, type Terminal } from '../grader/fixtures/tmux.ts';

if (!hasTmux) console.log('watch.tmux.test.ts is skipped: tmux is not installed.');

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'craft tmux ä-')));
const workspace = join(folder, 'metric stream');
const craft = join(packageRoot, 'dist', 'bin', 'craft.js');
const queue = join(workspace, 'exercises/0-poc/01-queue/queue.ts');
const pidFile = join(folder, 'pid');
const solution = readFileSync(join(packageRoot, 'solutions/0-poc/01-queue/queue.ts'), 'utf8');
let stub = '';
let terminal: Terminal;

/** Starts `craft watch` in a shell; when it ends the shell says its exit code and the terminal's mode. */
function watch(...args: string[]): void {
  terminal = openTerminal(workspace);
  const program = [process.execPath, craft, 'watch', ...args].map(quote).join(' ');
  const self = `sh -c ${quote(`echo $$ > ${quote(pidFile)}; exec ${program}`)}`;
  terminal.type(`${self}; echo "exit $?"; stty -a`);
  terminal.press('Enter');
}

/** The shell has its terminal back: lines and echo. */
async function left(code: number): Promise<void> {
  const screen = await terminal.see(/exit \d+\n[\s\S]*\becho\b/);
  expect(screen).toContain(`exit ${code}\n`);
  expect(screen).toMatch(/ icanon /);
  expect(screen).toMatch(/ echo /);
}

const keys = /v verify {2}h hint {2}l list {2}r reset {2}q quit/;

beforeAll(() => {
  if (!hasTmux) return;
  execFileSync(process.execPath, [craft, 'init', workspace], { cwd: folder });
  stub = readFileSync(queue, 'utf8');
});

afterEach(() => terminal.close());

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!hasTmux)('in a real terminal', () => {
  test('failing, hint, fixing, passing, next, quit', { timeout: 240_000 }, async () => {
    watch();
    await terminal.see('is not written yet');
    await terminal.see(keys);

    terminal.press('h');
    await terminal.see('Hint 1 of 3');
    terminal.press('h');
    await terminal.see('Hint 2 of 3');
    terminal.press('l');
    await terminal.see(/→ ○ 0\.1 /);

    writeFileSync(queue, stub.replace('export class', 'const broken: number = "text";\nexport class'));
    await terminal.see(/queue\.ts:\d+:\d+ TS2322/);
    await terminal.see('It does not compile yet');
    await terminal.see(keys);

    // As editors save: a new file takes the place of the old one.
    writeFileSync(`${queue}.new`, solution);
    renameSync(`${queue}.new`, queue);
    await terminal.see(/… (behaviour|gate) .*q quit/);
    const passed = await terminal.see('Press n to go on to 0.2', 120_000);
    expect(passed).toContain('✓ gate');
    expect(passed).toMatch(/n next {2}v verify {2}g gate/);

    terminal.press('r');
    await terminal.see('y yes  n no');
    terminal.press('n');
    await terminal.see('n next');
    expect(readFileSync(queue, 'utf8')).toBe(solution);

    terminal.press('n');
    await terminal.see(/open +exercises\/0-poc\/02-store\/store\.ts/);
    await terminal.see(keys);
    terminal.press('q');
    await left(0);
  });

  test('a save during a run is judged after it', { timeout: 120_000 }, async () => {
    writeFileSync(queue, solution);
    watch('0.1');
    await terminal.see(/… (behaviour|gate)/);
    writeFileSync(queue, stub.replace('export class', 'const late: number = "text";\nexport class'));
    await terminal.see(/queue\.ts:\d+:\d+ TS2322/);
    await terminal.see(keys);
    terminal.press('q');
    await left(0);
  });

  test.each(['q', 'C-c', 'C-d'])('%s works during a run, and nothing is recorded', async (key) => {
    const attempts = (): unknown =>
      JSON.parse(
        execFileSync(process.execPath, [craft, 'list', '--json'], { cwd: workspace, encoding: 'utf8' }),
      ).exercises[0].attempts;
    writeFileSync(queue, solution);
    const before = attempts();
    watch('0.1');
    await terminal.see(/… (compile|rules|behaviour|gate)/);
    terminal.press(key);
    await left(0);
    expect(attempts()).toBe(before);
  });

  test('SIGTERM gives the terminal back', async () => {
    writeFileSync(queue, stub);
    watch('0.1');
    await terminal.see(keys);
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM');
    await left(0);
  });

  test('Ctrl-Z hands the terminal to the shell, fg takes it back; a new width is used', async () => {
    writeFileSync(queue, stub);
    watch('0.1');
    await terminal.see(keys);
    terminal.press('C-z');
    await terminal.see('Stopped');
    // A shell that reads lines: the keyboard was given back.
    terminal.type('echo "in the $((40 + 2)) shell"; fg');
    terminal.press('Enter');
    await terminal.see(keys);
    terminal.press('h');
    await terminal.see(/Hint \d of 3/);
    const [, ...words] = (await terminal.see(keys)).split(/\s+/);
    terminal.resize(50, 40);
    // The terminal itself would break lines inside words: text that was wrapped again has them whole.
    await terminal.see(new RegExp(words.slice(0, 40).map(escaped).join('\\s+')));
    await terminal.see(keys);
    terminal.press('q');
    await terminal.see('ready$');
  });
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
