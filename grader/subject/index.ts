/** The student's code in its own process. */
export { locate, SubjectError } from './errors.ts';
export { startSubject } from './subject.ts';
export type { ModuleHandle, ObjectHandle, Plain, Subject, SubjectExit, SubjectOptions } from './types.ts';
