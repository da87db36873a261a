/** Simulated time, disk and network: everything repeats from one seed. */
export { drain, SimClock } from './clock.ts';
export { type DiskCounts, SimDisk, type SimDiskOptions } from './disk.ts';
export type { Delay, DiskOperation } from './faults.ts';
export type { Keep } from './image.ts';
export { type LinkOptions, type NetCounts, SimNet } from './net.ts';
export { createRng } from './rng.ts';
export { type SimNode, Simulation, type SimulationOptions } from './simulation.ts';
export { Trace } from './trace.ts';
