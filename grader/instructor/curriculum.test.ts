/**
 * The curriculum is sound: `craft check` over every exercise, as an author runs it. The mutants take most of the time;
 * `npm run test:curriculum` tries them, `npm test` does not.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../core/paths.ts';
import type { CurriculumReport } from '../core/proof.ts';
import { loadCurriculum } from '../curriculum/index.ts';

const { exercises } = loadCurriculum();
const withMutants = process.env.CRAFT_MUTANTS === '1';
let report: CurriculumReport;

beforeAll(async () => {
  const craft = join(packageRoot, 'dist', 'bin', 'craft.js');
  const args = ['check', '--json', ...(withMutants ? [] : ['--no-mutants'])];
  const program = spawn(process.execPath, [craft, ...args], {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  program.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await new Promise((resolve) => program.on('close', resolve));
  report = JSON.parse(output) as CurriculumReport;
}, 1_800_000);

describe.each(exercises)('$id', ({ id, files, checks }) => {
  const proofs = () => report.proofs.filter(({ exercise }) => exercise === id);

  test('every claim holds', () => {
    const broken = proofs().filter(({ holds }) => !holds);
    expect(broken.map(({ claim, problems }) => [claim, ...problems].join('\n  '))).toEqual([]);
  });

  test('stub, solution and second design were tried, and the mutants where they should be', () => {
    const claims = proofs().map(({ claim }) => claim);
    expect(claims).toEqual(expect.arrayContaining(['lesson', 'stub', 'solution', 'design']));
    const mutants = claims.filter((claim) => claim.startsWith('mutant '));
    if (withMutants) expect(mutants.length).toBeGreaterThanOrEqual(5);
    else expect(mutants).toEqual([]);
    expect(files.length).toBeGreaterThan(0);
    expect(checks.length).toBeGreaterThan(0);
  });
});

test('the report says so as a whole', () => {
  expect(report.sound).toBe(true);
});
