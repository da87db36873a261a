/**
 * Every solution of this clone in a jail, with its gates, and how long it takes beside the same without a jail.
 * It takes minutes: CRAFT_JAIL=1 npx vitest run grader/jail/curriculum.test.ts
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../core/paths.ts';
import { loadCurriculum } from '../curriculum/index.ts';
import { survivors } from '../fixtures/survivors.ts';
import { handOver, hasJail, withPrivateNetwork } from './index.ts';

interface Judged {
  readonly verdict: { readonly outcome: string };
  readonly checks: number;
  readonly gates: number;
  readonly ms: number;
}

const { exercises } = await loadCurriculum();
const fixture = join(packageRoot, 'grader', 'fixtures', 'jail', 'judge.mjs');

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'craft-sealed-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** In a judge of its own each time, which also loads what it needs. */
async function judged(number: string, part: 'behaviour' | 'all', how: 'jail' | 'free'): Promise<Judged> {
  const cell = mkdtempSync(join(root, 'cell-'));
  mkdirSync(join(cell, 'work'));
  const what = [fixture, join(packageRoot, 'dist'), 'exercises', join(cell, 'work'), part, how, number];
  if (how === 'jail') handOver(root, 0);
  const plain = { command: process.execPath, args: what };
  const { command, args } = how === 'jail' ? withPrivateNetwork(plain.command, what, { slot: 0 }) : plain;
  const { stdout, stderr } = await execa(command, args, { reject: false, cwd: cell });
  if (how === 'jail') expect(survivors(cell)).toEqual([]);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Judged;
}

describe.skipIf(process.env.CRAFT_JAIL === undefined || !hasJail())('in a jail', () => {
  test.each(exercises)('$number passes', { timeout: 600_000 }, async ({ number, checks, gates }) => {
    const sealed = await judged(number, 'all', 'jail');
    expect(sealed).toMatchObject({
      verdict: { outcome: 'passed' },
      checks: checks.length,
      gates: gates.length,
    });
    const times = { jail: [] as number[], free: [] as number[] };
    for (let round = 0; round < 3; round++) {
      for (const how of ['free', 'jail'] as const)
        times[how].push((await judged(number, 'behaviour', how)).ms);
    }
    const [free, jail] = [Math.min(...times.free), Math.min(...times.jail)];
    process.stdout.write(`${number}  all ${sealed.ms} ms; behaviour ${free} ms, in a jail ${jail} ms\n`);
  });
});
