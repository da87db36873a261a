/** How tightly submissions are held on this machine, and what that asks of the folders of a run. */
import { CraftError } from '../../core/errors.ts';
import type { Tier } from '../../core/grading.ts';
import { handOver, probeTier, withPrivateNetwork } from '../../jail/index.ts';

export interface FoundTier {
  readonly tier: Tier;
  readonly reason?: string;
}

/** Throws NOT_SEALED unless the jail holds, or the user wants to go on without. */
export async function findTier(allowUnsealed: boolean): Promise<FoundTier> {
  const { tier, reason } = await probeTier();
  if (tier !== 'sealed' && !allowUnsealed) {
    // It becomes part of a sentence.
    throw new CraftError('NOT_SEALED', { reason: (reason ?? 'the jail does not hold').replace(/\.$/, '') });
  }
  return { tier, ...(reason === undefined ? {} : { reason }) };
}

/** What a judge is started with, so that it reaches the servers of submissions and nothing else. */
export type Wrap = (command: string, args: readonly string[]) => { command: string; args: readonly string[] };

export function wrapOf({ tier }: FoundTier, slot: number): { readonly wrap?: Wrap } {
  if (tier !== 'sealed') return {};
  return { wrap: (command, args) => withPrivateNetwork(command, args, { slot }) };
}

/** Gives a folder to the user that the judge of a slot runs as. */
export function giveTo({ tier }: FoundTier, slot: number, folder: string): void {
  if (tier === 'sealed') handOver(folder, slot);
}
