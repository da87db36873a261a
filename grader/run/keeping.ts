/** What a run that counts leaves behind: its files, and what its pass has opened. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Build, Exercise } from '../core/types.ts';
import { statusOf } from '../curriculum/index.ts';
import { type AttemptDraft, withExercise } from '../progress/index.ts';
import type { RunOptions } from './types.ts';

/** Exercises that are open after this attempt and were locked before it. */
export function unlockedBy(
  draft: AttemptDraft,
  { curriculum, exercise }: { curriculum: RunOptions['curriculum']; exercise: Exercise },
  before: Parameters<typeof statusOf>[1],
): string[] {
  if (draft.verdict.outcome !== 'passed' || draft.only !== undefined) return [];
  const after = withExercise(before, exercise.id, (entry) => ({ ...entry, passed: 0 }));
  const was = statusOf(curriculum, before);
  return [...statusOf(curriculum, after)]
    .filter(([id, { status }]) => status === 'open' && was.get(id)?.status === 'locked')
    .map(([id]) => id);
}

/** The files as they were judged. */
export function snapshot(build: Build): Promise<{ path: string; content: Uint8Array }[]> {
  return Promise.all(
    build.files.map(async (path) => ({ path, content: await readFile(join(build.source, path)) })),
  );
}
