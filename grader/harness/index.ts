/** All that a hidden check may use. */

export type { Random } from '../core/random.ts';
export type { ModuleHandle, ObjectHandle, Subject } from '../subject/types.ts';
export { type CheckContext, type CheckOptions, check } from './check.ts';
export { eventually } from './eventually.ts';
export { type Cause, expectEqual, expectThrows, expectTrue, fail, shape, show, z } from './expectations.ts';
export { type Exchange, exhibitOf, expectResponse, type RawConnection } from './http.ts';
export { type ClosedLoopOptions, closedLoop, type LoadReport } from './load.ts';
