/**
 * The curriculum is sound: `craft check` over every exercise, as an author runs it. The mutants take longer than
 * `npm test` may: `npm run test:curriculum`, a step of .ci/run, tries all of them.
 */

import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../core/paths.ts';
import type { CurriculumReport } from '../core/proof.ts';
import type { Exercise } from '../core/types.ts';
import { loadCurriculum } from '../curriculum/index.ts';

const { exercises } = loadCurriculum();
const mutants = process.env.CRAFT_MUTANTS === '1';

proves(mutants ? 'the course, with its mutants' : 'the course, without its mutants', exercises, { mutants });

function proves(title: string, chosen: readonly Exercise[], { mutants }: { mutants: boolean }): void {
  describe(title, () => {
    let report: CurriculumReport;

    beforeAll(async () => {
      const craft = join(packageRoot, 'dist', 'bin', 'craft.js');
      const options = ['--json', ...(mutants ? [] : ['--no-mutants'])];
      const names = chosen.map(({ id }) => id);
      const { stdout } = await execa(process.execPath, [craft, 'check', ...options, ...names], {
        cwd: packageRoot,
        reject: false,
        stderr: 'inherit',
      });
      report = JSON.parse(stdout) as CurriculumReport;
    }, 1_800_000);

    describe.each(chosen)('$id', ({ id, files, checks }) => {
      const proofs = () => report.proofs.filter(({ exercise }) => exercise === id);

      test('every claim holds', () => {
        const broken = proofs().filter(({ holds }) => !holds);
        expect(broken.map(({ claim, problems }) => [claim, ...problems].join('\n  '))).toEqual([]);
      });

      test('stub, solution and second design were tried, and the mutants where they should be', () => {
        const claims = proofs().map(({ claim }) => claim);
        expect(claims).toEqual(expect.arrayContaining(['lesson', 'stub', 'solution', 'design']));
        const tried = claims.filter((claim) => claim.startsWith('mutant '));
        if (mutants) expect(tried.length).toBeGreaterThanOrEqual(6);
        else expect(tried).toEqual([]);
        expect(files.length).toBeGreaterThan(0);
        expect(checks.length).toBeGreaterThan(0);
      });
    });

    test('the report says so as a whole, and of nothing else', () => {
      expect(report.sound).toBe(true);
      expect(new Set(report.proofs.map(({ exercise }) => exercise))).toEqual(
        new Set(chosen.map(({ id }) => id)),
      );
    });
  });
}
