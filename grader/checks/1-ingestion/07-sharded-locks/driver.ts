/** Locks and hashes: what is asked of `mutex.ts` and `hash.ts` inside the subject. */
import { student } from '../../../harness/driver.ts';
import { Explorer } from './explore.ts';
import { direct, record, watch } from './stage.ts';
import type { Found, Program } from './states.ts';
import { runThreads } from './threads.ts';

const { SabMutex } =
  await student<typeof import('../../../../exercises/1-ingestion/07-sharded-locks/mutex.ts')>('mutex.ts');

function newCells(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * length));
}

/** Calls on cells 1 and 2 of four: `try 1`, `lock 1`, `unlock 1`. What each came to, and the four cells at the end. */
export function calls(script: readonly string[]): { answers: string[]; others: number[] } {
  const cells = newCells(4);
  const answers = script.map((line) => {
    const [call, cell] = line.split(' ');
    // A new object each time: whatever a thread knows of a lock must be in the cell.
    const mutex = new SabMutex(cells, Number(cell));
    return attempt(() => {
      if (call === 'try') return String(mutex.tryLock());
      if (call === 'lock') mutex.lock();
      else mutex.unlock();
      return 'done';
    });
  });
  return { answers, others: [cells[0] ?? 0, cells[3] ?? 0] };
}

/** What an act returned, or what it threw; a lock that would sleep, with nobody to wake it, throws instead. */
function attempt(act: () => string): string {
  try {
    return direct((access, run) => {
      if (access.kind === 'wait' && access.cells[access.index] === access.args[0]) throw new Asleep();
      return run();
    }, act);
  } catch (error) {
    if (error instanceof Asleep) return 'sleeps';
    if (!(error instanceof Error) || error.message.startsWith('TODO(human)')) throw error;
    return `threw ${error.name}`;
  }
}

class Asleep extends Error {}

/** with(): what it returned, whether the lock was held inside, what came out of it, and whether it was free afterwards. */
export function withBody(mode: 'returns' | 'throws'): Record<string, unknown> {
  const cells = newCells(1);
  const mutex = new SabMutex(cells, 0);
  const other = new SabMutex(cells, 0);
  const thrown = new RangeError('from the body');
  let wasHeld: boolean | undefined;
  const outcome = ((): string => {
    try {
      return mutex.with(() => {
        wasHeld = !other.tryLock();
        if (mode === 'throws') throw thrown;
        return 'the value of the body';
      });
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('TODO(human)')) throw error;
      return error === thrown ? 'the error of the body' : `another error: ${String(error)}`;
    }
  })();
  return { outcome, wasHeld, freeAfterwards: other.tryLock() };
}

/** How many calls of Atomics so many rounds of lock and unlock take when nobody else is there. */
export function uncontended(rounds: number): { calls: number; notifies: number } {
  const cells = newCells(1);
  const mutex = new SabMutex(cells, 0);
  const accesses = record(() => {
    for (let i = 0; i < rounds; i++) {
      mutex.lock();
      mutex.unlock();
    }
  });
  return { calls: accesses.length, notifies: accesses.filter(({ kind }) => kind === 'notify').length };
}

/** One thread each: `l` lock, section, unlock; `t` the same if tryLock says so; `w` with(). Several: one after another. */
export function everyOrder(threads: readonly string[]): Found {
  const alike = new Set(threads).size === 1;
  return new Explorer({ bytes: 4, programs: threads.map(programOf), judge: judgeSection, alike }).explore();
}

function programOf(script: string): Program {
  return (buffer, tell) => {
    const mutex = new SabMutex(watch(new Int32Array(buffer)), 0);
    const section = (): void => {
      tell('is inside');
      tell('goes out');
    };
    for (const letter of script) {
      if (letter === 'w') mutex.with(section);
      else if (letter === 'l' || mutex.tryLock()) {
        if (letter === 'l') mutex.lock();
        section();
        mutex.unlock();
      }
    }
  };
}

function judgeSection(told: readonly string[]): string | undefined {
  const inside = new Set<string>();
  for (const line of told) {
    const [name = '', text] = line.split(': ');
    if (text === 'goes out') inside.delete(name);
    else inside.add(name);
  }
  return inside.size > 1 ? `${[...inside].join(' and ')} were inside at once` : undefined;
}

/** B asks for the lock while A is inside and does not move: what becomes of B, and what A's unlock does then. */
export function waiter(): Found {
  const explorer = new Explorer({
    bytes: 4,
    programs: [programOf('l'), programOf('l')],
    judge: judgeSection,
  });
  let state = explorer.start();
  while (state.told.length === 0) {
    const next = explorer.step(state, 0);
    if ('problem' in next) return { states: 0, plain: false, woken: 0, timed: false, problem: next.problem };
    state = next;
  }
  for (const index of [1, 0, 1]) {
    const next = explorer.runAlone(state, index);
    if ('problem' in next) return { states: 0, plain: false, woken: 0, timed: false, problem: next.problem };
    state = next;
  }
  const isOver = state.threads.every(({ status }) => status === 'done');
  return isOver ? { states: 1, plain: false, woken: 0, timed: false } : explorer.exploreFrom(state);
}

/** Several locks at a time; each thread names cells, as `0 1`, or `1@1` for cell 1 of an array that begins at cell 1. */
export function manyLocks(threads: readonly string[]): Found {
  const programs = threads.map((script): Program => {
    return (buffer, tell) => {
      const mutexes = script.split(' ').map((name) => {
        const [cell = '', from = '0'] = name.split('@');
        return new SabMutex(watch(new Int32Array(buffer, 4 * Number(from))), Number(cell));
      });
      SabMutex.withAll(mutexes, () => {
        tell('is inside');
        tell('goes out');
      });
    };
  });
  return new Explorer({ bytes: 16, programs, judge: judgeSection }).explore();
}

/** withAll(): what it returned or threw, which of three locks were held inside, and which are free afterwards. */
export function withAllBody(mode: 'returns' | 'throws', order: readonly number[]): Record<string, unknown> {
  const cells = newCells(3);
  const mutexes = [0, 1, 2].map((index) => new SabMutex(cells, index));
  const given = order.map((index) => new SabMutex(cells, index));
  const thrown = new RangeError('from the body');
  let held: number[] = [];
  const taken = (): number[] =>
    mutexes.flatMap((mutex, index) => {
      if (!mutex.tryLock()) return [index];
      mutex.unlock();
      return [];
    });
  const outcome = attempt(() => {
    try {
      return SabMutex.withAll(given, () => {
        held = taken();
        if (mode === 'throws') throw thrown;
        return 'the value of the body';
      });
    } catch (error) {
      if (error === thrown) return 'the error of the body';
      throw error;
    }
  });
  return { outcome, held, heldAfterwards: taken() };
}

/** Real threads: what the counter beside the lock came to. */
export async function increments(
  threads: number,
  rounds: number,
): Promise<{ hung: number; counter: number }> {
  const cells = newCells(2);
  const { reports } = await runThreads(
    Array.from({ length: threads }, () => ({ kind: 'count', cells, rounds }) as const),
  );
  return { hung: reports.filter((report) => report === undefined).length, counter: cells[1] ?? 0 };
}

/** Real threads that sleep with the lock held, so that the others must wait in nearly every round. */
export async function handOver(threads: number, rounds: number): Promise<{ hung: number; counter: number }> {
  const cells = newCells(2);
  const { reports } = await runThreads(
    Array.from({ length: threads }, () => ({ kind: 'hold', cells, rounds, holdMs: 0.05 }) as const),
  );
  return { hung: reports.filter((report) => report === undefined).length, counter: cells[1] ?? 0 };
}

/** CPU time of this whole process while a thread waits for so many milliseconds, and whether it got the lock then. */
export async function waitingCosts(ms: number): Promise<{ cpuMs: number; counter: number; early: boolean }> {
  const cells = newCells(2);
  const mutex = new SabMutex(cells, 0);
  mutex.lock();
  let cpuMs = 0;
  let early = false;
  await runThreads([{ kind: 'count', cells, rounds: 1 }], async () => {
    const pause = (time: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, time));
    await pause(50); // until it has begun to wait
    const before = process.cpuUsage();
    await pause(ms);
    const { user, system } = process.cpuUsage(before);
    cpuMs = (user + system) / 1_000;
    early = cells[1] !== 0;
    mutex.unlock();
  });
  return { cpuMs, counter: cells[1] ?? 0, early };
}
