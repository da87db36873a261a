/** A whole world from one seed: one heap of events, one source of chance, and views of them for each node. */
import type { Clock, Net, Rng } from '../../exercises/kernel/types.ts';
import { SimClock } from './clock.ts';
import { SimDisk, type SimDiskOptions } from './disk.ts';
import type { Keep } from './image.ts';
import { type LinkOptions, SimNet } from './net.ts';
import { createRng } from './rng.ts';
import { Trace } from './trace.ts';

/** What one node may ask of the world. */
export interface SimNode {
  readonly name: string;
  readonly clock: Clock;
  readonly net: Net;
  readonly disk: SimDisk;
  readonly rng: Rng;
}

export interface SimulationOptions {
  readonly startMs?: number;
  readonly net?: LinkOptions;
  readonly disk?: SimDiskOptions;
}

export class Simulation {
  readonly rng: Rng;
  readonly trace = new Trace();
  readonly clock: SimClock;
  readonly net: SimNet;
  readonly #options: SimulationOptions;
  readonly #disks = new Map<string, SimDisk>();
  readonly #stops = new Map<string, () => void>();

  constructor(seed: number, options: SimulationOptions = {}) {
    this.rng = createRng(seed);
    this.clock = new SimClock(options.startMs, this.trace);
    this.net = new SimNet(this.clock, this.rng, options.net, this.trace);
    this.#options = options;
  }

  /** Starts a node, or starts it again after `kill`: with the disk it had, and everything else new. */
  start(name: string): SimNode {
    this.#stops.get(name)?.();
    const { clock, stop } = nodeClock(this.clock);
    this.#stops.set(name, stop);
    return { name, clock, net: this.net.node(name), disk: this.#diskOf(name), rng: this.rng };
  }

  /** The power of a node fails: its timers never fire, it hears nothing, its disk keeps what `keep` says. */
  kill(name: string, keep: Keep = 'random'): void {
    this.trace.note(this.clock.now(), `kill ${name}`);
    this.#stops.get(name)?.();
    this.net.kill(name);
    this.#disks.get(name)?.crash(keep);
  }

  #diskOf(name: string): SimDisk {
    let disk = this.#disks.get(name);
    if (disk === undefined) {
      disk = new SimDisk(this.rng, { clock: this.clock, trace: this.trace, ...this.#options.disk });
      this.#disks.set(name, disk);
    }
    return disk;
  }
}

/** A view of the clock whose timers end together. */
function nodeClock(clock: SimClock): { clock: Clock; stop: () => void } {
  const cancels = new Set<() => void>();
  let stopped = false;
  const timer = (ms: number, fn: () => void): (() => void) => {
    if (stopped) return () => {};
    const cancel = clock.timer(ms, () => {
      cancels.delete(cancel);
      fn();
    });
    cancels.add(cancel);
    return () => {
      cancels.delete(cancel);
      cancel();
    };
  };
  return {
    clock: {
      now: () => clock.now(),
      sleep: (ms) => new Promise((resolve) => void timer(ms, resolve)),
      timer,
    },
    stop: () => {
      stopped = true;
      for (const cancel of cancels) cancel();
      cancels.clear();
    },
  };
}
