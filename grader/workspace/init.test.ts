import { execFile, execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { realOps } from '../core/files.ts';
import { builtGraderRoot, packageRoot } from '../core/paths.ts';
import { temporaryFolder } from '../fixtures/progress/workspace.ts';
import { course, installation, writeTree } from '../fixtures/workspace/course.ts';
import { ensureLinks, findWorkspace, type InitResult, initWorkspace } from './index.ts';

afterEach(() => vi.unstubAllEnvs());

/** git as the tests know it: no settings but those that a test writes into this home. */
function home(settings = '[user]\n  name = Ada\n  email = ada@example.org\n'): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, '.gitconfig'), settings);
  vi.stubEnv('HOME', folder);
  vi.stubEnv('XDG_CONFIG_HOME', join(folder, '.config'));
  vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
  return folder;
}

async function init(directory = join(temporaryFolder(), 'metricstream')): Promise<InitResult> {
  return initWorkspace({ directory, curriculum: course(), installation: installation() });
}

const git = (root: string, ...args: string[]): string =>
  execFileSync('git', args, { cwd: root }).toString().trim();
const codes = ({ notices }: InitResult): string[] => notices.map(({ code }) => code);

describe('craft init', () => {
  test('makes a folder with lessons, stubs and the kernel, and nothing of the judge', async () => {
    home();
    const { workspace, files } = await init();
    expect(files).toEqual([
      'package.json',
      'tsconfig.json',
      'README.md',
      '.gitignore',
      'craft.mjs',
      'exercises/kernel/index.ts',
      'exercises/0-poc/01-queue/README.md',
      'exercises/0-poc/01-queue/queue.ts',
      'exercises/0-poc/01-queue/experiment.ts',
      'exercises/0-poc/02-store/README.md',
      'exercises/0-poc/02-store/store.ts',
      '.craft/installed.json',
      '.craft/workspace.json',
    ]);
    expect(readdirSync(workspace.root).sort()).toEqual([
      '.craft',
      '.git',
      '.gitignore',
      'README.md',
      'craft.mjs',
      'exercises',
      'node_modules',
      'package.json',
      'tsconfig.json',
    ]);
    expect(findWorkspace(join(workspace.root, 'exercises/0-poc/02-store'))).toEqual(workspace);
  });

  test('makes a repository with one commit by the user, and a clean tree', async () => {
    home();
    const { workspace, notices } = await init();
    expect(notices).toEqual([]);
    expect(git(workspace.root, 'log', '--format=%an <%ae> %s', '--all')).toBe(
      'Ada <ada@example.org> Workspace made by craft init',
    );
    expect(git(workspace.root, 'status', '--porcelain')).toBe('');
    expect(git(workspace.root, 'ls-files', '.craft', 'node_modules').split('\n')).toEqual([
      '.craft/installed.json',
      '.craft/workspace.json',
    ]);
  });

  test('works without an identity, and leaves none behind', async () => {
    home('[user]\n  useConfigOnly = true\n');
    const result = await init();
    expect(codes(result)).toEqual(['NO_GIT_IDENTITY']);
    expect(git(result.workspace.root, 'log', '--format=%an')).toBe('student');
    expect(spawnSync('git', ['config', 'user.name'], { cwd: result.workspace.root }).status).toBe(1);
  });

  test('works without git', async () => {
    home();
    vi.stubEnv('PATH', join(temporaryFolder(), 'empty'));
    const result = await init();
    expect(codes(result)).toEqual(['NO_GIT']);
    expect(existsSync(join(result.workspace.root, '.git'))).toBe(false);
    expect(existsSync(join(result.workspace.root, '.craft/workspace.json'))).toBe(true);
  });

  test('asks no signature, runs no hook and no filter of the user', async () => {
    const folder = home();
    const trace = join(folder, 'ran');
    const hook = `#!/bin/sh\ntouch '${trace}'\nexit 1\n`;
    writeTree(folder, {
      'hooks/pre-commit': hook,
      'hooks/commit-msg': hook,
      'template/hooks/post-commit': hook,
    });
    writeTree(folder, { ignore: '*.md\nexercises\n', attributes: '* filter=broken\n' });
    for (const name of ['hooks/pre-commit', 'hooks/commit-msg', 'template/hooks/post-commit'])
      chmodSync(join(folder, name), 0o755);
    const settings = `[user]
  name = Ada
  email = ada@example.org
[commit]
  gpgsign = true
[gpg]
  program = /bin/false
[core]
  hooksPath = ${folder}/hooks
  excludesFile = ${folder}/ignore
  attributesFile = ${folder}/attributes
  safecrlf = true
  autocrlf = true
[init]
  templateDir = ${folder}/template
  defaultBranch = in..valid
[filter "broken"]
  clean = false
  required = true
`;
    writeFileSync(join(folder, '.gitconfig'), settings);
    const result = await init();
    expect(codes(result)).toEqual([]);
    expect(existsSync(trace)).toBe(false);
    const committed = execFileSync('git', ['ls-files'], { cwd: result.workspace.root }).toString();
    expect(committed.split('\n')).toContain('exercises/0-poc/01-queue/README.md');
  });

  test('works with settings that git cannot read', async () => {
    home('[user\nname = "');
    expect(codes(await init())).toEqual(['NO_GIT_IDENTITY']);
  });

  test('takes a folder with nothing but a repository, and commits on top', async () => {
    home();
    const root = temporaryFolder();
    git(root, 'init', '--quiet');
    git(root, 'commit', '--quiet', '--allow-empty', '-m', 'mine');
    const result = await init(root);
    expect(codes(result)).toEqual([]);
    expect(git(root, 'log', '--format=%s').split('\n')).toEqual(['Workspace made by craft init', 'mine']);
  });

  test('refuses a folder with something in it, and one inside a workspace', async () => {
    home();
    const full = temporaryFolder();
    writeFileSync(join(full, 'thesis.tex'), 'mine');
    await expect(init(full)).rejects.toMatchObject({ code: 'FOLDER_NOT_EMPTY' });
    expect(readdirSync(full)).toEqual(['thesis.tex']);
    const { workspace } = await init();
    await expect(init(join(workspace.root, 'another'))).rejects.toMatchObject({ code: 'INSIDE_WORKSPACE' });
    await expect(init(workspace.root)).rejects.toMatchObject({ code: 'INSIDE_WORKSPACE' });
    await expect(init(join(full, 'thesis.tex'))).rejects.toMatchObject({ code: 'NOT_WRITABLE' });
  });

  test.each(['ENOSPC', 'EACCES'])('that meets %s leaves no trace', async (code) => {
    for (const nth of [1, 5, 13]) {
      const parent = temporaryFolder();
      let count = 0;
      const create = (path: string, mode: number): number => {
        count += 1;
        if (count === nth) throw Object.assign(new Error(code), { code });
        return realOps.create(path, mode);
      };
      const directory = join(parent, 'a', 'b');
      const attempt = initWorkspace({ directory, curriculum: course(), ops: { ...realOps, create } });
      await expect(attempt).rejects.toMatchObject({ code: code === 'ENOSPC' ? 'DISK_FULL' : 'NOT_WRITABLE' });
      expect(readdirSync(parent)).toEqual([]);
    }
  });

  test('can be run again after it was killed', async () => {
    home();
    const root = temporaryFolder();
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    writeTree(root, { [`.craft-init-${pid}/package.json`]: '{', [`.${pid}-ab.craft-tmp/x`]: '' });
    const { workspace } = await init(root);
    expect(readdirSync(workspace.root).filter((name) => /init|tmp/.test(name))).toEqual([]);
  });

  test('started several times at once makes one workspace', async () => {
    home();
    const directory = join(temporaryFolder(), 'metricstream');
    const options = JSON.stringify({
      directory,
      curriculum: course(),
      installation: installation(),
      repository: false,
    });
    const script = `
      import { initWorkspace } from ${JSON.stringify(join(builtGraderRoot, 'workspace/index.js'))};
      await initWorkspace(${options}).then(() => console.log('made'), (error) => console.log(error.code));`;
    const start = (): Promise<string> =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]).then(({ stdout }) =>
        stdout.trim(),
      );
    const outcomes = await Promise.all([start(), start(), start()]);
    expect(outcomes.filter((outcome) => outcome === 'made')).toHaveLength(1);
    for (const other of outcomes) expect(['made', 'FOLDER_NOT_EMPTY', 'INSIDE_WORKSPACE']).toContain(other);
    const { files } = await initWorkspace({ directory: join(temporaryFolder(), 'x'), curriculum: course() });
    for (const file of files) expect(existsSync(join(directory, file)), file).toBe(true);
    expect(readdirSync(directory).filter((name) => /init|tmp/.test(name))).toEqual([]);
  });

  test('says where the workspace is, or how to make one', async () => {
    home();
    const { workspace } = await init();
    expect(() => findWorkspace(join(workspace.root, '..'))).toThrow('cd metricstream');
    expect(() => findWorkspace(temporaryFolder())).toThrow('npx systems-craft init metricstream');
    expect(() => findWorkspace(join(packageRoot, 'grader'))).toThrow('npx craft init metricstream');
  });
});

describe('in the workspace', () => {
  /** npx with a registry that nobody answers. */
  function npx(cwd: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
    const folder = temporaryFolder();
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      npm_config_cache: join(folder, 'cache'),
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_fetch_retries: '0',
      npm_config_update_notifier: 'false',
    };
    return spawnSync('npx', ['craft', ...args], { cwd, env, encoding: 'utf8' });
  }

  test('npx craft runs this tool without a registry, from any folder, whatever the path', async () => {
    home();
    const { workspace } = await init(join(temporaryFolder(), 'my métrics & "streams"'));
    const deep = join(workspace.root, 'exercises/0-poc/01-queue');
    for (const cwd of [workspace.root, deep]) {
      const { stdout, stderr, status } = npx(cwd, 'hint', '--json');
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(JSON.parse(stdout)).toEqual({ args: ['hint', '--json'], cwd });
    }
  });

  test('npx craft finds it below a package.json of the student’s', async () => {
    home();
    const { workspace } = await init();
    const deep = join(workspace.root, 'exercises/0-poc/01-queue');
    writeFileSync(join(deep, 'package.json'), '{"name":"mine"}');
    expect(JSON.parse(npx(deep, 'list').stdout)).toEqual({ args: ['list'], cwd: deep });
  });

  test('without the link, npx craft says how to get it, and the next command mends it', async () => {
    home();
    const { workspace } = await init();
    rmSync(join(workspace.root, 'node_modules'), { recursive: true });
    const { status, stderr } = npx(workspace.root, 'next');
    expect(status).toBe(2);
    expect(stderr).toMatch(/npm install systems-craft.*doctor/);
    expect(ensureLinks(workspace, installation())).toEqual([]);
    expect(npx(workspace.root, 'next').status).toBe(0);
  });

  test('a link that leads nowhere is made again; a real folder stays', async () => {
    home();
    const { workspace } = await init();
    const place = join(workspace.root, 'node_modules/systems-craft');
    rmSync(place);
    symlinkSync('/nowhere/at/all', place);
    ensureLinks(workspace, installation());
    expect(existsSync(join(place, 'dist/bin/craft.js'))).toBe(true);
    rmSync(place);
    mkdirSync(place);
    ensureLinks(workspace, installation());
    expect(readdirSync(place)).toEqual([]);
  });

  test('node_modules that cannot be made is a notice, not a failure', async () => {
    home();
    const { workspace } = await init();
    rmSync(join(workspace.root, 'node_modules'), { recursive: true });
    writeFileSync(join(workspace.root, 'node_modules'), 'a file');
    expect(ensureLinks(workspace)).toMatchObject([{ code: 'LINKS' }]);
  });

  test('the editor’s settings see no error in fresh stubs', async () => {
    home();
    const { workspace } = await init();
    const tsc = join(packageRoot, 'node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', '.'], {
      cwd: workspace.root,
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(status).toBe(0);
    expect(JSON.parse(readFileSync(join(workspace.root, 'package.json'), 'utf8'))).toMatchObject({
      private: true,
      type: 'module',
      bin: { craft: './craft.mjs' },
    });
  });
});
