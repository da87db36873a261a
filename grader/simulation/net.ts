/** A network that loses, doubles, delays and reorders messages, and can be cut in two. */
import type { Clock, Net, Rng } from '../../exercises/kernel/types.ts';
import type { Delay } from './faults.ts';
import type { Trace } from './trace.ts';

/** How a way from one node to another behaves. Chances are from 0 to 1. */
export interface LinkOptions {
  /** Milliseconds on the way; a range reorders messages. */
  readonly delay?: Delay;
  /** Chance that a message is lost. */
  readonly drop?: number;
  /** Chance that a message arrives twice, each time after its own delay. */
  readonly duplicate?: number;
  /** Chance that a message takes `slowDelay` instead: the tail that real networks have. */
  readonly slow?: number;
  readonly slowDelay?: Delay;
  /** Messages arrive in the order in which they were sent, as through one TCP connection. */
  readonly ordered?: boolean;
}

export interface NetCounts {
  /** Messages that nodes sent. */
  sent: number;
  /** Messages that a node's handler was given; doubled ones count twice. */
  delivered: number;
  /** Lost by chance, by a partition, or because nobody listened. */
  lost: number;
  duplicated: number;
}

type Handler = (from: string, message: unknown) => void;

const standard: Required<LinkOptions> = {
  delay: [1, 10],
  drop: 0,
  duplicate: 0,
  slow: 0,
  slowDelay: [100, 1_000],
  ordered: false,
};

export class SimNet {
  readonly counts: NetCounts = { sent: 0, delivered: 0, lost: 0, duplicated: 0 };
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #trace: Trace | undefined;
  readonly #handlers = new Map<string, Handler>();
  /** Silences the view that a node was given last. */
  readonly #retire = new Map<string, () => void>();
  readonly #links = new Map<string, LinkOptions>();
  /** When the last message of an ordered link arrives. */
  readonly #lastArrival = new Map<string, number>();
  #everyLink: LinkOptions;
  /** The group of each node while the network is cut. Nodes that are in none reach nobody. */
  #groups: ReadonlyMap<string, number> | undefined;

  constructor(clock: Clock, rng: Rng, options: LinkOptions = {}, trace?: Trace) {
    this.#clock = clock;
    this.#rng = rng;
    this.#everyLink = options;
    this.#trace = trace;
  }

  /** A node's own view. Asking again for a name is that node after a restart: it replaces the old one. */
  node(name: string): Net {
    let current = true;
    this.#retire.get(name)?.();
    this.#retire.set(name, () => {
      current = false;
    });
    return {
      send: (to, message) => {
        if (current) this.#send(name, to, message);
      },
      onMessage: (handler) => {
        if (current) this.#handlers.set(name, handler);
      },
    };
  }

  /** A node is gone: it hears nothing, and what its old code still sends is not sent. */
  kill(name: string): void {
    this.#retire.get(name)?.();
    this.#handlers.delete(name);
  }

  /** How all links behave from now on that were not set one by one. */
  setAll(options: LinkOptions): void {
    this.#everyLink = options;
  }

  /** How the way from one node to another behaves from now on; the way back is another link. */
  setLink(from: string, to: string, options: LinkOptions): void {
    this.#links.set(key(from, to), options);
  }

  /** Cuts the network: nodes reach only those of their own group. Also stops what is on its way. */
  partition(...groups: readonly (readonly string[])[]): void {
    this.#groups = new Map(groups.flatMap((names, group) => names.map((name) => [name, group] as const)));
    this.#note(`partition ${groups.map((names) => names.join('+')).join(' | ')}`);
  }

  /** Joins all groups. */
  heal(): void {
    this.#groups = undefined;
    this.#note('heal');
  }

  #send(from: string, to: string, message: unknown): void {
    this.counts.sent++;
    const link = { ...standard, ...this.#everyLink, ...this.#links.get(key(from, to)) };
    // Both are asked every time, so that turning one fault on does not shift the others' chances.
    const dropped = this.#rng.next() < link.drop;
    const doubled = this.#rng.next() < link.duplicate;
    const copies = doubled ? 2 : 1;
    if (doubled) this.counts.duplicated++;
    for (let copy = 0; copy < copies; copy++) {
      // A copy: what the sender or another receiver does to its object must not be seen elsewhere.
      const content: unknown = structuredClone(message);
      const arrival = this.#arrival(from, to, link);
      if (dropped || !this.#connected(from, to)) this.#lose(from, to);
      else this.#clock.timer(arrival - this.#clock.now(), () => this.#deliver(from, to, content));
    }
  }

  #arrival(from: string, to: string, link: Required<LinkOptions>): number {
    const delay = this.#rng.next() < link.slow ? link.slowDelay : link.delay;
    const arrival = this.#clock.now() + pick(delay, this.#rng);
    if (!link.ordered) return arrival;
    const last = Math.max(arrival, this.#lastArrival.get(key(from, to)) ?? arrival);
    this.#lastArrival.set(key(from, to), last);
    return last;
  }

  #deliver(from: string, to: string, message: unknown): void {
    const handler = this.#handlers.get(to);
    if (handler === undefined || !this.#connected(from, to)) {
      this.#lose(from, to);
      return;
    }
    this.counts.delivered++;
    this.#note(`${from} -> ${to} ${summary(message)}`);
    handler(from, message);
  }

  #lose(from: string, to: string): void {
    this.counts.lost++;
    this.#note(`${from} -x ${to}`);
  }

  #connected(from: string, to: string): boolean {
    if (this.#groups === undefined || from === to) return true;
    const group = this.#groups.get(from);
    return group !== undefined && group === this.#groups.get(to);
  }

  #note(what: string): void {
    this.#trace?.note(this.#clock.now(), what);
  }
}

function key(from: string, to: string): string {
  return `${from}\n${to}`;
}

function pick(delay: Delay, rng: Rng): number {
  const draw = rng.next();
  return typeof delay === 'number' ? delay : delay[0] + Math.floor(draw * (delay[1] - delay[0] + 1));
}

/** A message in a timeline: short, and the same for equal messages. */
function summary(message: unknown): string {
  try {
    return (JSON.stringify(message) ?? String(message)).slice(0, 120);
  } catch {
    return String(message).slice(0, 120); // a bigint or a circle
  }
}
