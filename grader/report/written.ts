/** What `craft report` says: where the page is, and how to look at it. */
import type { ReportJson } from './json.ts';
import { shownPath } from './paths.ts';
import type { Style } from './style.ts';

export function written({ path, opened }: ReportJson, cwd: string, style: Style): string {
  const link = style.link(style.cyan(shownPath(path, cwd)), path);
  const next =
    opened === true
      ? style.dim('Your browser shows it.')
      : opened === false
        ? `${style.yellow('!')} No browser could be started here: open that file in one yourself.`
        : style.dim('Open it in a browser, or write it with: npx craft report --open');
  return [`${style.green('✓')} Your report: ${link}`, next].join('\n');
}
