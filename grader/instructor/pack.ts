/**
 * What a student installs gives nothing away. The hidden checks do ship, compiled: they have to run on the student's
 * machine. Their sources, the mutants, the second designs and the solutions do not; nor does text of a solution.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Exercise } from '../core/types.ts';
import { type Library, namesIn } from './source.ts';

/** The packed files by path, as the lines that could tell something. */
export type Pack = ReadonlyMap<string, ReadonlySet<string>>;

/** Lines below this length are everybody's: `return undefined;`. */
const shortest = 24;
/** A packed file that shares this many lines with a solution file, and this share of its lines, tells it. */
const fewestLines = 4;
const leastShare = 0.1;

const authors =
  /(^|\/)solutions\/|(^|\/)mutants\.|(^|\/)fixtures\/|\.bench\.|\.map$|NOTES\.md$|^docs\/|^grader\/|^bin\//;
const ownTest = /\.test\./;
const hiddenCheck = /checks\/.*\/behaviour\.test\.(js|d\.ts)$/;

/** Asks npm what it would pack of `root`. */
export async function packOf(root: string): Promise<Pack> {
  const { stdout } = await execa('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root });
  const [report] = JSON.parse(stdout) as { files: { path: string }[] }[];
  const texts = (report?.files ?? []).map(
    ({ path }) => [path, linesOf(readFileSync(join(root, path), 'utf8'))] as const,
  );
  return new Map(texts);
}

/** Files that only authors need. */
export function packedProblems(pack: Pack): string[] {
  return [...pack.keys()]
    .filter((path) => authors.test(path) || (ownTest.test(path) && !hiddenCheck.test(path)))
    .map((path) => `${path} is packed, and is no student's business`);
}

/** Text of the solution or of the second design, in any packed file outside the exercise's own folder. */
export function leakProblems({ id, files }: Exercise, library: Library, pack: Pack): string[] {
  const own = new Set(
    [...pack]
      .filter(([path]) => path.startsWith(`exercises/${id}/`) || path.startsWith('exercises/kernel/'))
      .flatMap(([, lines]) => [...lines]),
  );
  const roots = [library.solutions, library.designs].map((root) => join(root, id));
  return roots.flatMap((root) =>
    namesIn(root)
      .filter((name) => files.includes(name) && existsSync(join(root, name)))
      .flatMap((name) => {
        const lines = [...linesOf(readFileSync(join(root, name), 'utf8'))].filter((line) => !own.has(line));
        return [...pack].flatMap(([path, packed]) => {
          if (path.startsWith(`exercises/${id}/`)) return [];
          const shared = lines.filter((line) => packed.has(line));
          const tells = shared.length >= fewestLines && shared.length >= leastShare * lines.length;
          return tells
            ? [`${path} has ${shared.length} of ${lines.length} lines of ${name}: ${shared[0]}`]
            : [];
        });
      }),
  );
}

/** Comments and imports tell nothing. */
function linesOf(text: string): Set<string> {
  const lines = text.split('\n').map((line) => line.trim().replace(/\s+/g, ' '));
  return new Set(
    lines.filter((line) => line.length >= shortest && !/^(\/\/|\*|\/\*|import |export )/.test(line)),
  );
}
