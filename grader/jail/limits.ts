/** What a jail allows beside what core/limits.ts says of every subject. Units are in the names. */
import { limits } from '../core/limits.ts';
import type { JailLimits } from './jailed.ts';

/** For student code. */
export const subjectLimits: JailLimits = {
  cpuSeconds: limits.cpuSeconds,
  dataMb: 1_536,
  fileMb: 128,
  openFiles: 4_096,
  threads: 160,
  memoryFolderMb: 64,
};

/** For the compiler, and for what reads its output. */
export const toolLimits: JailLimits = {
  cpuSeconds: 40,
  dataMb: limits.compileMb,
  fileMb: 64,
  openFiles: 1_024,
  threads: 96,
  memoryFolderMb: 16,
};
