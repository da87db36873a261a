/** Reads `exercises/` into the ordered list of exercises. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../core/paths.ts';
import type { Curriculum, Exercise } from '../core/types.ts';
import { readManifest } from './manifest.ts';

const craftFolder = /^(\d+)-[a-z0-9-]+$/;
const exerciseFolder = /^(\d+)-([a-z0-9-]+)$/;

/** All exercises in the order in which they are learnt. Throws BAD_MANIFEST. */
export function loadCurriculum(directory: string = join(packageRoot, 'exercises')): Curriculum {
  const exercises: Exercise[] = [];
  for (const craft of foldersIn(directory, craftFolder)) {
    let previous: string | undefined;
    for (const folder of foldersIn(join(directory, craft), exerciseFolder)) {
      const exercise = readExercise(directory, craft, folder, previous);
      exercises.push(exercise);
      previous = exercise.id;
    }
  }
  return { exercises: withEntryConditions(exercises), directory };
}

/** Folder names sorted by the number they start with: `10-x` comes after `9-x`. */
function foldersIn(directory: string, pattern: RegExp): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && pattern.test(entry.name))
    .map((entry) => entry.name)
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .filter((name) => directoryHoldsExercises(join(directory, name)));
}

function directoryHoldsExercises(directory: string): boolean {
  return (
    existsSync(join(directory, 'exercise.json')) ||
    readdirSync(directory).some((name) => exerciseFolder.test(name))
  );
}

function readExercise(root: string, craft: string, folder: string, previous: string | undefined): Exercise {
  const directory = join(root, craft, folder);
  const {
    run,
    serves,
    given = [],
    imports = [],
    forbid = [],
    allow = [],
    ...manifest
  } = readManifest(directory);
  const [, number = '', slug = ''] = exerciseFolder.exec(folder) ?? [];
  const prerequisites = new Set(imports);
  if (previous !== undefined) prerequisites.add(previous);
  return {
    ...manifest,
    given,
    imports,
    forbid,
    allow,
    ...(run === undefined ? {} : { run }),
    ...(serves === undefined ? {} : { serves }),
    id: `${craft}/${folder}`,
    number: `${Number.parseInt(craft, 10)}.${Number(number)}`,
    craft,
    slug,
    prerequisites: [...prerequisites],
    directory,
  };
}

/** The first exercise of every later craft unlocks when the last one of craft 0 is passed. */
function withEntryConditions(exercises: Exercise[]): Exercise[] {
  const firstCraft = exercises[0]?.craft;
  const gateway = exercises.findLast((exercise) => exercise.craft === firstCraft);
  return exercises.map((exercise, i) => {
    const opensCraft = exercises[i - 1]?.craft !== exercise.craft && exercise.craft !== firstCraft;
    if (!opensCraft || gateway === undefined) return exercise;
    return { ...exercise, prerequisites: [...new Set([...exercise.prerequisites, gateway.id])] };
  });
}
