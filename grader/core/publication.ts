/** What `craft publish` did, or would do. */

/** Lines that a branch adds to a file and takes from it. */
export interface FileStat {
  /** Relative to the workspace. */
  readonly path: string;
  readonly added: number;
  readonly removed: number;
}

/** What became of a branch, or would. */
export interface PublishedBranch {
  readonly branch: string;
  /** The exercise's id; null for the start. */
  readonly exercise: string | null;
  /** `1.5 A JSON parser` */
  readonly title: string;
  readonly commit: string;
  /** On the remote before: not there, the same commit, another one. */
  readonly state: 'new' | 'same' | 'moved';
  /** The other commit. */
  readonly was?: string;
  /** Whether `craft check` was run for it: before, now, or not yet (`--dry-run`). */
  readonly proof: 'kept' | 'new' | 'to do' | 'none needed';
  readonly pushed: boolean;
  /** Against the branch before; every file of the start. */
  readonly files: readonly FileStat[];
}

/** `craft publish --json` */
export interface PublishJson {
  readonly schema: 1;
  /** The course's name. */
  readonly course: string;
  /** Without user name and password. */
  readonly remote: string;
  readonly dryRun: boolean;
  /** In the order of the course; each stands on the one before it. */
  readonly branches: readonly PublishedBranch[];
  /** Branches of solutions that are on the remote and not part of this run. */
  readonly others: readonly string[];
}
