/**
 * When the checks may begin. Their thread takes 200 ms to start, so it is started ahead (craft watch: when the last run
 * has ended) and then waits here, first for what will be checked, then for the compiler:
 *
 *   pipeline: prepare(config)      the student's process starts, while the compiler works
 *   pipeline: go, or stop          the checks begin, or there is nothing to check
 *
 * The thread may come before or after either: it says `here`, and every message says all that is known.
 */
import { BroadcastChannel } from 'node:worker_threads';
import type { HarnessConfig } from './context.ts';

interface Known {
  readonly config?: HarnessConfig;
  readonly begins?: boolean;
}

/** The pipeline's end. Of `go` and `stop` the first one counts. */
export interface Starter {
  readonly name: string;
  prepare(config: HarnessConfig): void;
  go(): void;
  /** False when it came too late. */
  stop(): boolean;
  close(): void;
}

export function openStarter(name: string): Starter {
  const channel = new BroadcastChannel(name);
  let known: Known = {};
  let isOpen = true;
  const say = (more: Known): boolean => {
    if (!isOpen || known.begins !== undefined) return false;
    known = { ...known, ...more };
    channel.postMessage(known);
    return true;
  };
  channel.onmessage = () => channel.postMessage(known);
  // Checks that wait must not keep craft from ending.
  channel.unref();
  return {
    name,
    prepare: (config) => void say({ config }),
    go: () => void say({ begins: true }),
    stop: () => say({ begins: false }),
    close: () => {
      isOpen = false;
      channel.close();
    },
  };
}

/** The checks' end. */
export interface Start {
  /** What will be checked; undefined when there is nothing to come. */
  readonly prepared: Promise<HarnessConfig | undefined>;
  /** Whether the checks may begin. */
  readonly begins: Promise<boolean>;
}

export function awaitStart(name: string): Start {
  const channel = new BroadcastChannel(name);
  let prepare = (_: HarnessConfig | undefined): void => {};
  let begin = (_: boolean): void => {};
  const prepared = new Promise<HarnessConfig | undefined>((resolve) => {
    prepare = resolve;
  });
  const begins = new Promise<boolean>((resolve) => {
    begin = resolve;
  });
  channel.onmessage = ({ data }: { data: unknown }) => {
    const known = data as Known;
    if (known.config !== undefined || known.begins !== undefined) prepare(known.config);
    if (known.begins === undefined) return;
    begin(known.begins);
    channel.close();
  };
  channel.postMessage('here');
  return { prepared, begins };
}
