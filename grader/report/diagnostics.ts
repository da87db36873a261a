/** What the compiler said: path:line:column as a link, and its message. */
import { clean } from './clean.ts';
import { shownPlace } from './paths.ts';
import type { Style } from './style.ts';
import { indent, plural, wrap } from './text.ts';
import type { CompileErrorsView } from './views.ts';

/** Messages shown in full: later ones are often echoes of the first. */
const shownDiagnostics = 5;

export function compileErrors({ diagnostics, root, cwd }: CompileErrorsView, style: Style): string[] {
  const shown = diagnostics.slice(0, shownDiagnostics);
  const lines = shown.flatMap((diagnostic) => {
    const place = `${diagnostic.file}:${diagnostic.line}:${diagnostic.column}`;
    const text = clean(diagnostic.message)
      .split('\n')
      .flatMap((line) => {
        // The compiler explains by indented lines: each is the reason of the one above.
        const [depth = ''] = /^ */.exec(line) ?? [];
        return indent(wrap(line, style.columns - 2 - depth.length), depth);
      });
    return [`${shownPlace(place, root, cwd, style)} ${style.dim(diagnostic.code)}`, ...indent(text)];
  });
  const more = diagnostics.length - shown.length;
  if (more > 0)
    lines.push(style.dim(`and ${plural(more, 'more error')}: mend the first, the others often go with it`));
  return lines;
}

/** For `craft run`, where nothing else is said. */
export function notCompiling(view: CompileErrorsView, style: Style): string {
  return [...compileErrors(view, style), '', style.red('It does not compile yet.')].join('\n');
}
