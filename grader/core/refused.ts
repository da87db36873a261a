/** What is refused in every exercise, and why: ways out of the subject process, and ways round the scan. */
import { isBuiltin } from 'node:module';
import type { Exercise, ForbiddenApi } from './types.ts';

const PROCESSES = 'exercises run in one process, which craft limits and ends';
const SCAN = 'it would run code that craft cannot read; write the code itself';
const IMPORT = 'use an import statement at the top of the file';

/** Refused unless the exercise allows it. */
const base: readonly ForbiddenApi[] = [
  { api: 'node:child_process', why: PROCESSES },
  { api: 'node:cluster', why: PROCESSES },
  { api: 'node:worker_threads', why: 'exercises run in one thread, unless the lesson says otherwise' },
  { api: 'node:vm', why: SCAN },
  { api: 'node:repl', why: SCAN },
  { api: 'node:wasi', why: SCAN },
  { api: 'node:module', why: IMPORT },
  { api: 'node:inspector', why: 'a debugger would see and change the checks' },
  { api: 'process._debugProcess', why: 'a debugger would see and change the checks' },
  { api: 'node:test', why: 'the tests are run by craft verify' },
  { api: 'node:sqlite', why: 'you build the storage yourself' },
  { api: 'node:v8.setFlagsFromString', why: 'the limits of the process belong to craft' },
  { api: 'process.binding', why: "it reaches Node's insides; use the node: modules" },
  { api: 'process._linkedBinding', why: "it reaches Node's insides; use the node: modules" },
  { api: 'process.dlopen', why: 'exercises are written in TypeScript' },
  { api: 'process.execve', why: PROCESSES },
  { api: 'process.getBuiltinModule', why: IMPORT },
  { api: 'require', why: IMPORT },
  { api: 'eval', why: SCAN },
  { api: 'Function', why: SCAN },
];

/** All that an exercise refuses: its own list first, whose reasons are closer to the lesson. */
export function refusedBy(exercise: Exercise): ForbiddenApi[] {
  const own = exercise.forbid.map(({ api, why }) => ({ api: canonical(api), why }));
  const named = new Set([...own.map(({ api }) => api), ...exercise.allow.map(canonical)]);
  return [...own, ...base.filter(({ api }) => !named.has(api))];
}

/** `http` and `node:http` are one. */
function canonical(api: string): string {
  return isBuiltin(api) && !api.startsWith('node:') && api !== 'process' ? `node:${api}` : api;
}
