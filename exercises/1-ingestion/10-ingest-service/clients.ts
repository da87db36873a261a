/**
 * Who may send now? A limit for each client (1.6), and a limit for the number of clients: each that is known costs
 * memory, and anybody can invent a million names.
 */
import type { Clock } from '../../kernel/index.ts';
// Given: both will be of use.
//   import { SlidingWindow, SWEEP_AT_MOST } from '../06-rate-limit/window.ts';
//   import { Generations } from './generations.ts';

export interface ClientOptions {
  readonly clock: Clock;
  /** Requests that a client may send in any `windowMs`. */
  readonly limit: number;
  readonly windowMs: number;
  /** How many clients may be known at a time. */
  readonly maxClients: number;
}

/** `limited`: this client has sent too much. `crowded`: it is new, and there is no room for new ones. */
export type Verdict = 'welcome' | 'limited' | 'crowded';

export class Clients {
  constructor(options: ClientOptions) {
    // TODO(human): 3. Make a window, and remember who is in it. Contract: invariant 6. (README: Task 3)
    throw new Error('TODO(human): make the window and the memory of its clients');
  }

  /** How many are known. */
  get size(): number {
    throw new Error('TODO(human): tell how many clients are known');
  }

  /** Asks for one request of `client`. Who is not welcome leaves nothing behind. */
  admit(client: string): Verdict {
    // TODO(human): 3. Forget who is silent; is this one known, or is there room? Then ask the window.
    // Contract: invariant 6. (README: Task 3)
    throw new Error('TODO(human): let the client in, or not');
  }

  /** Whole seconds, for the header of that name: rounded up, at least 1. For a stranger: when there may be room. */
  retryAfter(client: string): number {
    throw new Error('TODO(human): say when to come back');
  }
}
