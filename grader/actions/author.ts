/** `craft check`, for authors: only a clone has the solutions that it needs. */
import { CraftError } from '../core/errors.ts';
import { isClone } from '../core/paths.ts';
import type { CurriculumReport, FlipReport, ScaffoldReport } from '../core/proof.ts';
import {
  type CheckCurriculumOptions,
  type FlipOptions,
  findFlips,
  checkCurriculum as prove,
  scaffold,
} from '../instructor/index.ts';

export type AuthoringOptions = Pick<
  CheckCurriculumOptions,
  'only' | 'gates' | 'mutants' | 'jobs' | 'signal'
> & {
  /** What is being tried now. */
  readonly onProgress?: (text: string) => void;
};

export async function checkCurriculum(
  names: readonly string[],
  { onProgress, ...options }: AuthoringOptions,
): Promise<CurriculumReport> {
  if (!isClone) throw new CraftError('NEEDS_CLONE', { command: 'craft check' });
  let proved = 0;
  let broken = 0;
  return prove({
    ...options,
    ...(names.length === 0 ? {} : { exercises: names }),
    onEvent: (event) => {
      if (event.type === 'proof') {
        proved++;
        if (!event.proof.holds) broken++;
      } else onProgress?.(`${proved} proved, ${broken} broken · ${event.exercise}: ${event.claim}`);
    },
  });
}

/** `craft check --seeds`: flips of the reference and of the second design. */
export async function repeatChecks(options: FlipOptions): Promise<FlipReport> {
  if (!isClone) throw new CraftError('NEEDS_CLONE', { command: 'craft check --seeds' });
  return findFlips(options);
}

/** `craft check --new`. */
export async function newExercise(name: string): Promise<ScaffoldReport> {
  return scaffold(name);
}
