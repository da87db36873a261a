/** A unified diff on the terminal. */
import { clean } from './clean.ts';
import type { Style } from './style.ts';

export function patchLines(text: string, style: Style): string[] {
  return clean(text)
    .trimEnd()
    .split('\n')
    .map((line) => {
      if (line.startsWith('+++') || line.startsWith('---')) return style.bold(line);
      if (line.startsWith('+')) return style.green(line);
      if (line.startsWith('-')) return style.red(line);
      return line.startsWith('@@') ? style.cyan(line) : line;
    });
}
