/** The built program as a process: what main() alone cannot show. */
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../grader/core/paths.ts';

const craft = join(packageRoot, 'dist', 'bin', 'craft.js');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'craft-bin-')));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function node(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, ...env } };
    const child = execFile(process.execPath, [...args], options, (_error, out, err) => {
      resolve({ code: child.exitCode, out, err });
    });
  });
}

test('stdout, stderr and the exit code are those of main()', async () => {
  expect(await node([craft, '--version'])).toMatchObject({ code: 0, err: '' });
  const { code, out, err } = await node([craft, 'list']);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain('is not inside a workspace');
});

test('output into a pipe has no colours unless they are forced', async () => {
  expect((await node([craft, 'list'], { FORCE_COLOR: undefined })).err).not.toContain('\u001b');
  expect((await node([craft, 'list'], { FORCE_COLOR: '1', NO_COLOR: undefined })).err).toContain('\u001b');
  expect((await node([craft, 'list'], { FORCE_COLOR: '1', NO_COLOR: '1' })).err).not.toContain('\u001b');
});

test('a reader that goes away early is no error', () => {
  const line = `"${process.execPath}" "${craft}" --help | head -n 1; exit "\${PIPESTATUS[0]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: 'Usage: craft [options] [command]\n',
    stderr: '',
  });
});

test.each(['18.20.4', '20.18.3', '21.7.0', '22.11.0'])(
  'Node %s is told what craft needs, in one line',
  async (version) => {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' });`;
    const { code, out, err } = await node([
      '--import',
      `data:text/javascript,${encodeURIComponent(pretend)}`,
      craft,
      'list',
    ]);
    expect({ code, out, err }).toEqual({
      code: 2,
      out: '',
      err: `Node ${version} is too old: craft needs 20.19 or newer. See https://nodejs.org\n`,
    });
  },
);

describe('light commands load nothing heavy', () => {
  const heavy = ['vitest', 'execa', 'simple-git', 'undici', 'oxc-parser', 'chokidar', 'typescript', 'vite'];

  test.each(['list', 'hint', 'next'])('%s', async (command) => {
    const workspace = join(folder, 'light');
    if (!existsSync(workspace)) await node([craft, 'init', workspace]);
    const listing = join(folder, `${command}.txt`);
    writeFileSync(
      join(folder, 'hook.mjs'),
      `import { appendFileSync } from 'node:fs';
      export function load(url, context, next) {
        appendFileSync(${JSON.stringify(listing)}, url + '\\n');
        return next(url, context);
      }`,
    );
    const install = join(folder, 'install.mjs');
    writeFileSync(
      install,
      `import { register } from 'node:module'; register('./hook.mjs', import.meta.url);`,
    );
    const child = spawnSync(process.execPath, ['--import', install, craft, command], {
      cwd: workspace,
      encoding: 'utf8',
    });
    expect({ status: child.status, stderr: child.stderr }).toEqual({ status: 0, stderr: '' });
    const loaded = readFileSync(listing, 'utf8');
    expect(loaded).toContain(pathToFileURL(craft).href);
    for (const name of heavy) expect(loaded).not.toContain(`/node_modules/${name}/`);
  });
});

test('verify judges, replay repeats with the same seed, a fix passes', { timeout: 180_000 }, async () => {
  const workspace = join(folder, 'judged');
  await node([craft, 'init', workspace]);
  const inside = (...args: string[]): Ran => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [craft, ...args], {
      cwd: workspace,
      encoding: 'utf8',
    });
    return { code: status, out: stdout, err: stderr };
  };
  const stub = inside('verify', '--only', 'behaviour', '--json');
  const attempt = JSON.parse(stub.out);
  expect(stub.code).toBe(1);
  expect(attempt).toMatchObject({
    schema: 1,
    number: 1,
    exercise: '0-poc/01-queue',
    verdict: { outcome: 'failed' },
  });

  const [{ id, seed }] = attempt.checks;
  const again = inside('replay', '1', '--json');
  expect(again.code).toBe(1);
  expect(JSON.parse(again.out)).toMatchObject({ number: 0, seed: attempt.seed, checks: [{ id, seed }] });
  expect(inside('replay', `1:${id}`).out).toContain(`attempt 1 again, seed ${attempt.seed}`);
  expect(inside('replay', '1:nothing').err).toContain('Attempt 1 has no check "nothing". It has:');

  cpSync(
    join(packageRoot, 'solutions/0-poc/01-queue/queue.ts'),
    join(workspace, 'exercises/0-poc/01-queue/queue.ts'),
  );
  const right = inside('verify', '--only', 'behaviour');
  expect({ code: right.code, err: right.err }).toEqual({ code: 0, err: '' });
  expect(right.out).toContain('behaviour is right.');
  const list = JSON.parse(inside('list', '--json').out);
  expect(list.exercises[0]).toMatchObject({ status: 'open', attempts: 2 });
});
