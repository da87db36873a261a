/** `craft watch` as a person uses it: in a real terminal, with keys. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { packageRoot } from '../grader/core/paths.ts';

const hasTmux = spawnSync('tmux', ['-V']).status === 0;
if (!hasTmux) console.log('watch.tmux.test.ts is skipped: tmux is not installed.');

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'craft tmux-')));
const workspace = join(folder, 'metric stream');
const craft = join(packageRoot, 'dist', 'bin', 'craft.js');
const queue = join(workspace, 'exercises/0-poc/01-queue/queue.ts');
/** Servers of our own, one per session: the developer's are left alone, and one that is ending takes no new session. */
let servers = 0;

function tmux(...args: string[]): string {
  return execFileSync('tmux', ['-L', `craft-${process.pid}-${servers}`, '-f', '/dev/null', ...args], {
    encoding: 'utf8',
  });
}

function screen(): string {
  return tmux('capture-pane', '-p', '-t', 'craft');
}

/** Looks until the screen shows it; the limit is a net that says what was there instead. */
async function see(text: string | RegExp, limitMs = 45_000): Promise<string> {
  const end = performance.now() + limitMs;
  for (;;) {
    const now = screen();
    if (typeof text === 'string' ? now.includes(text) : text.test(now)) return now;
    if (performance.now() > end)
      throw new Error(`never saw ${String(text)}; the screen shows:\n${now.trim()}`);
    await pause(25);
  }
}

const press = (keys: string): string => tmux('send-keys', '-t', 'craft', keys);
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function start(command: string): void {
  if (servers > 0) spawnSync('tmux', ['-L', `craft-${process.pid}-${servers}`, 'kill-server']);
  servers += 1;
  const line = `cd ${quote(workspace)} && ${quote(process.execPath)} ${quote(craft)} ${command}; code=$?; stty -a; echo "exit $code"; cat`;
  tmux('new-session', '-d', '-s', 'craft', '-x', '100', '-y', '60', line);
}

afterEach(() => {
  if (servers > 0) tmux('kill-server');
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!hasTmux)('in a real terminal', () => {
  test('failing, hint, fixing, passing, next, quit', { timeout: 240_000 }, async () => {
    execFileSync(process.execPath, [craft, 'init', workspace], { cwd: folder });
    const stub = readFileSync(queue, 'utf8');
    start('watch');
    await see('is not written yet');
    expect(await see('v verify')).toMatch(/v verify {2}h hint {2}l list {2}r reset {2}q quit/);

    press('h');
    await see('Hint 1 of 3');
    press('h');
    await see('Hint 2 of 3');
    press('l');
    await see(/→ ○ 0\.1 /);

    writeFileSync(queue, stub.replace('export class', 'const broken: number = "text";\nexport class'));
    await see(/queue\.ts:\d+:\d+ TS2322/);
    await see('It does not compile yet');

    cpSync(join(packageRoot, 'solutions/0-poc/01-queue/queue.ts'), queue);
    await see(/… (behaviour|gate) .*q quit/);
    const passed = await see('Press n to go on to 0.2', 120_000);
    expect(passed).toContain('✓ gate');
    expect(passed).toMatch(/n next {2}v verify {2}g gate/);

    press('r');
    await see('y yes  n no');
    press('n');
    await see('n next');
    expect(readFileSync(queue, 'utf8')).not.toBe(stub);

    press('n');
    await see(/open +exercises\/0-poc\/02-store\/store\.ts/);
    press('q');
    const left = await see('exit 0');
    expect(left).toMatch(/ echo /);
    expect(left).toMatch(/ icanon /);
  });

  test('q works during a run, and so does Ctrl-C; nothing is recorded', { timeout: 120_000 }, async () => {
    if (!existsSync(workspace)) execFileSync(process.execPath, [craft, 'init', workspace], { cwd: folder });
    for (const key of ['q', 'C-c']) {
      start('watch 0.1');
      await see('q quit');
      press(key);
      expect(await see('exit 0')).toMatch(/ echo /);
    }
  });
});
