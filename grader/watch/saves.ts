/** Tells when a file of an exercise, or of one that it stands on, was saved. */
import { statSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { watch as watchFiles } from 'chokidar';
import type { Curriculum, Exercise, Workspace } from '../core/types.ts';

/** Editors write a file in several steps: what comes within this time is one save. */
const settleMs = 25;

/** The watcher is silent about a file for 50 ms after each event; a formatter saves again sooner than that. */
const lookAgainMs = 60;

export interface Saves {
  /** Watches this exercise's folder, and those of all exercises that it stands on, from now on. */
  follow(exercise: Exercise): Promise<void>;
  onSave(listener: () => void): void;
  close(): Promise<void>;
}

export function watchSaves(workspace: Workspace, curriculum: Curriculum): Saves {
  const exercises = join(workspace.root, 'exercises');
  let watcher: ReturnType<typeof watchFiles> | undefined;
  let listener = (): void => {};
  let settling: NodeJS.Timeout | undefined;
  const looking = new Set<NodeJS.Timeout>();
  const pending = new Set<string>();
  const changed = (path: string): void => {
    pending.add(path);
    clearTimeout(settling);
    settling = setTimeout(tell, settleMs);
  };
  const tell = (): void => {
    const told = [...pending].map((path) => ({ path, stamp: stampOf(path) }));
    pending.clear();
    const timer = setTimeout(() => {
      looking.delete(timer);
      for (const { path, stamp } of told) if (stampOf(path) !== stamp) changed(path);
    }, lookAgainMs);
    looking.add(timer);
    listener();
  };
  const close = async (): Promise<void> => {
    for (const timer of [settling, ...looking]) clearTimeout(timer);
    looking.clear();
    pending.clear();
    await watcher?.close();
  };
  return {
    follow: async (exercise) => {
      await close();
      const folders = standsOn(exercise, curriculum).map((id) => join(exercises, id));
      // From above the exercises: a folder that git removes and puts back is still watched.
      const next = watchFiles(exercises, {
        ignoreInitial: true,
        ignored: (path) => !folders.some((folder) => isOnTheWay(path, folder)),
      });
      watcher = next;
      await new Promise<void>((resolve) => next.once('ready', () => resolve()));
      next.on('all', (event, path) => {
        if (!event.endsWith('Dir') && isSource(path)) changed(path);
      });
    },
    onSave: (next) => {
      listener = next;
    },
    close,
  };
}

/** Ids of the exercise, of those that it imports, of those that they import ... */
function standsOn(exercise: Exercise, { exercises }: Curriculum): string[] {
  const ids = new Set([exercise.id]);
  // A set that grows while it is walked is walked to its end.
  for (const id of ids) {
    for (const imported of exercises.find((each) => each.id === id)?.imports ?? []) ids.add(imported);
  }
  return [...ids];
}

/** Differs after every save. */
function stampOf(path: string): string {
  const { mtimeMs = 0, size = 0, ino = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return `${mtimeMs} ${size} ${ino}`;
}

/** Inside the folder, the folder itself, or above it. */
function isOnTheWay(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep) || folder.startsWith(path + sep);
}

/** Not the lock and backup files of editors (`.#queue.ts`). */
function isSource(path: string): boolean {
  return path.endsWith('.ts') && !basename(path).startsWith('.');
}
