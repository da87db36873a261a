/** Reads one `exercise.json`. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CraftError } from '../core/errors.ts';
import {
  isNumber,
  isRecord,
  isText,
  like,
  listOf,
  mapOf,
  misfit,
  optional,
  type Shape,
} from '../core/shape.ts';
import type { ForbiddenApi, Serves } from '../core/types.ts';

/** The file as authors write it; what may be left out has a default of "none". */
export interface Manifest {
  /** "A bounded queue" */
  readonly title: string;
  /** One line for lists. */
  readonly summary: string;
  /** For a reader who writes it for the first time. */
  readonly minutes: number;
  /** Stubs; the first is the one to open. */
  readonly files: readonly string[];
  /** Files of the folder that the student runs but does not edit. */
  readonly given?: readonly string[];
  /** Ids of earlier exercises. */
  readonly imports?: readonly string[];
  /** Ids of the hidden checks, in order. */
  readonly checks: readonly string[];
  /** Ids of the gates, in order. */
  readonly gates: readonly string[];
  readonly forbid?: readonly ForbiddenApi[];
  /** Interfaces refused in general that this exercise needs. */
  readonly allow?: readonly string[];
  /** What `craft run` starts. */
  readonly run?: string;
  /** What `craft bench` loads. */
  readonly serves?: Serves;
}

const shape: Shape = {
  title: isText,
  summary: isText,
  minutes: isNumber,
  files: listOf(isText),
  given: optional(listOf(isText)),
  imports: optional(listOf(isText)),
  checks: listOf(isText),
  gates: listOf(isText),
  forbid: optional(listOf(like({ api: isText, why: isText }))),
  allow: optional(listOf(isText)),
  run: optional(isText),
  serves: optional(
    like({
      file: isText,
      method: isText,
      path: isText,
      headers: optional(mapOf(isText)),
      status: isNumber,
      reply: optional(isRecord),
    }),
  ),
};

/** Throws BAD_MANIFEST with the file and the first problem. */
export function readManifest(directory: string): Manifest {
  const file = `exercises/${basename(dirname(directory))}/${basename(directory)}/exercise.json`;
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(join(directory, 'exercise.json'), 'utf8'));
  } catch (error) {
    throw new CraftError('BAD_MANIFEST', {
      file,
      message: error instanceof Error ? error.message : String(error),
    });
  }
  const problem = problemOf(json);
  if (problem !== undefined) throw new CraftError('BAD_MANIFEST', { file, message: problem });
  return json as Manifest;
}

function problemOf(json: unknown): string | undefined {
  if (!isRecord(json)) return 'it is not an object';
  const unknown = Object.keys(json).find((key) => !Object.hasOwn(shape, key));
  if (unknown !== undefined) return `there is no field "${unknown}"`;
  const field = misfit(json, shape);
  return field === undefined ? undefined : `"${field}" is missing or not of its type`;
}
