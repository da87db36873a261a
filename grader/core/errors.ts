/**
 * The table of error codes. Each entry says what happened, where, and what to do next; nothing else in the
 * tool words an error. `docs/errors.md` lists exactly these codes (a test compares the two).
 */

type Details = Readonly<Record<string, string | number>>;
type Message = (d: Details) => string;

/** Outcome of the student's work (exit code 1). */
const work = {
  COMPILE_ERROR: (d) => `${d.count} compile error${d.count === 1 ? '' : 's'}; the first: ${d.first}`,
  COMPILE_TIMEOUT: (d) => `The compiler did not finish within ${d.seconds} s: is a type defined by itself?`,
  FORBIDDEN_API: (d) => `${d.api} is not allowed here: ${d.why}`,
  SUPPRESSED_TYPES: (d) => `${d.directive} switches the compiler off at ${d.where}: remove that comment.`,
  NOT_WRITTEN: (d) => `This is not written yet: ${d.todo}.`,
  EXPECTATION: (d) => `${d.summary}`,
  CHECKS_MISSING: (d) => `${d.ran} of ${d.expected} checks ran; not reached: ${d.missing}.`,
  MISSING_EXPORT: (d) =>
    `${d.file} does not export ${d.name}: its line must begin with "export ${d.kind} ${d.name}".`,
  MISSING_MEMBER: (d) => `${d.what} does not exist: is it spelt as in the lesson?`,
  LOAD_FAILED: (d) => `${d.file} could not be loaded: ${d.message}`,
  THREW: (d) => `${d.what} threw ${d.message}`,
  NOT_PLAIN: (d) => `${d.what} returned something that is not plain data (${d.message}).`,
  CALL_TIMEOUT: (d) =>
    `${d.what} did not return within ${d.seconds} s: an endless loop, or a promise that nobody resolves?`,
  LOAD_TIMEOUT: (d) =>
    `${d.file} did not finish loading within ${d.seconds} s: an endless loop at top level?`,
  EXITED: (d) =>
    `Your code ended its process with exit code ${d.exitCode} during ${d.during}: is there a process.exit()?`,
  KILLED: (d) => `Your code's process was ended by ${d.signal} during ${d.during}.`,
  ABORTED: (d) => `Your code's process aborted during ${d.during}.`,
  UNHANDLED: (d) => `${d.kind} ${d.moment}: ${d.message} (nothing caught it; that ends a real program)`,
  MEMORY_LIMIT: (d) => `Your code used more than ${d.mb} MB of memory during ${d.during}.`,
  CPU_LIMIT: (d) => `Your code used more than ${d.seconds} s of CPU time during ${d.during}.`,
  PROCESS_LIMIT: (d) => `Your code started more than ${d.processes} processes during ${d.during}.`,
  OUTPUT_LIMIT: (d) => `Your code printed more than ${d.bytes} bytes during ${d.during}.`,
  PROTOCOL_ERROR: (d) =>
    `Your code wrote to craft's own channel (file descriptor 3) during ${d.during}: ${d.message}`,
  SERVER_DIED: (d) => `${d.server} ended under load (${d.how})${d.output}. Mend that, then try again.`,
  GATE_FAILED: (d) => `${d.title}: ${d.measured}, the limit is ${d.limit}.`,
  FILE_MISSING: (d) => `${d.file} is not there. Put it back with: npx craft reset ${d.exercise}`,
  FILE_UNREADABLE: (d) =>
    `${d.file} is not text (${d.why}). Put the stub back with: npx craft reset ${d.exercise}`,
  UNPROVED: (d) =>
    `craft check does not hold for ${d.exercise} (${d.claim}: ${d.problem}). Nothing was pushed. See: npx craft check ${d.exercise}`,
  STARTER_SOLVED: (d) =>
    `${d.file} is the answer before anybody wrote it (${d.solution}). Nothing was pushed: put the stub back.`,
  WOULD_LEAK: (d) =>
    `${d.branch} would show ${d.secret} (${d.exercise}), in ${d.where}. Nothing was pushed: take it out there.`,
} satisfies Record<string, Message>;

/** Nothing can be said about the work: noise, bad usage, a broken installation (exit code 2). */
const judge = {
  INCONCLUSIVE: (d) => `${d.title}: ${d.reason}`,
  NO_WORKSPACE: (d) =>
    `${d.from} is not inside a workspace. ${d.next ?? 'Make one with: npx craft init metricstream'}`,
  UNKNOWN_EXERCISE: (d) => `There is no exercise "${d.name}".${d.suggestion} List them with: npx craft list`,
  AMBIGUOUS_EXERCISE: (d) => `"${d.name}" could be ${d.candidates}. Say which.`,
  LOCKED_EXERCISE: (d) => `${d.name} is locked: pass ${d.missing} first.`,
  FOLDER_NOT_EMPTY: (d) => `${d.folder} is not empty. Name a new folder: npx craft init metricstream`,
  INSIDE_WORKSPACE: (d) => `${d.folder} is inside the workspace ${d.workspace}. Make the new one elsewhere.`,
  NOT_WRITABLE: (d) =>
    `${d.path} cannot be written (${d.why}). ${d.mend ?? 'Check its permissions, then try again.'}`,
  DISK_FULL: (d) => `The disk is full: ${d.path} could not be written. Free some space; nothing was lost.`,
  PROGRESS_NEWER: (d) =>
    `${d.path} was written by a newer craft (${d.craft}). Update this one: npm install systems-craft@latest`,
  LOCKED_WORKSPACE: (d) =>
    `Another craft (process ${d.pid}) is at work in ${d.root}. Wait for it, or stop it.`,
  NO_GIT: (d) =>
    `git is not installed${d.detail}. Install it, or go on without: craft keeps every attempt itself.`,
  GRADE_NEEDS_GIT: () =>
    'git is not installed, and the roster names repositories. Install it (Debian, Ubuntu: apt install git), then grade again.',
  WRONG_NODE: (d) => `Node ${d.version} is too old: craft needs 20.19 or newer. See https://nodejs.org`,
  NO_ATTEMPT: (d) => `There is no attempt ${d.number}. The newest is ${d.newest}.`,
  NO_CHECK: (d) => `Attempt ${d.number} has no check "${d.check}". It has: ${d.checks}.`,
  NOTHING_TO_REPLAY: (d) => `Attempt ${d.number} has no failed check to replay.`,
  NO_SCRIPT: (d) => `${d.exercise} has nothing to run${d.detail}.`,
  SERVES_NOTHING: (d) => `${d.exercise} answers no HTTP, so there is nothing to load. ${d.others}`,
  SERVER_ENDED: (d) =>
    `${d.server} ended before it listened (${d.how})${d.output}. Mend that, then try again.`,
  SERVER_SILENT: (d) =>
    `${d.server} did not print "listening on http://localhost:<port>" within ${d.seconds} s${d.output}.`,
  SERVER_UNREACHABLE: (d) =>
    `${d.server} printed ${d.url}, but did not listen there within ${d.seconds} s. Print the port that server.address() gives.`,
  PORT_TAKEN: (d) =>
    `${d.server} could not listen: port ${d.port} is taken. Listen on Number(process.env.PORT), or stop what uses it.`,
  NOTHING_LISTENS: (d) => `Nothing answers at ${d.url} (${d.why}). Start the server first.`,
  NOT_LOCAL: (d) =>
    `${d.host} is another machine. A load is an attack on servers that are not yours: say --allow-remote if it is.`,
  NO_BENCH: (d) => `${d.what}. Run one first: ${d.command}`,
  NO_SAVED: (d) =>
    `Nothing was saved as "${d.name}"; beside such names, --vs knows yardstick, previous and solution. ${d.saved}`,
  NEEDS_CLONE: (d) =>
    `${d.command} needs a clone of the systems-craft repository: solutions are not in the package.`,
  NO_JAIL: (d) => `There is no jail for other people's programs: ${d.message}. See: npx craft doctor`,
  NOT_SEALED: (d) =>
    `Submissions are other people's programs, and this machine cannot hold them: ${d.reason} To run them all the same, as your own user: --allow-unsealed`,
  GRADE_STOPPED: (d) =>
    `Stopped: ${d.done} of ${d.total} are graded and kept in ${d.out}. The same command goes on from there.`,
  CANNOT_MERGE: (d) => `${d.folder} cannot be merged: ${d.why}.`,
  GRADER_FAILS: (d) =>
    `The grader failed ${d.count} times in a row, so it stopped. The last time: ${d.error} What was graded is kept in ${d.out}.`,
  NEEDS_TERMINAL: (d) => `${d.command} needs a terminal. ${d.instead}`,
  UNKNOWN_REMOTE: (d) =>
    `${d.remote} is not named in ${d.file}. Write it there as "remote", or leave --remote out.`,
  DIRTY_SOURCE: (d) =>
    `Not as the last commit has it: ${d.files}. Commit it or put it back: what is published must be found again.`,
  STALE_BUILD: (d) =>
    `The compiled grader is older than ${d.file}: what it proves is out of date. npm run build`,
  REMOTE_UNREACHABLE: (d) => `${d.remote} could not be read: ${d.why}.`,
  BRANCH_MOVED: (d) =>
    `${d.remote} has other commits at ${d.branches} than would be published. Nothing was pushed. Look at them with --dry-run; --force-with-lease replaces them.`,
  PUBLISH_STOPPED: (d) =>
    `${d.branch} is not published: ${d.why}. ${d.done} of ${d.count} pushes were done before. Publish again: it goes on from there.`,
  EXERCISE_EXISTS: (d) => `There is already an exercise ${d.name}: ${d.id}. Choose another name.`,
  BAD_USAGE: (d) => `${d.message}`,
  BAD_MANIFEST: (d) => `${d.file}: ${d.message}`,
  BROKEN_INSTALLATION: (d) =>
    `craft's own files are damaged: ${d.message}. Reinstall it, or run npm ci in the clone.`,
  INTERRUPTED: () => 'Stopped before there was a result. Nothing was recorded.',
  INTERNAL: (d) => `craft itself failed: ${d.message}. This is a bug in craft; your files are untouched.`,
} satisfies Record<string, Message>;

const table: Record<keyof typeof work | keyof typeof judge, Message> = { ...work, ...judge };

export type ErrorCode = keyof typeof work | keyof typeof judge;

/** Every code, in the table's order. */
export const errorCodes = Object.keys(table) as readonly ErrorCode[];

/** The sentence for a code. */
export function describe(code: ErrorCode, details: Details = {}): string {
  return table[code](details);
}

/** 0 passed, 1 the work failed, 2 could not judge: the exit code that a code leads to. */
export function exitCodeOf(code: ErrorCode): 1 | 2 {
  return code in work ? 1 : 2;
}

/** An error with a code from the table; anything else that is thrown is a bug in craft. */
export class CraftError extends Error {
  override readonly name = 'CraftError';
  readonly code: ErrorCode;
  readonly details: Details;

  constructor(code: ErrorCode, details: Details = {}, options?: ErrorOptions) {
    super(describe(code, details), options);
    this.code = code;
    this.details = details;
  }
}
