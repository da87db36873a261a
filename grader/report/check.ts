/** What `craft check` prints: one line per exercise that is sound, and every problem of one that is not. */
import type { CurriculumReport, FlipReport, Proof, ScaffoldReport } from '../core/proof.ts';
import type { Style } from './style.ts';
import { indent, plural } from './text.ts';

export function checkReport(report: CurriculumReport | FlipReport | ScaffoldReport, style: Style): string {
  if ('proofs' in report) return curriculumReport(report, style);
  return 'flips' in report ? flipReport(report, style) : scaffoldReport(report, style);
}

function flipReport({ exercise, runs, load, flips, ms }: FlipReport, style: Style): string {
  const lines = flips.flatMap(({ which, seed, check, what, again }) => [
    `${style.red('✗')} ${style.bold(check ?? 'the run')} of the ${which}, seed ${seed}: ${what}`,
    `  repeat it  ${again}`,
  ]);
  const where = `${plural(runs, 'run')} of ${exercise} beside ${plural(load, 'busy loop')}`;
  const count = flips.length === 0 ? 'no flip' : plural(flips.length, 'flip');
  const paint = flips.length === 0 ? style.green : style.red;
  return [...lines, paint(`${count} in ${where} (${(ms / 1_000).toFixed(1)} s).`)].join('\n');
}

function scaffoldReport({ exercise, files }: ScaffoldReport, style: Style): string {
  return [
    `${style.bold(exercise)} has its files; each says what belongs in it:`,
    ...indent(files),
    '',
    `Write them, and ask what is missing: npm run build && npx craft check ${exercise}`,
  ].join('\n');
}

export function curriculumReport({ proofs, sound, ms }: CurriculumReport, style: Style): string {
  const exercises = [...new Set(proofs.map(({ exercise }) => exercise))];
  const lines = exercises.flatMap((exercise) =>
    exerciseLines(
      exercise,
      proofs.filter((proof) => proof.exercise === exercise),
      style,
    ),
  );
  const broken = proofs.filter(({ holds }) => !holds).length;
  const seconds = `${(ms / 1_000).toFixed(1)} s`;
  const summary = sound
    ? style.green(`The curriculum is sound: ${plural(proofs.length, 'claim')} proved in ${seconds}.`)
    : style.red(
        `${plural(broken, 'claim')} of ${proofs.length} ${broken === 1 ? 'does' : 'do'} not hold (${seconds}).`,
      );
  return [...lines, '', summary].join('\n');
}

function exerciseLines(exercise: string, proofs: readonly Proof[], style: Style): string[] {
  const broken = proofs.filter(({ holds }) => !holds);
  const mutants = proofs.filter(({ claim }) => claim.startsWith('mutant ')).length;
  const seconds = (proofs.reduce((sum, { ms }) => sum + ms, 0) / 1_000).toFixed(1);
  const counts = style.dim(`${plural(proofs.length, 'claim')}, ${plural(mutants, 'mutant')}, ${seconds} s`);
  const mark = broken.length === 0 ? style.green('✓') : style.red('✗');
  const problems = broken.flatMap(({ claim, problems }) =>
    problems.map((problem) => `${style.bold(claim)}: ${problem}`),
  );
  return [`${mark} ${exercise}  ${counts}`, ...indent(problems)];
}
