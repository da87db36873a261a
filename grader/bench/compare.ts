/**
 * Two servers against each other. Figures of one machine move by a factor of two within minutes, so the two take turns
 * of a few seconds, AB BA AB BA …, and each pair of turns gives one ratio: what the machine did to both cancels.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { CraftError } from '../core/errors.ts';
import { type End, ServerGone, type Taken } from './gone.ts';
import { type Load, type LoadProgress, openLoad } from './load.ts';
import { type MeasureOptions, type Side, type Turn, takeTurn, together } from './measure.ts';
import { ratioOf } from './pairs.ts';
import type { Comparison, LoadResult, Measurement } from './types.ts';

/** Pairs that count. */
const defaultRounds = 8;
/** All of it, warm-up included. */
const defaultBudgetMs = 60_000;
/** What a turn takes beside its time: replies that are under way, messages to the generator. */
const betweenMs = 100;
const shortestTurnMs = 200;
/** From the end of a process to the event that tells it, generously. */
const newsMs = 300;

export interface CompareProgress {
  /** Whose turn it is: the first or the second of the two. */
  readonly side: 'own' | 'other';
  /** The pair, from 1; 0 is the first one, which does not count, and the warm-up before it. */
  readonly round: number;
  readonly rounds: number;
  readonly elapsedMs: number;
  /** About; null in the warm-up. */
  readonly totalMs: number | null;
  readonly load: LoadProgress;
}

export interface CompareOptions {
  /** At least 2. */
  readonly rounds?: number;
  /** Of each turn; else so that all fits into the budget. */
  readonly turnMs?: number;
  readonly budgetMs?: number;
  /** Ends it early: the pairs that are whole count, if there are two. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CompareProgress) => void;
  /** Called after each turn, also of the pair that does not count. */
  readonly onTurn?: (turn: Pick<CompareProgress, 'side' | 'round'> & { readonly result: LoadResult }) => void;
}

/**
 * Loads both in turn. Rejects with INTERRUPTED when it is aborted before the second pair, with ServerGone (SERVER_DIED or
 * NOT_WRITTEN) when one of the servers ends, with INCONCLUSIVE when one serves nothing in a turn.
 */
export async function compare(
  own: Side,
  other: Side,
  options: CompareOptions = {},
): Promise<Comparison & { readonly own: Measurement }> {
  // Warmed up alike, whatever the other side's own load says.
  const sides = [own, { ...other, spec: { ...other.spec, warmup: own.spec.warmup } }] as const;
  const race = new Race(sides, options);
  try {
    return summarize(sides, await race.run());
  } finally {
    await race.end();
  }
}

/** The two turns of one round, own first, in whatever order they were taken. */
type Pair = readonly [own: Turn, other: Turn];
const places = [0, 1] as const;
const names = ['own', 'other'] as const;

class Race {
  readonly #sides: readonly [Side, Side];
  readonly #options: CompareOptions;
  readonly #rounds: number;
  readonly #startedAt = performance.now();
  readonly #loads: Load[] = [];
  /** Ends the turn under way: by the user, or because a server is gone. */
  readonly #stop = new AbortController();
  #end: End | undefined;
  readonly #taken: Taken[] = [];
  #totalMs: number | null = null;

  constructor(sides: readonly [Side, Side], options: CompareOptions) {
    this.#sides = sides;
    this.#options = options;
    this.#rounds = options.rounds ?? defaultRounds;
    options.signal?.addEventListener('abort', this.#abort, { once: true });
    if (options.signal?.aborted) this.#abort();
    for (const place of places) {
      void sides[place].server?.exited.then((exit) => {
        if (exit.error !== null) this.#end ??= { side: names[place], exit, error: exit.error };
        this.#abort();
      });
    }
  }

  readonly #abort = (): void => this.#stop.abort();

  async run(): Promise<Pair[]> {
    const loads = [await this.#open(0), await this.#open(1)] as const;
    for (const place of places) {
      await loads[place].warmUp(this.#reporting(place, 0));
      await this.#checkServers(place);
    }
    const ms = this.#turnMs();
    const pairs: Pair[] = [];
    for (let round = 0; round <= this.#rounds; round++) {
      const pair = await this.#takePair(loads, round, ms);
      if (pair === undefined) break;
      // The first pair still warms up: caches, the compiler, the CPU's clock.
      if (round > 0) pairs.push(pair);
    }
    if (pairs.length < 2) throw new CraftError('INTERRUPTED');
    return pairs;
  }

  /** Undefined when it was stopped before both had their turn. */
  async #takePair(loads: readonly [Load, Load], round: number, ms: number): Promise<Pair | undefined> {
    const turns: (Turn | undefined)[] = [];
    for (const place of round % 2 === 0 ? places : places.toReversed()) {
      if (this.#stop.signal.aborted) return undefined;
      const reporting = this.#reporting(place, round);
      const turn = await takeTurn(loads[place], this.#sides[place], { ms }, reporting);
      if (turn.result.sent > 0) this.#taken.push({ side: names[place], round, turn });
      await this.#checkServers(place, turn);
      if (turn.result.interrupted) return undefined;
      this.#checkServed(place, turn);
      turns[place] = turn;
      this.#options.onTurn?.({ side: names[place], round, result: turn.result });
    }
    const [own, other] = turns;
    return own && other && [own, other];
  }

  async end(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#abort);
    await Promise.all(this.#loads.map((load) => load.close()));
  }

  async #open(place: 0 | 1): Promise<Load> {
    const load = await openLoad(this.#sides[place].spec, { signal: this.#stop.signal });
    this.#loads.push(load);
    return load;
  }

  /** What is left of the budget after the warm-up, dealt out among all turns. */
  #turnMs(): number {
    const { turnMs, budgetMs = defaultBudgetMs } = this.#options;
    const elapsed = performance.now() - this.#startedAt;
    const turns = 2 * (this.#rounds + 1);
    const ms = turnMs ?? Math.max(shortestTurnMs, Math.floor((budgetMs - elapsed) / turns - betweenMs));
    this.#totalMs = elapsed + turns * (ms + betweenMs);
    return ms;
  }

  /** The news of a server's end may come a moment after the last refused connection. */
  async #checkServers(place: 0 | 1, turn?: Turn): Promise<void> {
    const { refused = 0, resets = 0 } = turn?.result.outcomes ?? {};
    const { server } = this.#sides[place];
    if (this.#end === undefined && server !== undefined && refused + resets > 0)
      await Promise.race([server.exited, pause(newsMs, undefined, { ref: false })]);
    if (this.#end !== undefined) throw new ServerGone(this.#end, this.#sides, this.#taken);
  }

  /** No ratio can be made of nothing. */
  #checkServed(place: 0 | 1, { result }: Turn): void {
    if (result.outcomes.succeeded > 0) return;
    const example = result.examples[0] === undefined ? '' : `: ${result.examples[0]}`;
    const reason = `${this.#sides[place].target.name} answered nothing right in ${Math.round(result.ms)} ms${example}`;
    throw new CraftError('INCONCLUSIVE', { title: 'The comparison', reason });
  }

  #reporting(place: 0 | 1, round: number): MeasureOptions {
    const { onProgress } = this.#options;
    const { signal } = this.#stop;
    if (onProgress === undefined) return { signal };
    const side = names[place];
    return {
      signal,
      onProgress: (load) => {
        const elapsedMs = performance.now() - this.#startedAt;
        onProgress({ side, round, rounds: this.#rounds, elapsedMs, totalMs: this.#totalMs, load });
      },
    };
  }
}

function summarize(sides: readonly [Side, Side], pairs: readonly Pair[]) {
  const ratio = (of: (result: LoadResult) => number) =>
    ratioOf(pairs.map(([own, other]) => [of(own.result), of(other.result)]));
  const rate = ratio((result) => result.rate);
  if (rate === null) {
    throw new CraftError('INCONCLUSIVE', {
      title: 'The comparison',
      reason: 'a turn was too short for a rate',
    });
  }
  return {
    other: sides[1].target,
    rounds: pairs.length,
    rate,
    p50: ratio(({ latency }) => latency?.p50 ?? 0),
    p99: ratio(({ latency }) => latency?.p99 ?? 0),
    measured: together(
      sides[1],
      pairs.map(([, other]) => other),
    ),
    own: together(
      sides[0],
      pairs.map(([own]) => own),
    ),
  };
}
