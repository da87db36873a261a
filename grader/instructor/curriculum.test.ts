/** The curriculum is sound: `craft check` over every exercise, as an author runs it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../core/paths.ts';
import type { CurriculumReport } from '../core/proof.ts';
import { loadCurriculum } from '../curriculum/index.ts';

const { exercises } = loadCurriculum();
let report: CurriculumReport;

beforeAll(async () => {
  const program = spawn(process.execPath, [join(packageRoot, 'dist', 'bin', 'craft.js'), 'check', '--json'], {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  program.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await new Promise((resolve) => program.on('close', resolve));
  report = JSON.parse(output) as CurriculumReport;
}, 900_000);

describe.each(exercises)('$id', ({ id, files, checks }) => {
  const proofs = () => report.proofs.filter(({ exercise }) => exercise === id);

  test('every claim holds', () => {
    const broken = proofs().filter(({ holds }) => !holds);
    expect(broken.map(({ claim, problems }) => [claim, ...problems].join('\n  '))).toEqual([]);
  });

  test('stub, solution, second design and mutants were all tried', () => {
    const claims = proofs().map(({ claim }) => claim);
    expect(claims).toEqual(expect.arrayContaining(['lesson', 'stub', 'solution', 'design']));
    expect(claims.filter((claim) => claim.startsWith('mutant ')).length).toBeGreaterThanOrEqual(5);
    expect(files.length).toBeGreaterThan(0);
    expect(checks.length).toBeGreaterThan(0);
  });
});

test('the report says so as a whole', () => {
  expect(report.sound).toBe(true);
});
