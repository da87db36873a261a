/** `run.json`: what a run was asked for, so that it can be taken up again, and merged with its other shards. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomic } from '../../core/files.ts';

const submission = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().optional(),
  source: z.string(),
  commit: z.string().optional(),
  tree: z.string().optional(),
});

const shape = z.object({
  schema: z.literal(1),
  course: z.string(),
  /** Tells which key the seeds come from. */
  fingerprint: z.string(),
  /** The key itself, where craft chose it: the next run must choose the same seeds. */
  key: z.string().optional(),
  craft: z.string(),
  node: z.string(),
  tier: z.enum(['sealed', 'process']),
  tierReason: z.string().optional(),
  startedAt: z.string(),
  shard: z.object({ index: z.number(), count: z.number() }).optional(),
  exercises: z.array(
    z.object({
      id: z.string(),
      number: z.string(),
      title: z.string(),
      maxScore: z.number(),
      lab: z.string(),
    }),
  ),
  /** In the order of the roster: who, where in it, and the key of each exercise's record. */
  students: z.array(z.object({ place: z.number(), submission, cells: z.array(z.string()) })),
  /** Folder of temporary files: a killed run leaves it, the next one removes it. */
  work: z.string().optional(),
});

export type Settings = z.infer<typeof shape>;

export const settingsName = 'run.json';

/** Undefined when the folder has none, or none that can be read. */
export function readSettings(folder: string): Settings | undefined {
  const path = join(folder, settingsName);
  if (!existsSync(path)) return undefined;
  try {
    const read = shape.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}

/** Only the instructor may read it: it may hold the key of all seeds. */
export function writeSettings(folder: string, settings: Settings): void {
  writeAtomic(join(folder, settingsName), `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
}
