/** The systematic test: the same load with ever more clients, on one server that goes on running. */

import type { LoadProgress } from './load.ts';
import { type MeasureOptions, measure, type Side } from './measure.ts';
import type { Measurement } from './types.ts';

export interface SweepProgress extends LoadProgress {
  readonly clients: number;
  /** Counted from 1. */
  readonly step: number;
  readonly steps: number;
}

export interface SweepOptions extends Omit<MeasureOptions, 'onProgress'> {
  readonly onProgress?: (progress: SweepProgress) => void;
  /** Called with each measurement when it is there. */
  readonly onMeasured?: (measurement: Measurement) => void;
}

/**
 * Each count in turn, warmed up anew. Ends before the last one when it is aborted, or when the server is gone: then
 * what was measured is there, the last of it perhaps in part.
 */
export async function sweep(
  clients: readonly number[],
  side: Side,
  { signal, onProgress, onMeasured }: SweepOptions = {},
): Promise<Measurement[]> {
  const measured: Measurement[] = [];
  let isGone = false;
  void side.server?.exited.then(() => {
    isGone = true;
  });
  for (const [index, count] of clients.entries()) {
    if (isGone || signal?.aborted) break;
    const step = { clients: count, step: index + 1, steps: clients.length };
    const measurement = await measure(
      { ...side, spec: { ...side.spec, clients: count } },
      {
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress === undefined
          ? {}
          : { onProgress: (progress) => onProgress({ ...progress, ...step }) }),
      },
    );
    // Stopped in the warm-up, it has no figure.
    if (measurement.result.interrupted && measurement.result.sent === 0) break;
    measured.push(measurement);
    onMeasured?.(measurement);
  }
  return measured;
}
