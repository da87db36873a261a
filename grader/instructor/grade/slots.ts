/** The folders of a slot: those that its judge writes to are its judge's, all others are only read. */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Cell } from './cells.ts';
import { type Judge, startJudge } from './judgeprocess.ts';
import type { JudgeTask } from './protocol.ts';
import { type FoundTier, giveTo, wrapOf } from './tier.ts';
import type { Turns } from './turns.ts';

export interface Slots {
  startJudge(slot: number): Judge;
  /** What the judge of a slot needs for a cell; `done` takes it away. */
  prepare(cell: Cell, slot: number): Promise<{ task: JudgeTask; done(): Promise<void> }>;
}

export function createSlots(work: string, tier: FoundTier, turns: Turns): Slots {
  const make = (slot: number, name: string): string => {
    const folder = join(work, `slot-${slot}`, name);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    mkdirSync(folder, { recursive: true });
    // Whatever the umask is, the judge must come through.
    chmodSync(dirname(folder), 0o755);
    giveTo(tier, slot, folder);
    return folder;
  };
  return {
    startJudge: (slot) => startJudge({ ...wrapOf(tier, slot), temporary: make(slot, 'tmp'), turns }),
    prepare: async ({ from, lab, seed }, slot) => {
      const state = make(slot, 'state');
      const task: JudgeTask = {
        root: 'root' in from ? from.root : '',
        state,
        exercise: lab.exercise.id,
        sets: lab.sets,
        gates: lab.manifest.gates.map(({ id }) => id),
        seed,
        ...(tier.tier === 'sealed' ? { jail: { slot } } : {}),
      };
      return { task, done: async () => rmSync(state, { recursive: true, force: true, maxRetries: 3 }) };
    },
  };
}
