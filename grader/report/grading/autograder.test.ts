/** The zip for Gradescope: what is in it, and what its scripts do, run with fakes of what they call. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromBuffer } from 'yauzl';
import { gradedClass } from '../../fixtures/grading/class.ts';
import { type AutograderOptions, gradescopeAutograder } from './autograder.ts';
import { runAutograder, settings, setup } from './autograderscripts.ts';
import { gradescopeResults } from './gradescope.ts';

const node = '20.20.2';
const folder = mkdtempSync(join(tmpdir(), 'craft autograder ö-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Entry {
  readonly content: Buffer;
  readonly mode: number;
}

async function entries(zip: Uint8Array): Promise<Map<string, Entry>> {
  const found = new Map<string, Entry>();
  const reader = await new Promise<import('yauzl').ZipFile>((resolve, reject) => {
    fromBuffer(Buffer.from(zip), { lazyEntries: false, autoClose: true }, (error, file) =>
      error ? reject(error) : resolve(file),
    );
  });
  const reading: Promise<void>[] = [];
  reader.on('entry', (entry) => {
    reading.push(
      new Promise((resolve, reject) => {
        reader.openReadStream(entry, (error, stream) => {
          if (error) return reject(error);
          const chunks: Buffer[] = [];
          stream.on('data', (chunk: Buffer) => chunks.push(chunk));
          stream.on('end', () => {
            const mode = entry.externalFileAttributes >>> 16;
            found.set(entry.fileName, { content: Buffer.concat(chunks), mode });
            resolve();
          });
        });
      }),
    );
  });
  await new Promise((resolve) => reader.on('end', resolve));
  await Promise.all(reading);
  return found;
}

/** As Gradescope lays it out: source/ with the zip in it, submission/, submission_metadata.json; and programs. */
function platform(options: AutograderOptions = {}): string {
  const root = mkdtempSync(join(folder, 'root '));
  mkdirSync(join(root, 'source'));
  const files = {
    'setup.sh': setup,
    run_autograder: runAutograder,
    'settings.sh': settings({ node, ...options }),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, 'source', name), text);
  if (options.course !== undefined) writeFileSync(join(root, 'source', 'course.json'), options.course);
  mkdirSync(join(root, 'submission', 'exercises'), { recursive: true });
  writeFileSync(join(root, 'submission', 'exercises', 'queue.ts'), '');
  const users = [{ id: 71, email: 'lin@example.org' }, { id: 5 }];
  writeFileSync(join(root, 'submission_metadata.json'), JSON.stringify({ id: 9, users }));
  mkdirSync(join(root, 'programs'));
  return root;
}

/** A program that appends how it was called to `calls`, and then does this. */
function fake(root: string, name: string, script = ''): void {
  const path = join(root, 'programs', name);
  writeFileSync(path, `#!/usr/bin/env bash\nprintf '%s\\n' "${name} $*" >> "${root}/calls"\n${script}\n`);
  chmodSync(path, 0o755);
}

async function start(root: string, script: string): Promise<{ code: number; out: string; calls: string[] }> {
  const { exitCode, all } = await execa('bash', [join(root, 'source', script)], {
    all: true,
    cwd: root,
    reject: false,
    env: {
      AUTOGRADER_ROOT: root,
      AUTOGRADER_PREFIX: join(root, 'prefix'),
      PATH: `${join(root, 'programs')}:${process.env.PATH}`,
    },
  });
  const calls = existsSync(join(root, 'calls'))
    ? readFileSync(join(root, 'calls'), 'utf8').trimEnd().split('\n')
    : [];
  return { code: exitCode ?? -1, out: all, calls };
}

describe('the zip', () => {
  const options = { exercises: '0.1-0.7', course: '{"name":"Systems"}' };
  let zip: Uint8Array;
  let all: Map<string, Entry>;
  beforeAll(async () => {
    zip = await gradescopeAutograder(options);
    all = await entries(zip);
  });

  test('has the two scripts at its root, and they can be run', () => {
    for (const name of ['setup.sh', 'run_autograder']) {
      expect(all.get(name)?.content.toString()).toBe(name === 'setup.sh' ? setup : runAutograder);
      expect(all.get(name)?.content.toString()).toMatch(/^#!\/usr\/bin\/env bash\n/);
      expect((all.get(name)?.mode ?? 0) & 0o777).toBe(0o755);
    }
    expect(all.get('settings.sh')?.content.toString()).toContain("EXERCISES='0.1-0.7'\n");
    expect(all.get('course.json')?.content.toString()).toBe('{"name":"Systems"}');
  });

  test('has this craft with its checks and its lock file, and no solution', () => {
    const names = [...all.keys()];
    for (const name of [
      'package.json',
      'package-lock.json',
      'dist/bin/craft.js',
      'exercises/kernel/real.ts',
    ]) {
      if (name !== 'exercises/kernel/real.ts') expect(names).toContain(`craft/${name}`);
    }
    expect(names).toContain('craft/dist/grader/checks/0-poc/01-queue/behaviour.test.js');
    expect(names).toContain('craft/exercises/0-poc/01-queue/queue.ts');
    expect(names.filter((name) => /solutions|mutants|fixtures\/|node_modules|\.\./.test(name))).toEqual([]);
  });

  test('is the same when nothing changed', async () => {
    expect(Buffer.from(zip).equals(Buffer.from(await gradescopeAutograder(options)))).toBe(true);
  });

  test('the scripts are sound bash', async () => {
    for (const name of ['setup.sh', 'run_autograder', 'settings.sh']) {
      const input = all.get(name)?.content.toString() ?? '';
      await execa('bash', ['-n'], { input });
    }
  });
});

describe('settings', () => {
  test('whatever an instructor writes is one word', async () => {
    const evil = `0.1'; touch "${join(folder, 'owned')}"; $(id) \`id\` '`;
    const root = platform({ exercises: evil });
    const { stdout } = await execa('bash', ['-c', `. "${root}/source/settings.sh"; printf %s "$EXERCISES"`]);
    expect(stdout).toBe(evil);
    expect(existsSync(join(folder, 'owned'))).toBe(false);
  });

  test('a version of Node that is none is refused', async () => {
    await expect(gradescopeAutograder({ node: '20.0.0/../evil' })).rejects.toThrow('no version of Node');
  });
});

describe('setup.sh', () => {
  async function ready(): Promise<string> {
    const root = platform();
    mkdirSync(join(root, 'source', 'craft', 'dist', 'bin'), { recursive: true });
    writeFileSync(join(root, 'source', 'craft', 'package-lock.json'), '{}');
    writeFileSync(join(root, 'source', 'craft', 'dist', 'bin', 'craft.js'), '');
    mkdirSync(join(root, 'prefix', 'bin'), { recursive: true });
    for (const name of ['apt-get', 'npm', 'craft', 'tar']) fake(root, name);
    fake(root, 'uname', 'echo x86_64');
    // The file is its own name; the list of sums has the one of that.
    fake(
      root,
      'curl',
      'printf x > "$3"; [[ "$3" == */sums ]] && echo "$(printf x | sha256sum | cut -d" " -f1)  node-v20.20.2-linux-x64.tar.xz" > "$3"; exit 0',
    );
    return root;
  }

  test('installs the jail, Node and the locked dependencies, without running their scripts', async () => {
    const root = await ready();
    const { code, calls, out } = await start(root, 'setup.sh');
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(calls).toEqual([
      'apt-get update -qq',
      'apt-get install -y -qq --no-install-recommends bubblewrap ca-certificates curl git xz-utils',
      'uname -m',
      expect.stringMatching(
        /^curl .* https:\/\/nodejs\.org\/dist\/v20\.20\.2\/node-v20\.20\.2-linux-x64\.tar\.xz$/,
      ),
      expect.stringMatching(/^curl .* https:\/\/nodejs\.org\/dist\/v20\.20\.2\/SHASUMS256\.txt$/),
      expect.stringMatching(/^tar -xJf .*\.tar\.xz -C .*prefix --strip-components=1$/),
      'npm ci --omit=dev --ignore-scripts',
      'craft --version',
      'craft doctor',
    ]);
    expect(readdirSync(join(root, 'prefix', 'bin'))).toEqual(['craft']);
  });

  test('stops at a Node that is not what nodejs.org says', async () => {
    const root = await ready();
    fake(root, 'curl', 'echo "0000  node-v20.20.2-linux-x64.tar.xz" > "$3"');
    const { code, calls, out } = await start(root, 'setup.sh');
    expect(code).toBe(1);
    expect(out).toContain('is not what nodejs.org says it is');
    expect(calls.some((call) => call.startsWith('tar'))).toBe(false);
  });

  test('stops where a package cannot be installed', async () => {
    const root = await ready();
    fake(root, 'apt-get', '[ "$1" != install ]');
    expect((await start(root, 'setup.sh')).code).not.toBe(0);
  });
});

describe('run_autograder', () => {
  const [student] = gradedClass({ students: 1, exercises: 2 }).students;
  if (student === undefined) throw new Error('no student');
  const results = gradescopeResults(student);
  /** All of it was left ungraded. */
  const nothing = gradescopeResults({ ...student, score: 0, maxScore: 0, ungraded: 2 });

  /** A craft that writes the results and ends with that code. */
  async function graded(code: number, options: AutograderOptions = {}, answer = results): Promise<string> {
    const root = platform(options);
    writeFileSync(join(root, 'answer.json'), answer);
    const copy = `while [ "$1" != --out ]; do shift; done; mkdir -p "$2/gradescope"; cp "${root}/answer.json" "$2/gradescope/5-71.json"`;
    fake(root, 'craft', `ls -R "$2" > "${root}/seen"; ${copy}; exit ${code}`);
    return root;
  }
  const written = (root: string): string[] =>
    existsSync(join(root, 'results')) ? readdirSync(join(root, 'results')) : [];

  test.each([0, 2])('exit code %i of craft with something graded is a result', async (exitCode) => {
    const root = await graded(exitCode);
    const { code, out } = await start(root, 'run_autograder');
    const note = exitCode === 0 ? '' : 'craft ended with exit code 2: not everything was graded';
    expect({ code, out }).toEqual({ code: 0, out: note });
    expect(written(root)).toEqual(['results.json']);
    expect(readFileSync(join(root, 'results', 'results.json'), 'utf8')).toBe(results);
  });

  test('the id is made of the students, so that their seeds stay the same', async () => {
    const root = await graded(0);
    const { calls } = await start(root, 'run_autograder');
    expect(calls).toEqual([
      expect.stringMatching(
        /^craft grade \S+\/class --visibility visible --jobs 1 --out \S+\/out --seed [0-9a-f]{32}$/,
      ),
    ]);
    expect(readFileSync(join(root, 'seen'), 'utf8')).toMatch(/\/class:\n5-71\n[\s\S]*queue\.ts/);
  });

  test('every option of the zip reaches craft', async () => {
    const options = {
      exercises: '0.1-0.3',
      visibility: 'after_due_date',
      noGates: true,
      allowUnsealed: true,
    } as const;
    const root = await graded(0, { ...options, course: '{}' });
    const { calls } = await start(root, 'run_autograder');
    expect(calls[0]).toMatch(
      /--visibility after_due_date --jobs 1 --out \S+ --exercises 0\.1-0\.3 --course .*\/source\/course\.json --no-gates --allow-unsealed$/,
    );
  });

  test('when craft fails nobody gets a zero, and no older result stays', async () => {
    const root = await graded(2, {}, nothing);
    mkdirSync(join(root, 'results'));
    writeFileSync(join(root, 'results', 'results.json'), '{"score":10}');
    const { code, out } = await start(root, 'run_autograder');
    expect(code).toBe(1);
    expect(out).toContain('could not grade this submission (exit code 2)');
    expect(written(root)).toEqual([]);
  });

  test('a craft that writes nothing, or is not there, is a failure of the autograder', async () => {
    const silent = platform();
    fake(silent, 'craft', 'exit 0');
    expect(await start(silent, 'run_autograder')).toMatchObject({
      code: 1,
      out: expect.stringContaining('could not grade'),
    });
    const absent = platform();
    expect((await start(absent, 'run_autograder')).code).toBe(1);
    expect(written(absent)).toEqual([]);
  });

  test('without metadata, or with hostile ones, there still is an id', async () => {
    for (const metadata of ['', '{}', '{"users":[{"id":"../../x"}]}', '{"users":[{"id":"-rf /"}]}']) {
      const root = await graded(0);
      writeFileSync(join(root, 'submission_metadata.json'), metadata);
      expect((await start(root, 'run_autograder')).code).toBe(0);
      expect(readFileSync(join(root, 'seen'), 'utf8')).toMatch(/\/class:\n(submission|x|rf)\n/);
    }
  });
});
