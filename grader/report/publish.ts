/** What `craft publish` prints: a line per branch, and what each changes. */
import type { PublishedBranch, PublishJson } from '../core/publication.ts';
import type { Style } from './style.ts';
import { indent, table } from './text.ts';

export function publish(data: PublishJson, style: Style): string {
  const rows = data.branches.flatMap((branch, i) => {
    const own = cells(branch, data.dryRun, style);
    // The start is the whole workspace: its files are many, and no news.
    return i === 0 ? [own] : [own, ...files(branch, style)];
  });
  const lines = [`${data.course}, ${data.remote}`, '', ...indent(table(rows)), '', summary(data, style)];
  if (data.others.length > 0) {
    const names = data.others.join(', ');
    lines.push(style.dim(`There from before, and left alone: ${names}`));
  }
  return lines.join('\n');
}

function cells(branch: PublishedBranch, dryRun: boolean, style: Style): string[] {
  const mark = branch.pushed
    ? style.green('✓')
    : branch.state === 'same'
      ? style.dim('=')
      : style.yellow('○');
  const [first] = branch.files;
  const changes = first === undefined ? '' : count(branch.files.length, 'file', 'files');
  return [
    `${mark} ${branch.branch}`,
    style.dim(branch.commit.slice(0, 10)),
    changes,
    stateOf(branch, dryRun, style),
    branch.proof === 'to do' ? style.yellow('not proved yet') : '',
  ];
}

function stateOf({ state, was, pushed }: PublishedBranch, dryRun: boolean, style: Style): string {
  if (state === 'same') return style.dim('is there already');
  const before = was?.slice(0, 10);
  if (state === 'new') return pushed ? 'new' : 'would be new';
  return style.yellow(dryRun ? `is ${before} there: --force-with-lease` : `replaces ${before}`);
}

function files({ files: stats }: PublishedBranch, style: Style): string[][] {
  return stats.map(({ path, added, removed }) => [
    style.dim(`    ${path}`),
    '',
    `${style.green(`+${added}`)} ${style.red(`-${removed}`)}`,
  ]);
}

function summary({ branches, dryRun }: PublishJson, style: Style): string {
  const pushed = branches.filter((branch) => branch.pushed).length;
  const same = branches.filter(({ state }) => state === 'same').length;
  const unproved = branches.filter(({ proof }) => proof === 'to do').length;
  if (dryRun) {
    const proofs = unproved === 0 ? '' : `, after ${count(unproved, 'proof', 'proofs')}`;
    return `A dry run: nothing was pushed. ${count(branches.length - same, 'branch', 'branches')} would be${proofs}.`;
  }
  if (pushed === 0) return `${style.green('✓')} Nothing to do: everything is published as it is here.`;
  const rest = same === 0 ? '' : `; ${same} ${same === 1 ? 'was' : 'were'} there already`;
  return `${style.green('✓')} ${count(pushed, 'branch', 'branches')} published${rest}.`;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
