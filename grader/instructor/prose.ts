/** What can be proved about the texts of an exercise: the lesson's skeleton, its links, the hints. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Curriculum, Exercise } from '../core/types.ts';
import { readHints, readLesson } from '../curriculum/index.ts';

const headings = [
  'Why',
  'What you build',
  'Invariants',
  'Predict',
  'Tasks',
  'Tests',
  'Experiment',
  'Checkpoint',
  'Notes',
  'Next',
];
const lessonWords = { least: 600, most: 1_400 };
const hintWords = 60;

/** The skeleton's headings in order, and a length that can be read in one sitting. */
export function lessonProblems(exercise: Exercise): string[] {
  const text = readOr(exercise, 'README.md', () => readLesson(exercise));
  const prose = text.replace(/^```.*?^```/gms, '');
  const problems: string[] = [];
  const title = prose.match(/^# .+$/gm) ?? [];
  if (title.length !== 1 || !prose.startsWith('# ')) problems.push('it must open with its one "# " title');
  const found = [...prose.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading.trim());
  if (found.join('|') !== headings.join('|')) {
    const first = headings.findIndex((heading, i) => found[i] !== heading);
    const at =
      first < 0
        ? `"${found[headings.length]}" is too many`
        : `"${headings[first]}" is not the ${first + 1}. heading`;
    problems.push(`headings must be ${headings.join(', ')}: ${at}`);
  }
  const words = prose.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
  if (words < lessonWords.least || words > lessonWords.most) {
    problems.push(
      `${words} words (without code blocks), allowed are ${lessonWords.least} to ${lessonWords.most}`,
    );
  }
  return problems;
}

/** Relative links lead to files that a workspace has: its `exercises/` and nothing above. */
export function linkProblems({ directory }: Exercise, curriculum: Curriculum): string[] {
  return ['README.md', 'hints.md'].flatMap((name) => {
    const file = join(directory, name);
    if (!existsSync(file)) return [];
    const text = readFileSync(file, 'utf8').replace(/^```.*?^```/gms, '');
    return [...text.matchAll(/\]\(([^)\s]+)[^)]*\)/g)].flatMap(([, link = '']) => {
      const path = link.split('#')[0] ?? '';
      if (path === '' || /^[a-z]+:/.test(path)) return [];
      const target = resolve(dirname(file), decodeURIComponent(path));
      if (relative(curriculum.directory, target).startsWith('..'))
        return [`${name}: ${link} leaves exercises/`];
      return existsSync(target) ? [] : [`${name}: ${link} is not there`];
    });
  });
}

export function hintProblems(exercise: Exercise): string[] {
  if (!existsSync(join(exercise.directory, 'hints.md'))) return ['hints.md is not there'];
  const { levels, checks } = readHints(exercise);
  const problems = [1, 2, 3].filter((n) => !levels[n - 1]).map((n) => `there is no hint ${n}`);
  if (levels.length > 3) problems.push(`${levels.length} levels, three are shown`);
  const known = [...exercise.checks, ...exercise.gates];
  const named: [string, string][] = levels.map((text, i) => [`hint ${i + 1}`, text ?? '']);
  for (const [id, text] of checks) {
    named.push([`the hint for ${id}`, text]);
    if (!known.includes(id)) problems.push(`"## check: ${id}" names no check and no gate`);
    if (text === '') problems.push(`the hint for ${id} is empty`);
  }
  for (const [name, text] of named) {
    const words = text.split(/\s+/).filter((word) => word !== '').length;
    if (words > hintWords) problems.push(`${name} has ${words} words, allowed are ${hintWords}`);
  }
  return problems;
}

function readOr({ directory }: Exercise, name: string, read: () => string): string {
  return existsSync(join(directory, name)) ? read() : '';
}
