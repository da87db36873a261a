/** A place that student code cannot leave: for grading other people's work. */
export { closeFilter, openFilter } from './filter.ts';
export { hasJail, type JailedCommand, type JailLimits, type JailRequest, jailed } from './jailed.ts';
export { subjectLimits, toolLimits } from './limits.ts';
export { hasPrivateNetwork, sharedRoot, withPrivateNetwork } from './network.ts';
export { probeTier, type TierProbe } from './probe.ts';
export { type JailedEnd, type JailedRun, runJailed } from './run.ts';
export { handOver, type SlotUser, slotUser } from './user.ts';
