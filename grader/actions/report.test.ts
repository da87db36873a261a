/** `craft report` on a workspace: what it gathers, where it writes, and how it tells. */
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
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../bin/main.ts';
import { fillWorkspace } from '../fixtures/measurements.ts';
import { fakeIo } from '../fixtures/terminal.ts';
import type { ReportJson } from '../report/json.ts';
import { initWorkspace } from './workspace.ts';

const folder = mkdtempSync(join(tmpdir(), 'craft report ä-'));
const root = join(folder, 'metricstream');
const path = process.env.PATH ?? '';

beforeAll(async () => {
  await initWorkspace({ cwd: folder, onNotice: () => {} }, 'metricstream');
});

afterAll(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true, force: true });
});

async function craft(line: string, cwd = root): Promise<{ code: number; out: string; err: string }> {
  const io = fakeIo(cwd);
  const code = await main(line.split(' '), io);
  return { code, out: io.out(), err: io.err() };
}

async function report(line: string): Promise<ReportJson> {
  const { code, out } = await craft(`report ${line} --json`.replace('  ', ' '));
  expect(code).toBe(0);
  return JSON.parse(out);
}

describe('before the first attempt', () => {
  test('a page is written and its path printed', async () => {
    const { code, out } = await craft('report');
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringContaining('Your report: craft-report.html'),
    });
    const page = readFileSync(join(root, 'craft-report.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    expect(page).toContain('npx craft bench 0.6');
    expect(page).not.toContain(root);
  });

  test('outside a workspace it says how to make one', async () => {
    expect(await craft('report', folder)).toMatchObject({
      code: 2,
      err: expect.stringContaining('NO_WORKSPACE'),
    });
  });
});

describe('after three weeks', () => {
  beforeAll(async () => {
    await fillWorkspace({ root, state: join(root, '.craft') });
  });

  test('attempts, runs, comparisons and predictions are gathered', async () => {
    const { data } = await report('');
    expect(data.attempts).toHaveLength(16);
    expect(data.crafts[0]).toMatchObject({ craft: '0-poc', passed: 6 });
    expect(data.runs.map(({ part }) => part).filter((part) => part === 'sweep')).toHaveLength(12);
    expect(data.runs.filter(({ part }) => part === 'other')).toMatchObject([
      { target: 'the yardstick', run: 7 },
    ]);
    expect(data.runs.find(({ run }) => run === 8)).toMatchObject({ failed: 12, counts: false });
    expect(data.comparisons).toMatchObject([{ run: 7, other: 'the yardstick', rate: { value: 0.854 } }]);
    // Against the first run after it was said.
    expect(data.predictions).toMatchObject([
      { run: 2, figures: [{ what: 'rate', predicted: 20_000, measured: 6_200 }, { what: 'p99' }] },
    ]);
    const serving = data.exercises.filter(({ serves }) => serves).map(({ number }) => number);
    expect(serving.slice(0, 2)).toEqual(['0.3', '0.6']);
  });

  test('--out writes elsewhere, in place of an older one, whole', async () => {
    mkdirSync(join(root, 'out'));
    writeFileSync(join(root, 'out', 'friday.html'), 'old');
    const { path: written } = await report('--out out/friday.html');
    expect(written).toBe(join(root, 'out', 'friday.html'));
    expect(readFileSync(written, 'utf8')).toContain('28,600');
    expect(readdirSync(join(root, 'out'))).toEqual(['friday.html']);
  });

  test('--out makes the folders that are missing, and says which', async () => {
    const { code, err, out } = await craft('report --out out/of/sight/r.html');
    expect({ code, err }).toEqual({ code: 0, err: '! Made the folder out/of/sight for it.\n' });
    expect(out).toContain('Your report: out/of/sight/r.html');
    expect(existsSync(join(root, 'out/of/sight/r.html'))).toBe(true);
    // Only what is new, also when a part was there.
    expect((await craft('report --out out/of/sight/r.html')).err).toBe('');
    expect((await craft('report --out ../of/r.html', join(root, 'out'))).err).toBe(
      '! Made the folder ../of for it.\n',
    );
  });

  test('where no folder can be made is one clear line', async () => {
    writeFileSync(join(root, 'file'), '');
    const { code, err } = await craft('report --out file/r.html');
    expect(code).toBe(2);
    expect(err).toMatch(/NOT_WRITABLE/);
    expect(err).not.toContain('Made');
  });

  test('a folder in the way is one clear line', async () => {
    mkdirSync(join(root, 'in-the-way', 'full'), { recursive: true });
    const { code, err } = await craft('report --out in-the-way');
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/in-the-way cannot be written/) });
  });

  test('a broken run is left out, and said', async () => {
    writeFileSync(join(root, '.craft', 'bench', '9.json'), '{"schema":1,');
    const { code, err } = await craft('report');
    rmSync(join(root, '.craft', 'bench', '9.json'));
    expect(code).toBe(0);
    expect(err).toContain('.craft/bench/9.json');
  });
});

describe('--open', () => {
  /** A folder with a program of that name as the only one on the PATH. */
  function onlyProgram(name: string, script: string): void {
    const programs = mkdtempSync(join(folder, 'programs-'));
    writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(programs, name), 0o755);
    process.env.PATH = programs;
  }
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';

  test('hands the file to the system', async () => {
    onlyProgram(opener, `echo "$1" > "${join(folder, 'opened')}"`);
    const { opened, path: written } = await report('--open');
    expect(opened).toBe(true);
    expect(readFileSync(join(folder, 'opened'), 'utf8')).toBe(`${written}\n`);
  });

  test('says so where there is nothing to open it with', async () => {
    process.env.PATH = mkdtempSync(join(folder, 'empty-'));
    const { code, out } = await craft('report --open');
    expect(code).toBe(0);
    expect(out).toContain('No browser could be started here');
    expect(existsSync(join(root, 'craft-report.html'))).toBe(true);
  });

  test('and where it fails', async () => {
    onlyProgram(opener, 'exit 3');
    expect((await report('--open')).opened).toBe(false);
  });
});
