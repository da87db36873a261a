/** The package as a student installs it: what is in it, and that it works without this clone and without a network. */
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../grader/core/paths.ts';
import { loadCurriculum } from '../grader/curriculum/index.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'craft package ü-')));
const modules = join(folder, 'node_modules');
const workspace = join(folder, 'ws');
const queue = 'exercises/0-poc/01-queue/queue.ts';
let packed: string[];

/** A registry that nobody answers at, and an empty cache: what needs a network fails. */
const offline = {
  npm_config_registry: 'http://127.0.0.1:9/',
  npm_config_cache: join(folder, 'cache'),
  npm_config_userconfig: join(folder, 'npmrc'),
  npm_config_update_notifier: 'false',
  npm_config_fetch_retries: '0',
};

/** Links every file, or copies it where a link cannot be: Node must not find its way back to this clone. */
function layOut(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (entry.isDirectory()) {
      // Packages below a package are in the list themselves.
      if (entry.name !== 'node_modules') layOut(source, target);
    } else linkOrCopy(source, target);
  }
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

/** Folders of all packages that an installation without the development tools has. */
function dependencies(): string[] {
  const lock = JSON.parse(readFileSync(join(packageRoot, 'package-lock.json'), 'utf8'));
  const packages: [string, { dev?: boolean }][] = Object.entries(lock.packages);
  return packages
    .filter(([path, { dev }]) => path !== '' && dev !== true && existsSync(join(packageRoot, path)))
    .map(([path]) => path);
}

async function craft(args: string, cwd: string): Promise<{ code: number | undefined; out: string }> {
  const { exitCode, stdout } = await execa('npx', ['craft', ...args.split(' ')], {
    cwd,
    env: offline,
    reject: false,
  });
  return { code: exitCode, out: stdout };
}

async function tsc(args: readonly string[], cwd: string): Promise<{ code: number | undefined; out: string }> {
  const program = join(modules, 'typescript', 'bin', 'tsc');
  const { exitCode, stdout } = await execa(process.execPath, [program, ...args], { cwd, reject: false });
  return { code: exitCode, out: stdout };
}

beforeAll(async () => {
  writeFileSync(join(folder, 'npmrc'), '');
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const report = await execa('npm', pack, { cwd: packageRoot, env: offline });
  const [{ filename, files }] = JSON.parse(report.stdout);
  packed = files.map(({ path }: { path: string }) => path);

  // As `npm install` lays it out, which this test cannot call: it asks the registry about every dependency.
  const installed = join(modules, 'systems-craft');
  mkdirSync(installed, { recursive: true });
  await execa('tar', ['-xzf', join(folder, filename), '--strip-components=1', '-C', installed]);
  for (const path of dependencies()) layOut(join(packageRoot, path), join(folder, path));
  mkdirSync(join(modules, '.bin'), { recursive: true });
  symlinkSync(join('..', 'systems-craft', 'dist', 'bin', 'craft.js'), join(modules, '.bin', 'craft'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the list of files', () => {
  test('every exercise with its hidden checks is there', () => {
    for (const { id, files, given, gates } of loadCurriculum().exercises) {
      const own = ['README.md', 'exercise.json', 'hints.md', ...files, ...given];
      expect(packed).toEqual(expect.arrayContaining(own.map((name) => `exercises/${id}/${name}`)));
      const checks = ['behaviour.test.js', ...(gates.length > 0 ? ['gate.js'] : [])];
      expect(packed).toEqual(
        expect.arrayContaining(checks.map((name) => `dist/grader/checks/${id}/${name}`)),
      );
    }
    const others = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'dist/bin/craft.js'];
    expect(packed).toEqual(
      expect.arrayContaining(others.filter((name) => existsSync(join(packageRoot, name)))),
    );
  });

  test('nothing is there that gives an exercise away or only an author needs', () => {
    const authors = /solutions|mutants\.|fixtures|\.bench\.|\.map$|NOTES\.md|^docs\/|^grader\/|^bin\/|\.ci/;
    const compiledTwice = /^dist\/exercises/;
    const ownTests = /\.test\./;
    const wrong = packed.filter(
      (path) =>
        authors.test(path) ||
        compiledTwice.test(path) ||
        (ownTests.test(path) && !/checks\/.*\/behaviour\.test\.(js|d\.ts)$/.test(path)),
    );
    expect(wrong).toEqual([]);
  });
});

describe('installed, offline', () => {
  test('init makes a workspace', async () => {
    const { code, out } = await craft('init ws', folder);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('cd ws && npx craft next') });
  });

  test('next shows the lesson, list the exercises', async () => {
    expect(await craft('next', workspace)).toMatchObject({
      code: 0,
      out: expect.stringContaining('queue.ts'),
    });
    const { code, out } = await craft('list --json', workspace);
    expect(code).toBe(0);
    expect(JSON.parse(out).exercises).toHaveLength(loadCurriculum().exercises.length);
  });

  test('the stub fails as it should', async () => {
    const { code, out } = await craft('verify 0.1 --json', workspace);
    const { verdict, checks } = JSON.parse(out);
    expect({ code, verdict: verdict.code }).toEqual({ code: 1, verdict: 'NOT_WRITTEN' });
    expect(checks.length).toBeGreaterThan(10);
  });

  test('the solution passes, gate included, and unlocks the next exercise', async () => {
    const solution = join(packageRoot, 'solutions', '0-poc', '01-queue', 'queue.ts');
    writeFileSync(join(workspace, queue), readFileSync(solution));
    // The machine of a test may be too busy for the gate: then there is no verdict, which is no failure.
    const whole = await craft('verify 0.1 --json', workspace);
    const { verdict, unlocked } = JSON.parse(whole.out);
    if (verdict.outcome !== 'inconclusive') {
      expect({ code: whole.code, verdict }).toEqual({ code: 0, verdict: { outcome: 'passed' } });
      expect(unlocked).toEqual(['0-poc/02-store']);
    }
    expect((await craft('verify 0.1 --only behaviour', workspace)).code).toBe(0);
  });

  test('an editor finds no error in the workspace as it was made', async () => {
    const made = await craft('init other', folder);
    expect(made.code).toBe(0);
    expect(await tsc(['-p', '.'], join(folder, 'other'))).toEqual({ code: 0, out: '' });
  });

  test('the published types of the JSON resolve', async () => {
    const program = `import type { Attempt, ListJson } from 'systems-craft';
      export const outcome = (attempt: Attempt, list: ListJson): string => attempt.verdict.outcome + list.current;
    `;
    const consumer = join(folder, 'consumer');
    mkdirSync(consumer);
    writeFileSync(join(consumer, 'use.ts'), program);
    const options = ['--noEmit', '--module', 'nodenext', '--strict', '--skipLibCheck', '--types', 'node'];
    expect(await tsc([...options, 'use.ts'], consumer)).toEqual({ code: 0, out: '' });
  });
});
