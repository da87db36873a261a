/** Where the compiled checks, drivers and gates of an exercise are. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CraftError } from '../core/errors.ts';
import { builtGraderRoot } from '../core/paths.ts';
import type { Exercise } from '../core/types.ts';
import type { Gate } from '../gate/index.ts';

/** Folder of the compiled checks. Throws BROKEN_INSTALLATION when it is not there. */
export function checksDirectory(exercise: Exercise): string {
  const directory = join(builtGraderRoot, 'checks', exercise.id);
  if (existsSync(join(directory, 'behaviour.test.js'))) return directory;
  throw new CraftError('BROKEN_INSTALLATION', { message: `the checks of ${exercise.id} are missing` });
}

/** The exercise's gates, in the manifest's order; each gate of the manifest must be there. */
export async function loadGates(exercise: Exercise): Promise<Gate[]> {
  if (exercise.gates.length === 0) return [];
  const file = join(checksDirectory(exercise), 'gate.js');
  const module = (await import(pathToFileURL(file).href)) as { readonly gates: readonly Gate[] };
  return exercise.gates.map((id) => {
    const gate = module.gates.find((candidate) => candidate.id === id);
    if (gate !== undefined) return gate;
    throw new CraftError('BROKEN_INSTALLATION', { message: `gate ${id} of ${exercise.id} is missing` });
  });
}
