/** The short answers of init, reset, diff and update. */

import { join } from 'node:path';
import { clean } from './clean.ts';
import type { DiffJson, ErrorJson, InitJson, ResetJson, UpdateJson } from './json.ts';
import { patchLines } from './patch.ts';
import { shownPath } from './paths.ts';
import type { Style } from './style.ts';
import { indent, plural, table } from './text.ts';

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /[^\w./-]/.test(path) ? `'${path.replaceAll("'", "'\\''")}'` : path;
}

export function init({ workspace, notices }: InitJson, cwd: string, style: Style): string {
  const folder = shownPath(workspace, cwd);
  const enter = folder === '.' ? '' : `cd ${quoted(folder)} && `;
  return [
    `${style.green('✓')} Your workspace is ready: ${style.bold(folder)}`,
    ...notices.map((notice) => `${style.yellow('!')} ${notice}`),
    '',
    `Begin with: ${style.cyan(`${enter}npx craft next`)}`,
  ].join('\n');
}

export function reset(
  { changed, absent, copies }: ResetJson,
  root: string,
  cwd: string,
  style: Style,
): string {
  const files = [...changed, ...absent];
  if (files.length === 0) return 'It is the stub already: nothing was changed.';
  const shown = (path: string): string => quoted(shownPath(join(root, path), cwd));
  const lines = [
    `${style.green('✓')} Back to the stub: ${files.map((file) => shownPath(join(root, file), cwd)).join(', ')}`,
  ];
  if (copies.length > 0) lines.push('Your text is kept. To have it back:');
  for (const { path, copy } of copies) lines.push(`  ${style.cyan(`cp ${shown(copy)} ${shown(path)}`)}`);
  return lines.join('\n');
}

export function diff({ against, diff: text }: DiffJson, style: Style): string {
  const other = against === 'stub' ? 'the stub' : `attempt ${against}, the last that passed`;
  if (text === '') return `Nothing differs from ${other}.`;
  return [style.dim(`Your files against ${other}:`), ...patchLines(text, style)].join('\n');
}

export function update(data: UpdateJson, style: Style): string {
  const count = data.updated.length + data.added.length + data.removed.length;
  const versions = data.from === '' || data.from === data.to ? data.to : `${data.from} to ${data.to}`;
  const head =
    count === 0
      ? `Nothing to bring in: this is ${data.to}.`
      : `${plural(count, 'file')} brought up to date: ${versions}.`;
  const rows: string[][] = [
    ...data.added.map((path) => [style.green('new'), path]),
    ...data.updated.map((path) => [style.green('updated'), path]),
    ...data.removed.map((path) => [style.dim('removed'), path]),
    ...data.kept.map(({ path, offer }) => [
      style.yellow('yours'),
      `${path}  ${style.dim(`(the new one: ${offer})`)}`,
    ]),
    ...data.absent.map((path) => [style.yellow('deleted'), `${path}  ${style.dim('(by you; left so)')}`]),
    ...data.obsolete.map((path) => [
      style.yellow('yours'),
      `${path}  ${style.dim('(no longer part of the course)')}`,
    ]),
    ...data.blocked.map((path) => [
      style.yellow('left'),
      `${path}  ${style.dim('(a link or a folder is in its place)')}`,
    ]),
  ];
  const lines = [`${style.green('✓')} ${head}`, ...indent(table(rows))];
  const [copy] = data.copies;
  if (copy !== undefined)
    lines.push(style.dim(`The old versions are kept in ${copy.copy.slice(0, -copy.path.length - 1)}`));
  if (data.kept.length > 0) lines.push('Files marked yours were changed by you and were left alone.');
  return lines.join('\n');
}

/** The sentence of the table says what happened and what to do; nothing is added. */
export function error({ error: { code, message } }: ErrorJson, style: Style): string {
  const [first = '', ...rest] = clean(message).split('\n');
  return [`${style.red('✗')} ${first}`, ...rest.map((line) => `  ${line}`), style.dim(`  (${code})`)].join(
    '\n',
  );
}
