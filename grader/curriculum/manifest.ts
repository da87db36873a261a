/** Reads one `exercise.json`. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as z from 'zod/mini';
import { CraftError } from '../core/errors.ts';

const manifest = z.strictObject({
  /** "A bounded queue" */
  title: z.string(),
  /** One line for lists. */
  summary: z.string(),
  /** For a reader who writes it for the first time. */
  minutes: z.number(),
  /** Stubs; the first is the one to open. */
  files: z.array(z.string()),
  /** Files of the folder that the student runs but does not edit. */
  given: z._default(z.array(z.string()), []),
  /** Ids of earlier exercises. */
  imports: z._default(z.array(z.string()), []),
  /** Ids of the hidden checks, in order. */
  checks: z.array(z.string()),
  /** Ids of the gates, in order. */
  gates: z.array(z.string()),
  forbid: z._default(z.array(z.strictObject({ api: z.string(), why: z.string() })), []),
  allow: z._default(z.array(z.string()), []),
  /** What `craft run` starts. */
  run: z.optional(z.string()),
});

export type Manifest = z.infer<typeof manifest>;

/** Throws BAD_MANIFEST with the file and the first problem. */
export function readManifest(directory: string): Manifest {
  const path = join(directory, 'exercise.json');
  const file = `exercises/${basename(join(directory, '..'))}/${basename(directory)}/exercise.json`;
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CraftError('BAD_MANIFEST', {
      file,
      message: error instanceof Error ? error.message : String(error),
    });
  }
  const result = manifest.safeParse(json);
  if (result.success) return result.data;
  throw new CraftError('BAD_MANIFEST', { file, message: problemOf(result.error.issues[0]) });
}

function problemOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'it is not a manifest';
  if (issue.code === 'unrecognized_keys') return `there is no field ${issue.keys.join(', ')}`;
  const wanted = issue.code === 'invalid_type' ? `must be of type ${issue.expected}` : issue.message;
  return `${issue.path.join('.') || 'it'} ${wanted}`;
}
