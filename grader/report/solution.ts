/** What `craft solution` prints: what the solution does otherwise, line by line, and the notes on it. */
import { clean } from './clean.ts';
import type { SolutionJson } from './json.ts';
import { patchLines } from './patch.ts';
import type { Style } from './style.ts';
import { wrap } from './text.ts';

export function solution(data: SolutionJson, whole: boolean, style: Style): string {
  const { shown, diff = '', detail, files } = data;
  const source = wrap(detail, style.columns).join('\n');
  if (!shown) return source;
  const texts = files.filter(({ path }) => whole || path === 'NOTES.md');
  const parts = texts.map(({ path, text }) => `${style.bold(clean(path))}\n\n${clean(text).trimEnd()}`);
  if (!whole && diff === '') parts.unshift('Your text is the published solution.');
  if (!whole && diff !== '') {
    const key = style.dim('From yours (-) to the published solution (+):');
    parts.unshift([key, ...patchLines(diff, style)].join('\n'));
  }
  return [...parts, source].join('\n\n');
}
