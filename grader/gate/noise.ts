/** How noisy this machine is just now, read in a fraction of a second. */
import { highest, lowest, median } from './statistics.ts';

export interface Noise {
  /** Slowest over fastest of twenty equal pieces of work, by CPU time: 1.05 is quiet. */
  readonly cpuSpread: number;
  /** Wall time over CPU time of that work: 1.0 when nobody else wanted the processor. */
  readonly contention: number;
  /** How late a timer of 1 ms fires, 19 of 20 times at most, in ms. */
  readonly timerLateMs: number;
  /** Median CPU time of one piece of work: machines compared. */
  readonly pieceMs: number;
}

/** Keeps the compiler from deleting the work. */
const sink = { value: 0 };

function work(rounds: number): void {
  let x = 1;
  for (let i = 0; i < rounds; i++) x = (Math.imul(x, 1_103_515_245) + 12_345) | 0;
  sink.value ^= x;
}

interface Piece {
  readonly cpuMs: number;
  readonly wallMs: number;
}

function timed(rounds: number): Piece {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  work(rounds);
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: (user + system) / 1000, wallMs: performance.now() - wall };
}

/** Some 4 ms of work on the machines of today. */
const pieceRounds = 4_000_000;

/** Wall over CPU time of about 15 ms of work: 1 when alone, 2 when the processor is shared with one other. */
export function contention(): number {
  const pieces = [0, 1, 2, 3].map(() => timed(pieceRounds));
  const wall = pieces.reduce((sum, piece) => sum + piece.wallMs, 0);
  const cpu = pieces.reduce((sum, piece) => sum + piece.cpuMs, 0);
  return Math.max(1, wall / Math.max(cpu, 0.001));
}

/** Reads the noise of this machine; about 0.3 s, at most 1 s. */
export async function measureNoise(): Promise<Noise> {
  const endBy = performance.now() + 800;
  for (let i = 0; i < 3; i++) timed(pieceRounds);
  const pieces: Piece[] = [];
  const late: number[] = [];
  while (pieces.length < 20 && performance.now() < endBy) {
    pieces.push(timed(pieceRounds));
    for (let i = 0; i < 3; i++) late.push(await lateness());
  }
  const cpu = pieces.map((piece) => piece.cpuMs);
  const wall = pieces.reduce((sum, piece) => sum + piece.wallMs, 0);
  const sorted = late.toSorted((a, b) => a - b);
  return {
    cpuSpread: highest(cpu) / lowest(cpu),
    contention: Math.max(1, wall / cpu.reduce((sum, ms) => sum + ms, 0)),
    timerLateMs: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
    pieceMs: median(cpu),
  };
}

/** By how much one timer of 1 ms was late. */
async function lateness(): Promise<number> {
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 1));
  return Math.max(0, performance.now() - start - 1);
}
