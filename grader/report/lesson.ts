/** What `craft next` shows: where to write, then the lesson. */
import type { LessonJson } from './json.ts';
import { markdown } from './markdown.ts';
import { shownPath } from './paths.ts';
import type { Style } from './style.ts';
import { field } from './text.ts';

export async function lesson(data: LessonJson, cwd: string, style: Style): Promise<string> {
  const { exercise, files, prerequisites } = data;
  const open = files.map((file) => style.link(style.cyan(shownPath(file, cwd)), file)).join('\n');
  const before = prerequisites.map(({ number, title }) => `${number} ${title}`).join(', ');
  const row = (label: string, text: string): string[] => field(style.dim(label), text, 6, style.columns);
  const state = exercise.status === 'passed' ? style.green(' · passed') : '';
  const facts = [
    ...row('open', open),
    ...row('time', `about ${exercise.minutes} min${state}`),
    ...(before === '' ? [] : row('after', before)),
    ...row('verify', style.command('verify')),
    ...row('stuck?', style.command('hint')),
  ];
  return [
    // Our numbers would answer the lesson's question before it has been thought about.
    ...(await markdown(data.lesson, style, { open: exercise.status === 'passed' })),
    '',
    style.dim('─'.repeat(Math.min(style.columns, 60))),
    ...facts,
  ].join('\n');
}
