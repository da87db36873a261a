/** `craft check --new`: the files of an exercise, each of which says what belongs in it. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CraftError } from '../core/errors.ts';
import { packageRoot } from '../core/paths.ts';
import type { ScaffoldReport } from '../core/proof.ts';
import { loadCurriculum } from '../curriculum/index.ts';
import { scaffoldTexts } from './scaffoldtexts.ts';

/**
 * `name` is `<craft>/<slug>`: `1-ingestion/batches`, `ingestion/batches`, or a craft that is not there yet. The number
 * follows the last one. Throws BAD_USAGE, EXERCISE_EXISTS, NEEDS_CLONE; nothing is ever overwritten.
 */
export function scaffold(name: string, root: string = packageRoot): ScaffoldReport {
  if (!existsSync(join(root, 'solutions')))
    throw new CraftError('NEEDS_CLONE', { command: 'craft check --new' });
  const [, craftName = '', slug = ''] = /^((?:\d+-)?[a-z][a-z0-9-]*)\/([a-z][a-z0-9-]*)$/.exec(name) ?? [];
  if (slug === '' || slug.endsWith('-')) {
    const message = `--new must be <craft>/<slug> in lower case, like 1-ingestion/batches; "${name}" is not.`;
    throw new CraftError('BAD_USAGE', { message });
  }
  const { exercises } = loadCurriculum(join(root, 'exercises'));
  const there = exercises.find((exercise) => exercise.slug === slug);
  if (there !== undefined) throw new CraftError('EXERCISE_EXISTS', { name: slug, id: there.id });
  const crafts = [...new Set(exercises.map(({ craft }) => craft))];
  const craft = craftOf(craftName, crafts);
  const numbers = exercises
    .filter((exercise) => exercise.craft === craft)
    .map(({ number }) => number.split('.')[1]);
  const next = Math.max(0, ...numbers.map(Number)) + 1;
  const id = `${craft}/${String(next).padStart(2, '0')}-${slug}`;
  const texts = scaffoldTexts(id, slug);
  for (const path of texts.keys()) {
    if (existsSync(join(root, path))) throw new CraftError('EXERCISE_EXISTS', { name: slug, id: path });
  }
  for (const [path, text] of texts) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { flag: 'wx' });
  }
  return { schema: 1, exercise: id, files: [...texts.keys()] };
}

function craftOf(name: string, crafts: readonly string[]): string {
  const found = crafts.find((craft) => craft === name || craft.replace(/^\d+-/, '') === name);
  if (found !== undefined) return found;
  const next = Math.max(-1, ...crafts.map((craft) => Number.parseInt(craft, 10))) + 1;
  if (/^[a-z]/.test(name)) return `${next}-${name}`;
  if (Number.parseInt(name, 10) === next) return name;
  const message = `the next craft has the number ${next}; the crafts are ${crafts.join(', ')}.`;
  throw new CraftError('BAD_USAGE', { message });
}
