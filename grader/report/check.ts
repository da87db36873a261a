/** What `craft check` prints: one line per exercise that is sound, and every problem of one that is not. */
import type { CurriculumReport, Proof } from '../core/proof.ts';
import type { Style } from './style.ts';
import { indent, plural } from './text.ts';

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
