/** Paths as a student sees them: short, and clickable in editors and terminals. */
import { isAbsolute, join, relative } from 'node:path';
import { cleanLine } from './clean.ts';
import type { Style } from './style.ts';

/** A path relative to where the student stands; one outside that folder stays absolute when that is shorter. */
export function shownPath(path: string, cwd: string): string {
  const short = relative(cwd, path) || '.';
  return cleanLine(short.length < path.length ? short : path);
}

/** `exercises/0-poc/01-queue/queue.ts:31:5` below `root`, as seen from `cwd`, linked to the file. */
export function shownPlace(place: string, root: string, cwd: string, style: Style): string {
  const [, file = place, position = ''] = /^(.*?)((?::\d+){0,2})$/s.exec(place) ?? [];
  const path = isAbsolute(file) ? file : join(root, file);
  return style.link(style.cyan(`${shownPath(path, cwd)}${position}`), path);
}
