/** Every limit on the subject process and on what it sends, in one place. Units are in the names. */
export const limits = {
  /** From spawn to the first frame, before any student code. */
  startMs: 10_000,
  /** Importing the student's module. */
  loadMs: 5_000,
  /** One call, unless the check says otherwise. */
  callMs: 2_000,
  /** One check. */
  checkMs: 10_000,
  /** All checks of one exercise. */
  behaviourMs: 60_000,
  /** One compilation. */
  compileMs: 20_000,
  /** Memory of the compiler. */
  compileMb: 1_024,
  /** SIGTERM to SIGKILL. */
  graceMs: 500,
  /** V8's old space. */
  heapMb: 512,
  /** Resident memory of the whole tree of processes. */
  residentMb: 1_024,
  /** CPU time of one subject process; the kernel enforces it even when craft is gone. */
  cpuSeconds: 120,
  /** Processes below the subject. */
  processes: 16,
  /** Threads that the user may have beside those that ran before; the kernel enforces it, except for root. */
  threads: 512,
  /** From the spawn of a server that is to be loaded to its address, and to an open port. */
  serverStartMs: 10_000,
  /** SIGTERM to SIGKILL of such a server: it may have to write what it has. */
  serverGraceMs: 3_000,
  /** stdout and stderr together; head and tail are kept. */
  outputBytes: 1_048_576,
  /** One frame on the channel. */
  frameBytes: 8 * 1_048_576,
  /** Subject processes that may die in one run before the rest is given up. */
  deaths: 3,
} as const;

export type Limits = { readonly [K in keyof typeof limits]: number };
