/** Hostile modules in a jail: the same codes as outside, but where the attack has lost its target. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtGraderRoot } from '../core/paths.ts';
import type { Build, Exercise } from '../core/types.ts';
import { type HostileModule, hostileModules } from '../fixtures/hostile/processes.ts';
import { survivors } from '../fixtures/survivors.ts';
import { hasJail } from '../jail/index.ts';
import { startSubject } from './index.ts';

/** What has another end in a jail, and why. */
const otherwise: Readonly<Record<string, Pick<HostileModule, 'expected' | 'line'>>> = {
  // The first process of the jail is deaf to signals from inside, and the attack then waits for ever.
  'kills its parent': { expected: 'CALL_TIMEOUT', line: /did not return/ },
  // Its group is not the jail's: there is none of that number.
  "kills its parent's process group": { expected: 'THREW', line: /ESRCH/ },
  // There is no shell and no sleep: nothing starts, and the attack waits for ever.
  'is a fork bomb of shells': { expected: 'CALL_TIMEOUT', line: /did not return/ },
  'is a fork bomb of detached processes': { expected: 'CALL_TIMEOUT', line: /did not return/ },
};

/** Of those that wait for a deadline, one will do where time counts. */
const slow = [
  'loops for ever in microtasks',
  'never resolves',
  'loops while it is imported',
  'poisons prototypes',
];
const tried = hostileModules
  .filter(({ name }) => process.env.CRAFT_JAIL !== undefined || !slow.includes(name))
  .map((each) => ({ ...each, ...otherwise[each.name] }));

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'craft-jailed-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function buildOf(source: string): Build {
  const allow = ['node:child_process'];
  const exercise = { id: '0-poc/01-queue', forbid: [] as const, allow } as unknown as Exercise;
  // Several are under way at once.
  const output = mkdtempSync(join(root, 'output-'));
  const folder = join(output, 'exercises', exercise.id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(output, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'attack.js'), source);
  return { exercise, source: join(root, 'source'), output, files: [], jail: { slot: 0 } };
}

async function outcomeOf(source: string, withinMs = 2_000) {
  const driverDirectory = join(builtGraderRoot, 'checks', '0-poc', '01-queue');
  const subject = await startSubject({ build: buildOf(source), driverDirectory });
  const { scratch } = subject;
  try {
    const module = await subject.load('attack.ts');
    const value = await module.callWithin(withinMs, 'attack');
    await subject.settle();
    return { value, scratch };
  } catch (error) {
    return { error, scratch };
  } finally {
    await subject.shutdown();
  }
}

// Debian: bubblewrap.
describe.skipIf(!hasJail())('a hostile student in a jail', () => {
  // Most of them wait for a deadline.
  test.concurrent.each(tried)('$name: $expected', async ({ source, expected, line, withinMs }) => {
    const { value, error, scratch } = await outcomeOf(
      source,
      withinMs ?? (expected === 'CALL_TIMEOUT' ? 2_000 : 20_000),
    );
    if (expected === 'HARMLESS') expect(value).toSatisfy((given) => given === 42 || given === 41);
    else {
      expect(error).toMatchObject({ code: expected });
      expect((error as Error).message).toMatch(line);
    }
    expect(survivors(scratch)).toEqual([]);
  });

  test('has a process id that the judge can use', async () => {
    const subject = await startSubject({ build: buildOf('export const attack = () => process.pid;') });
    try {
      const inside = await (await subject.load('attack.ts')).call('attack');
      expect(subject.pid).toBeGreaterThan(2);
      expect(inside).not.toBe(subject.pid);
      expect(await subject.cpuMs()).toBeGreaterThan(1);
      subject.signal('SIGTERM');
      expect(await subject.exit).toEqual({ exitCode: null, signal: 'SIGTERM' });
    } finally {
      await subject.shutdown();
    }
  });

  test('sees the drivers of the checks, and not what judges', async () => {
    const folder = join(builtGraderRoot, 'checks', '0-poc');
    const source = `import fs from 'node:fs';
      export const attack = () => [fs.readdirSync(${JSON.stringify(join(folder, '01-queue'))}), fs.readdirSync(${JSON.stringify(folder)})];`;
    const { value, error } = await outcomeOf(source);
    expect(error).toBeUndefined();
    expect(value).toEqual([['driver.js'], ['01-queue']]);
  });

  test('can write nothing but its own scratch folder and /tmp', async () => {
    const source = `import fs from 'node:fs';
      const refused = (path) => { try { fs.writeFileSync(path, ''); return 'written'; } catch (error) { return error.code; } };
      export const attack = () => ['here', '/tmp/x', import.meta.dirname + '/attack.js', import.meta.dirname + '/new.js', '/new'].map(refused);`;
    const { value } = await outcomeOf(source);
    expect(value).toEqual(['written', 'written', 'EROFS', 'EROFS', 'EROFS']);
  });
});
