/** The folder that a jailed submission shares with the judge, for files that checks make and look at. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunOptions } from './types.ts';

/** Runs with such a folder where there is a jail; it is removed afterwards. */
export async function inSharedFolder<T>(
  options: RunOptions,
  body: (own: RunOptions) => Promise<T>,
): Promise<T> {
  if (options.jail === undefined) return body(options);
  const { sharedRoot } = await import('../jail/index.ts');
  const shared = mkdtempSync(join(sharedRoot(), 'craft-shared-'));
  try {
    return await body({ ...options, jail: { ...options.jail, shared } });
  } finally {
    rmSync(shared, { recursive: true, force: true, maxRetries: 2 });
  }
}
