import type { ForbiddenApi } from '../core/types.ts';
export function installTraps(_traps: readonly ForbiddenApi[]): void {}
