/** What a check sees when the student's code throws, or its process misbehaves or dies. */
import { describe, type ErrorCode } from '../core/errors.ts';

type Details = Readonly<Record<string, string | number>>;

/** A failure of the student's code, with a code of the error table. */
export class SubjectError extends Error {
  override readonly name = 'SubjectError';
  readonly code: ErrorCode;
  /** Name of the error class that the student's code threw, for THREW: `RangeError`. */
  readonly thrownName: string | undefined;
  /** Message of what the student's code threw. */
  readonly thrownMessage: string | undefined;
  /** First line of the student's own source in the stack: `exercises/0-poc/01-queue/queue.ts:31:5`. */
  readonly where: string | undefined;
  /** Whether the process is gone. */
  readonly fatal: boolean;

  constructor(
    code: ErrorCode,
    details: Details,
    extra: { thrownName?: string; thrownMessage?: string; where?: string | undefined; fatal?: boolean } = {},
  ) {
    super(describe(code, details));
    this.code = code;
    this.thrownName = extra.thrownName;
    this.thrownMessage = extra.thrownMessage;
    this.where = extra.where;
    this.fatal = extra.fatal ?? false;
  }
}

/**
 * The innermost stack frame in the student's files, relative to the workspace: in those named by `own` if any is
 * there, else anywhere but in the kernel. An error that comes out of an earlier exercise is mended where it was called.
 */
export function locate(stack: string, sourceRoot: string, own: readonly string[] = []): string | undefined {
  const places: string[] = [];
  for (const line of stack.split('\n')) {
    const match = /(?:file:\/\/)?(\/[^()\n]*?\.ts):(\d+):(\d+)/.exec(line);
    const path = match?.[1] === undefined ? undefined : decodeURI(match[1]);
    if (path?.startsWith(`${sourceRoot}/`))
      places.push(`${path.slice(sourceRoot.length + 1)}:${match?.[2]}:${match?.[3]}`);
  }
  const isOwn = (place: string): boolean => own.includes(place.replace(/:\d+:\d+$/, ''));
  return places.find(isOwn) ?? places.find((place) => !place.startsWith('exercises/kernel/')) ?? places[0];
}
