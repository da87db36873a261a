/** Modules and objects of the subject process, as a check holds them. */
import { limits } from '../core/limits.ts';
import type { Value } from './calls.ts';
import type { Asked, Held } from './faults.ts';
import type { Request } from './protocol.ts';
import type { ModuleHandle, ObjectHandle } from './types.ts';

/** A request without its id. */
export type Question = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never;

export interface Asking {
  ask(question: Question, asked: Asked, ms: number): Promise<Value>;
  /** A reply that should have had a handle had none. */
  noHandle(): Error;
  /** Deadline of a call that names none. */
  readonly callMs: number;
}

/** A handle that is a module's or an object's: the subject's table does not tell them apart. */
export function createHandle(asking: Asking, reply: Value, held: Held): ModuleHandle & ObjectHandle {
  const { handle: target } = reply;
  if (target === undefined) throw asking.noHandle();
  const { file, kind } = held;
  // The functions of a driver are the check's: their names would say nothing to the student.
  const label = (member: string): string => {
    if (kind === 'driver') return 'your code';
    return kind === 'module' ? member : `${file}.${member}`;
  };
  const called = (name: string): Asked => {
    return { ...held, name, what: kind === 'driver' ? 'your code' : `${label(name)}()` };
  };
  const child = (result: Value, name: string): ObjectHandle =>
    createHandle(asking, result, { file: name, kind: kind === 'driver' ? 'driver' : 'object' });

  const callWithin = async (ms: number, name: string, ...args: unknown[]): Promise<unknown> =>
    (await asking.ask({ verb: 'call', target, name, args, keep: false }, called(name), ms)).value;
  return {
    callWithin,
    call: (name, ...args) => callWithin(asking.callMs, name, ...args),
    hold: async (name, ...args) => {
      const result = await asking.ask(
        { verb: 'call', target, name, args, keep: true },
        called(name),
        limits.loadMs,
      );
      return child(result, `${name}()`);
    },
    new: async (name, ...args) => {
      const asked = { ...held, name, what: kind === 'driver' ? 'your code' : `new ${name}()` };
      return child(
        await asking.ask({ verb: 'new', target, name, args }, asked, limits.callMs),
        instanceName(name),
      );
    },
    get: async (name) =>
      (await asking.ask({ verb: 'get', target, name }, { what: label(name) }, limits.callMs)).value,
    release: async () => {
      await asking.ask({ verb: 'release', target }, { what: 'release' }, limits.callMs);
    },
  };
}

/** What messages call an instance: `new BoundedQueue()` makes a `boundedQueue`. */
function instanceName(className: string): string {
  return className.charAt(0).toLowerCase() + className.slice(1);
}
