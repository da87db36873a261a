/** `craft check`, for authors: only a clone has the solutions that it needs. */
import { CraftError } from '../core/errors.ts';
import { isClone } from '../core/paths.ts';
import type { CurriculumReport } from '../core/proof.ts';
import { type CheckCurriculumOptions, checkCurriculum as prove } from '../instructor/index.ts';

export type AuthoringOptions = Pick<CheckCurriculumOptions, 'only' | 'gates' | 'mutants' | 'signal'> & {
  /** What is being tried now. */
  readonly onProgress?: (text: string) => void;
};

export async function checkCurriculum(
  names: readonly string[],
  { onProgress, ...options }: AuthoringOptions,
): Promise<CurriculumReport> {
  if (!isClone) throw new CraftError('NEEDS_CLONE', { command: 'craft check' });
  return prove({
    ...options,
    ...(names.length === 0 ? {} : { exercises: names }),
    onEvent: (event) => {
      if (event.type === 'started') onProgress?.(`${event.exercise}: ${event.claim}`);
    },
  });
}
