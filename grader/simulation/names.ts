/** The folders of a simulated disk: which name leads to which file, for programs and on the disk. */
import { posix } from 'node:path';
import type { Rng } from '../../exercises/kernel/types.ts';
import type { FileImage, Keep } from './image.ts';

/** A change of names that the disk need not know yet. */
interface Change {
  readonly folders: readonly string[];
  /** A file, or nothing when the name is gone. */
  readonly entries: readonly (readonly [path: string, file: FileImage | undefined])[];
}

/** Names change at once for programs; the disk learns of them at `syncDir`, or by luck. */
export class Names {
  readonly #volatile = new Map<string, FileImage>();
  readonly #durable = new Map<string, FileImage>();
  #changes: Change[] = [];

  get(path: string): FileImage | undefined {
    return this.#volatile.get(path);
  }

  /** Gives files new names or takes names away, as one change that a crash does not split. */
  change(entries: Change['entries']): void {
    this.#changes.push({ folders: entries.map(([path]) => posix.dirname(path)), entries });
    apply(entries, this.#volatile);
  }

  /** The names directly inside a folder, files and folders, sorted. */
  list(folder: string): string[] {
    const prefix = folder === '.' ? '' : `${folder}/`;
    const names = new Set<string>();
    for (const path of this.#volatile.keys()) {
      if (path.startsWith(prefix)) names.add(path.slice(prefix.length).split('/', 1)[0] ?? '');
    }
    return [...names].sort();
  }

  /**
   * Makes the changes of a folder durable. A rename between two folders takes the earlier changes of the other
   * folder with it: a disk never holds such a rename without what led to it.
   */
  sync(folder: string): void {
    const folders = new Set([folder]);
    const chosen = new Set<Change>();
    for (const change of this.#changes.toReversed()) {
      if (!change.folders.some((name) => folders.has(name))) continue;
      chosen.add(change);
      for (const name of change.folders) folders.add(name);
    }
    for (const change of this.#changes) if (chosen.has(change)) apply(change.entries, this.#durable);
    this.#changes = this.#changes.filter((change) => !chosen.has(change));
  }

  /** Makes all changes durable. */
  settle(): void {
    for (const change of this.#changes.splice(0)) apply(change.entries, this.#durable);
  }

  /** The power fails: of the changes that were not synced, the oldest few may have reached the disk. */
  crash(keep: Keep, rng: Rng): void {
    const count = this.#changes.length;
    let survive = count;
    if (keep === 'nothing') survive = 0;
    else if (keep === 'random') survive = Math.floor(rng.next() * (count + 1));
    for (const change of this.#changes.slice(0, survive)) apply(change.entries, this.#durable);
    this.#changes = [];
    this.#volatile.clear();
    for (const [path, file] of this.#durable) this.#volatile.set(path, file);
  }

  /** Every file that has a name on the disk. */
  files(): Iterable<FileImage> {
    return new Set(this.#durable.values());
  }
}

function apply(entries: Change['entries'], names: Map<string, FileImage>): void {
  for (const [path, file] of entries) {
    if (file === undefined) names.delete(path);
    else names.set(path, file);
  }
}

/** One spelling for a path: `./a//b` is `a/b`, and the disk itself is `.`. */
export function normalPath(path: string): string {
  const normal = posix.normalize(path).replace(/\/$/, '');
  if (normal.startsWith('/') || normal.split('/')[0] === '..')
    throw new RangeError(`${path} is outside the disk`);
  return normal === '' ? '.' : normal;
}
