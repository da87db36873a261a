/** Every reporter takes the same view. Only this folder turns results into text. */
import { json } from './json.ts';
import type { Style } from './style.ts';
import type { View } from './views.ts';

export type Reporter = (view: View, style: Style) => string | Promise<string>;

export const reporters = { terminal, json } satisfies Record<string, Reporter>;

export type ReporterName = keyof typeof reporters;

/** Each view is loaded when it is shown: `craft list` must not pay for reading markdown. */
async function terminal(view: View, style: Style): Promise<string> {
  switch (view.view) {
    case 'attempt':
      return (await import('./verdict.ts')).verdict(view.data, style);
    case 'attempts':
      return (await import('./summary.ts')).summary(view.data, view.around, style);
    case 'compile errors':
      return (await import('./diagnostics.ts')).notCompiling(view.data, style);
    case 'lesson':
      return (await import('./lesson.ts')).lesson(view.data, view.cwd, style);
    case 'list':
      return (await import('./list.ts')).list(view.data, style);
    case 'hint':
      return (await import('./hint.ts')).hint(view.data, style);
    case 'doctor':
      return (await import('./doctor.ts')).doctor(view.data, style);
    case 'predict':
      return (await import('./predict.ts')).predict(view.data, view.asked, style);
    case 'journal':
      return (await import('./journal.ts')).journal(view.data, view.cwd, style);
    case 'bench':
      return (await import('./bench.ts')).bench(view.data, style);
    case 'bench table':
      return (await import('./benchtable.ts')).benchTable(view.data);
    case 'report':
      return (await import('./written.ts')).written(view.data, view.cwd, style);
    case 'grade':
      return (await import('./graded.ts')).graded(view.data, view.around, style);
    case 'check':
      return (await import('./check.ts')).checkReport(view.data, style);
    case 'publish':
      return (await import('./publish.ts')).publish(view.data, style);
    case 'solution':
      return (await import('./solution.ts')).solution(view.data, view.whole, style);
    default:
      return note(view, style);
  }
}

type Note = Exclude<
  View,
  {
    view:
      | 'attempt'
      | 'attempts'
      | 'compile errors'
      | 'lesson'
      | 'list'
      | 'hint'
      | 'doctor'
      | 'predict'
      | 'journal'
      | 'bench'
      | 'bench table'
      | 'report'
      | 'publish'
      | 'solution'
      | 'check'
      | 'grade';
  }
>;

async function note(view: Note, style: Style): Promise<string> {
  const notes = await import('./notes.ts');
  switch (view.view) {
    case 'init':
      return notes.init(view.data, view.cwd, style);
    case 'reset':
      return notes.reset(view.data, view.root, view.cwd, style);
    case 'diff':
      return notes.diff(view.data, style);
    case 'update':
      return notes.update(view.data, style);
    case 'error':
      return notes.error(view.data, style);
  }
}

/** The view as text. */
export async function render(name: ReporterName, view: View, style: Style): Promise<string> {
  return reporters[name](view, style);
}

export { createLive, type Live } from './live.ts';
export { createStyle, type Style, type StyleOptions, withColumns } from './style.ts';
