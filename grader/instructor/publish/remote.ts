/** The branches of a remote: what is there, and one push at a time. */
import { CraftError } from '../../core/errors.ts';
import { type Git, reasonOf, withoutSecrets } from './git.ts';
import { refOf, solutionRefs, startBranch } from './names.ts';

/** Commit by branch, of the branches that publishing is about. Throws REMOTE_UNREACHABLE. */
export async function readRemote(git: Git, remote: string): Promise<ReadonlyMap<string, string>> {
  let listing: string;
  try {
    listing = await git(['ls-remote', '--', remote, refOf(startBranch), solutionRefs]);
  } catch (error) {
    if (error instanceof CraftError) throw error;
    const details = { remote: withoutSecrets(remote), why: reasonOf(error) };
    throw new CraftError('REMOTE_UNREACHABLE', details, { cause: error });
  }
  return new Map(
    listing.split('\n').flatMap((line) => {
      const [commit = '', ref = ''] = line.split('\t');
      // A pattern of ls-remote matches from any slash on: a tag or another folder is not meant.
      return ref.startsWith(refOf('')) && /^[0-9a-f]{40,64}$/.test(commit)
        ? [[ref.slice(refOf('').length), commit] as const]
        : [];
    }),
  );
}

/**
 * Moves one branch of the remote to a commit, only if it still is where it was seen (nowhere, when `was` is
 * undefined): what somebody else pushed meanwhile is never lost.
 */
export async function pushBranch(
  git: Git,
  remote: string,
  { branch, commit, was }: { branch: string; commit: string; was: string | undefined },
): Promise<void> {
  const ref = refOf(branch);
  const options = [
    '--porcelain',
    '--no-verify',
    '--no-follow-tags',
    '--no-signed',
    '--recurse-submodules=no',
  ];
  await git(['push', ...options, `--force-with-lease=${ref}:${was ?? ''}`, '--', remote, `${commit}:${ref}`]);
}
