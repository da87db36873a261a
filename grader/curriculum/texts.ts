/** The lesson and the hints of an exercise. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Exercise } from '../core/types.ts';

export interface Hints {
  /** A question, a pointer, a near-answer. */
  readonly levels: readonly string[];
  /** Hints tied to a failing check, by check id. */
  readonly checks: ReadonlyMap<string, string>;
}

/** The lesson as markdown. */
export function readLesson(exercise: Exercise): string {
  return readFileSync(join(exercise.directory, 'README.md'), 'utf8');
}

/** `hints.md`: a section `## 1` to `## 3` per level, and `## check: <id>` per check. */
export function readHints(exercise: Exercise): Hints {
  const levels: string[] = [];
  const checks = new Map<string, string>();
  const text = readFileSync(join(exercise.directory, 'hints.md'), 'utf8');
  for (const section of text.split(/^## /m).slice(1)) {
    const [heading = '', ...body] = section.split('\n');
    const words = body.join('\n').trim();
    const check = /^check:\s*(\S+)/.exec(heading)?.[1];
    if (check !== undefined) checks.set(check, words);
    else if (/^\d+\s*$/.test(heading)) levels[Number(heading) - 1] = words;
  }
  return { levels, checks };
}
