import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Only } from '../core/types.ts';
import { findExercise, loadCurriculum } from '../curriculum/index.ts';
import { createRunner } from './run.ts';

const [id = '', folder = '', only, ...checks] = process.argv.slice(2);
const curriculum = loadCurriculum();
const runner = createRunner();
const attempt = await runner.run({
  curriculum,
  workspace: { root: resolve(folder), state: mkdtempSync(join(tmpdir(), 'craft-try-')) },
  exercise: findExercise(curriculum, id),
  record: false,
  ...(only === undefined || only === 'all' ? {} : { only: only as Only }),
  ...(checks.length === 0 ? {} : { checks }),
  onEvent: (e) =>
    process.stdout.write(
      e.type === 'check'
        ? `${e.result.status === 'passed' ? 'ok  ' : 'FAIL'} ${e.result.id} ${e.result.ms}ms\n`
        : '',
    ),
});
process.stdout.write(
  `${JSON.stringify({ ...attempt, checks: attempt.checks.filter((c) => c.status !== 'passed') }, null, 2)}\n`,
);
await runner.close();
