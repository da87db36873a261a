/** What the subject said or did, as an error with a code: the words that the student will read. */
import type { ErrorCode } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { Build } from '../core/types.ts';
import { locate, SubjectError } from './errors.ts';
import type { RemoteError } from './protocol.ts';
import type { SubjectExit } from './types.ts';

export type Details = Readonly<Record<string, string | number>>;

/** What a handle stands for: a module of the student's, an object, or something of the check's own driver. */
export interface Held {
  /** The module's file, or the object's name in messages. */
  readonly file: string;
  readonly kind: 'module' | 'object' | 'driver';
}

/** A question as messages speak of it. */
export interface Asked extends Partial<Held> {
  /** `queue.take()`, `new BoundedQueue()`, `loading queue.ts`, `your code`. */
  readonly what: string;
  /** The member that was asked for. */
  readonly name?: string;
}

/** The student's code threw, or what was asked for is not there. */
export function remoteFault(
  error: RemoteError,
  { what, file, name, kind }: Asked,
  build: Build,
): SubjectError {
  const extra = { thrownName: error.name, thrownMessage: error.message, where: locateIn(build, error) };
  if (error.message.startsWith('TODO(human)')) {
    const todo = error.message.replace(/^TODO\(human\):?\s*/, '') || `${what} throws TODO(human)`;
    return new SubjectError('NOT_WRITTEN', { todo }, extra);
  }
  if (error.name === 'ForbiddenApi') {
    const [api = '', ...why] = error.message.split(': ');
    return new SubjectError('FORBIDDEN_API', { api, why: why.join(': ') }, extra);
  }
  if (error.code === 'MISSING' && kind === 'module') {
    const details = {
      file: file ?? '',
      name: name ?? '',
      kind: what.startsWith('new ') ? 'class' : 'function',
    };
    return new SubjectError('MISSING_EXPORT', details, extra);
  }
  if (error.code === 'MISSING') return new SubjectError('MISSING_MEMBER', { what }, extra);
  if (error.code === 'NOT_PLAIN') {
    return new SubjectError('NOT_PLAIN', { what: sentence(what), message: error.message }, extra);
  }
  if (what.startsWith('loading ')) {
    return new SubjectError('LOAD_FAILED', { file: file ?? what, message: error.message }, extra);
  }
  return new SubjectError(
    'THREW',
    { what: sentence(what), message: `${error.name}: ${error.message}` },
    extra,
  );
}

/** Something was thrown, or left rejected, after the call that caused it had returned. */
export function lateFault(kind: string, error: RemoteError, lastCall: string, build: Build): SubjectError {
  const message = error.name === 'thrown value' ? error.message : `${error.name}: ${error.message}`;
  const extra = { thrownName: error.name, thrownMessage: error.message, where: locateIn(build, error) };
  const moment = lastCall === 'this check' ? 'during this check' : `after ${lastCall}`;
  return new SubjectError('UNHANDLED', { kind, moment, message }, extra);
}

/** Why a process ended that nobody had ended. */
export function causeOfDeath(
  exit: SubjectExit,
  during: string,
  output: string,
  heapMb: number,
): { code: ErrorCode; details: Details } {
  if (exit.signal === 'SIGXCPU')
    return { code: 'CPU_LIMIT', details: { seconds: limits.cpuSeconds, during } };
  if (exit.signal === 'SIGABRT') {
    // V8's own words when the heap is full.
    const heap = /heap out of memory|Array buffer allocation failed/i.test(output);
    if (heap) return { code: 'MEMORY_LIMIT', details: { mb: heapMb, during } };
    return { code: 'ABORTED', details: { during } };
  }
  if (exit.signal !== null) return { code: 'KILLED', details: { signal: exit.signal, during } };
  return { code: 'EXITED', details: { exitCode: exit.exitCode ?? 0, during } };
}

/** "your code" begins sentences too; names of functions stay as they are. */
export function sentence(what: string): string {
  return what === 'your code' ? 'Your code' : what;
}

function locateIn({ source, exercise, files }: Build, { stack }: RemoteError): string | undefined {
  return locate(
    stack,
    source,
    files.filter((path) => path.startsWith(`exercises/${exercise.id}/`)),
  );
}
