/** What a class hands in, before and after it was taken in. */
import type { GradedSubmission } from '../../core/grading.ts';

/** One submission that is to be taken in; it has not been opened yet. */
export type Candidate =
  | {
      readonly kind: 'folder' | 'zip' | 'tar';
      readonly submission: GradedSubmission;
      /** Absolute, without links above the submission itself. */
      readonly path: string;
    }
  | { readonly kind: 'git'; readonly submission: GradedSubmission; readonly repository: Repository }
  /** It is clear already that this one cannot be graded: a row of the roster without a URL, a file that is no archive. */
  | { readonly kind: 'refused'; readonly submission: GradedSubmission; readonly reason: string };

/** A repository to fetch one commit from. */
export interface Repository {
  /** Without credentials. */
  readonly url: string;
  /** The only protocol that git may speak to get it. */
  readonly protocol: string;
  /** A full commit id, a full name of a ref, or `HEAD`. */
  readonly ref: string;
  /** From the URL in the roster; never printed, never on a command line. */
  readonly credentials?: { readonly user: string; readonly password: string };
}

/** What became of a candidate. A failure of the grader's own (a full disk) is thrown instead. */
export type Intake =
  | {
      readonly outcome: 'taken';
      readonly submission: GradedSubmission;
      /** The folder that was given to `takeIn`; it holds `exercises/` and nothing else. */
      readonly root: string;
    }
  /** `reason` is one line for the student, without control characters. */
  | { readonly outcome: 'rejected'; readonly submission: GradedSubmission; readonly reason: string };

export interface DiscoverOptions {
  /** Protocols that the roster's URLs may use: of https, ssh, git, file and http. The default is all but http. */
  readonly gitAllow?: readonly string[];
  /** Paths that are no submissions though they lie among them, such as the folder of results. */
  readonly exclude?: readonly string[];
  readonly signal?: AbortSignal;
}

/** The same for a folder, an archive and a repository. */
export interface IntakeLimits {
  /** Files taken. */
  readonly files: number;
  /** Length of one file taken. */
  readonly fileBytes: number;
  /** Length of all files taken. */
  readonly totalBytes: number;
  /** Files and folders in the submission, taken or not, without those in `node_modules`, `.git` and the like. */
  readonly entries: number;
  /** The same, with those. */
  readonly scanned: number;
  /** Length of an archive, or of what git fetches. */
  readonly archiveBytes: number;
  /** Length of all that an archive holds. */
  readonly unpackedBytes: number;
  /** Unpacked to packed length, of anything that is longer than `fileBytes` when unpacked. */
  readonly ratio: number;
  /** One fetch, in seconds of wall time. */
  readonly gitSeconds: number;
}

export const intakeLimits: IntakeLimits = {
  files: 500,
  fileBytes: 1_048_576,
  totalBytes: 10 * 1_048_576,
  entries: 10_000,
  scanned: 100_000,
  archiveBytes: 64 * 1_048_576,
  unpackedBytes: 512 * 1_048_576,
  ratio: 150,
  gitSeconds: 60,
};
