/**
 * A class of attackers, graded as any class is, sealed. None gains more than its work is worth, none touches anything
 * outside its copy, none survives, and none makes the grader fail. Needs bubblewrap, and three minutes: it runs with
 * CRAFT_ATTACKS=1 (`npm run test:attacks`), a step of .ci/run.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GradeRecord, GradeReport } from '../../core/grading.ts';
import { builtGraderRoot, packageRoot } from '../../core/paths.ts';
import type { Attack, Places } from '../../fixtures/attacks/attack.ts';
import { cheats } from '../../fixtures/attacks/cheats.ts';
import { escapes } from '../../fixtures/attacks/escapes.ts';
import { floods } from '../../fixtures/attacks/floods.ts';
import { survivors } from '../../fixtures/survivors.ts';
import { probeTier } from '../../jail/index.ts';
import { gradeClass } from './index.ts';

const queue = join('exercises', '0-poc', '01-queue', 'queue.ts');
const solution = readFileSync(join(packageRoot, 'solutions', '0-poc', '01-queue', 'queue.ts'), 'utf8');
const attacks = [...escapes, ...cheats, ...floods];
const secret = 'hunter2-of-the-machine';

const asked = process.env.CRAFT_ATTACKS === '1';
const { tier, reason } = asked ? await probeTier() : { tier: 'process', reason: 'CRAFT_ATTACKS is not 1' };
if (tier !== 'sealed') process.stderr.write(`attacks.test.ts skips itself: ${reason}\n`);

let root: string;
let places: Places;
const listeners: Server[] = [];
let visitors = 0;
const reports = new Map<boolean, GradeReport>();
/** What lay in the folder outside when nobody had attacked yet. */
const untouched = ['here'];

async function listen(where: { port: number; host: string } | { path: string }): Promise<Server> {
  const server = createServer((socket) => {
    visitors++;
    socket.destroy();
  });
  listeners.push(server);
  await new Promise<void>((resolve) => server.listen(where, resolve));
  return server;
}

function fillIn(text: string): string {
  return text.replaceAll(/__([A-Z]+)__/g, (whole, name: string) => places[name as keyof Places] ?? whole);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, fillIn(text));
}

function handIn(folder: string, { edit = (text) => text, files = {}, links = {}, make }: Attack): void {
  write(join(folder, queue), edit(solution));
  for (const [path, text] of Object.entries(files)) write(join(folder, path), text);
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(fillIn(target), join(folder, path));
  }
  make?.(folder);
  for (const name of ['config', '.git/config', '.git/hooks/post-checkout']) {
    const path = join(folder, name);
    if (existsSync(path)) writeFileSync(path, fillIn(readFileSync(path, 'utf8')));
  }
}

async function grade(gates: boolean): Promise<GradeReport> {
  const input = join(root, gates ? 'gated' : 'class');
  for (const attack of attacks.filter((each) => (each.gates ?? false) === gates)) {
    handIn(join(input, attack.id), attack);
  }
  handIn(join(input, 'honest'), { id: 'honest', does: 'nothing', verdict: 'PASSED' });
  const out = join(root, gates ? 'gated-results' : 'results');
  const { signal } = new AbortController();
  return gradeClass({
    input,
    out,
    exercises: ['0.1'],
    jobs: 2,
    gates,
    allowUnsealed: false,
    seed: 'attacks',
    signal,
  });
}

beforeAll(async () => {
  if (tier !== 'sealed') return;
  root = mkdtempSync(join(tmpdir(), 'craft-attacks-'));
  chmodSync(root, 0o755);
  const victim = join(root, 'victim');
  mkdirSync(victim);
  chmodSync(victim, 0o777);
  for (const name of untouched) writeFileSync(join(victim, name), 'here');
  for (const name of ['secret', 'secret.ts', 'secret.json']) writeFileSync(join(root, name), `${secret} = ;`);
  const listening = await listen({ port: 0, host: '127.0.0.1' });
  await listen({ path: join(root, 'socket') });
  await listen({ path: '\0craft-attack' });
  process.env.CRAFT_TEST_SECRET = secret;
  places = {
    SECRET: join(root, 'secret'),
    VICTIM: victim,
    PORT: String((listening.address() as AddressInfo).port),
    SOCKET: join(root, 'socket'),
    CHECKS: join(builtGraderRoot, 'checks', '0-poc', '01-queue'),
    SOLUTIONS: join(packageRoot, 'solutions'),
    GRADER: String(process.pid),
  };
  for (const gates of [false, true]) reports.set(gates, await grade(gates));
}, 600_000);

afterAll(() => {
  delete process.env.CRAFT_TEST_SECRET;
  for (const server of listeners) server.close();
  if (root !== undefined) rmSync(root, { recursive: true, force: true });
});

function recordOf({ id, gates = false }: Pick<Attack, 'id' | 'gates'>): GradeRecord {
  const student = reports.get(gates)?.students.find(({ submission }) => submission.id === id);
  const [record] = student?.records ?? [];
  if (record === undefined) throw new Error(`no record of ${id}`);
  return record;
}

describe.skipIf(tier !== 'sealed')('a class of attackers', () => {
  test('has an honest student, who passes', () => {
    expect(reports.get(false)?.tier).toBe('sealed');
    expect(recordOf({ id: 'honest' })).toMatchObject({ verdict: 'PASSED' });
    expect(recordOf({ id: 'honest', gates: true })).toMatchObject({
      verdict: 'PASSED',
      score: 10,
      maxScore: 10,
    });
  });

  test.each(attacks)('$id: $does', (attack) => {
    const record = recordOf(attack);
    const wanted = [attack.verdict].flat();
    expect(wanted, `${record.reason} ${record.graderError ?? ''}`).toContain(record.verdict);
    expect(record.attempts).toBeLessThanOrEqual(record.verdict === 'PERF_UNSURE' ? 3 : 1);
    const full = recordOf({ id: 'honest', ...(attack.gates && { gates: true }) }).score ?? 0;
    if (record.verdict === 'PASSED') expect(record.score).toBe(full);
    else expect(record.score).toBeLessThan(full);
    expect(record.reason).not.toContain('BREACH');
  });

  test('learns no secret, and leaves nothing in any report that a terminal or a page would obey', () => {
    for (const folder of ['results', 'gated-results']) {
      for (const name of readdirSync(join(root, folder))) {
        const path = join(root, folder, name);
        const text = readFileSync(path, 'utf8');
        expect(text, name).not.toContain(secret);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
        expect(text, name).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202e]/);
      }
    }
  });

  test('touches nothing outside, calls nobody, and leaves no process', () => {
    expect(readdirSync(join(root, 'victim'))).toEqual(untouched);
    expect(visitors).toBe(0);
    expect(survivors(tmpdir()).filter((line) => line.includes('craft-subject'))).toEqual([]);
  });

  test('gets the same scores again from the same seed', async () => {
    const scores = (report: GradeReport | undefined) =>
      report?.students.map(({ submission, records }) => [submission.id, records[0]?.score]);
    const again = await grade(true);
    expect(scores(again)).toEqual(scores(reports.get(true)));
  });
});
