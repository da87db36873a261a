import type { Mutant } from '../../../instructor/mutant.ts';

export const mutants: Mutant[] = [
  {
    id: 'merged-counts-as-new',
    misconception: 'count is the number of different buckets, since equal values add nothing',
    file: 'histogram.ts',
    find: '    this.#count += 1;',
    replace: '    if (this.#counts[bucket] === 1) this.#count += 1;',
    killedBy: 'counts-values',
  },
  {
    id: 'rank-rounded-down',
    misconception: 'the rank is p * count, cut to a whole number',
    file: 'histogram.ts',
    find: 'Math.ceil(p * this.#count)',
    replace: 'Math.floor(p * this.#count)',
    killedBy: 'nearest-rank',
  },
  {
    id: 'lower-edge',
    misconception: 'the lower edge of a bucket stands for its values',
    file: 'histogram.ts',
    find: 'return (2 * growth ** (bucket + 1)) / (growth + 1);',
    replace: 'return growth ** bucket;',
    killedBy: 'within-1-percent',
  },
  {
    id: 'powers-of-two',
    misconception: 'a bucket per power of two is fine enough',
    file: 'histogram.ts',
    find: 'const growth = 1.02;',
    replace: 'const growth = 2;',
    killedBy: 'within-1-percent',
  },
  {
    id: 'no-lower-bound',
    misconception: 'nothing takes less than a microsecond, so nothing needs to be done about it',
    file: 'histogram.ts',
    find: 'Math.min(Math.max(us, lowestUs), highestUs)',
    replace: 'Math.min(us, highestUs, highestUs + lowestUs)',
    killedBy: 'range',
  },
  {
    id: 'merge-forgets-count',
    misconception: 'merging adds the counters; the count follows by itself',
    file: 'histogram.ts',
    find: '    this.#count += other.#count;',
    replace: '    this.#count = Math.max(this.#count, other.#count);',
    killedBy: 'merge',
  },
  {
    id: 'keeps-values',
    misconception: 'keeping the values beside the counters costs nothing until someone looks at them',
    file: 'histogram.ts',
    find: '  #count = 0;',
    replace: `  readonly #values: number[] = [];
  get #count(): number {
    return this.#values.length;
  }
  set #count(count: number) {
    while (this.#values.length < count) this.#values.push(Math.random());
  }`,
    killedBy: 'memory',
  },
  {
    id: 'searches-bucket',
    misconception: 'walking up the edges finds the bucket fast enough',
    file: 'histogram.ts',
    find: '    const bucket = Math.floor(Math.log(bounded) * perLog);',
    replace: `    let bucket = 0;
    for (let edge = growth; edge <= bounded && bucket < buckets - 1; edge *= growth) bucket += 1;`,
    killedBy: 'record-cpu',
  },
  {
    id: 'successes-have-no-status',
    misconception: 'ok and the other statuses are two different books',
    file: 'loadgen.ts',
    find: '      this.statuses[outcome.status] = (this.statuses[outcome.status] ?? 0) + 1;',
    replace:
      '      if (outcome.status > 299) this.statuses[outcome.status] = (this.statuses[outcome.status] ?? 0) + 1;',
    killedBy: 'tally',
  },
  {
    id: 'own-body',
    misconception: 'the body does not matter to a load test',
    file: 'loadgen.ts',
    find: 'await connection.send(body)',
    replace: "await connection.send(body === '' ? body : '{}')",
    killedBy: 'posts-metrics',
  },
  {
    id: 'any-reply-succeeds',
    misconception: 'a server that answers works',
    file: 'loadgen.ts',
    find: '      if (outcome.status < 200 || outcome.status > 299) return;',
    replace: '      if (outcome.status === 0) return;',
    killedBy: 'only-2xx',
  },
  {
    id: 'refusals-have-latency',
    misconception: 'every reply took its time, so every reply belongs in the latencies',
    file: 'loadgen.ts',
    find: '      if (outcome.status < 200 || outcome.status > 299) return;',
    replace: '      if (outcome.status < 200 || outcome.status > 299) return this.#latencies.record(us);',
    killedBy: 'success-latency',
  },
  {
    id: 'timeouts-are-resets',
    misconception: 'a request that failed has failed, however',
    file: 'loadgen.ts',
    find: "if (outcome.kind === 'timeout') this.timeouts += 1;",
    replace: "if (outcome.kind === 'timeout') this.resets += 1;",
    killedBy: 'timeouts',
  },
  {
    id: 'resets-vanish',
    misconception: 'what never got an answer was no request',
    file: 'loadgen.ts',
    find: "else if (outcome.kind === 'reset') this.resets += 1;",
    replace: "else if (outcome.kind === 'reset') return;",
    killedBy: 'resets',
  },
  {
    id: 'gives-up-when-refused',
    misconception: 'when nobody listens there is nothing to report',
    file: 'loadgen.ts',
    find: '      const outcome = await connection.send(body);',
    replace: `      const outcome = await connection.send(body);
      if (outcome.kind === 'reset' && tally.ok === 0) throw new Error('the server is not there');`,
    killedBy: 'nobody-there',
  },
  {
    id: 'sleeps-between',
    misconception: 'a client pauses between two requests, as users do',
    file: 'loadgen.ts',
    find: ': performance.now();\n      next += 1;',
    replace:
      ": performance.now();\n      if (mode === 'closed') await waitUntil(performance.now() + 100);\n      next += 1;",
    killedBy: 'closed-loop',
  },
  {
    id: 'milliseconds',
    misconception: 'performance.now() counts microseconds',
    file: 'loadgen.ts',
    find: '(performance.now() - due) * 1_000',
    replace: 'performance.now() - due',
    killedBy: 'microseconds',
  },
  {
    id: 'whole-seconds',
    misconception: 'the seconds of a run are a whole number',
    file: 'loadgen.ts',
    find: '(n * 1_000) / elapsedMs',
    replace: 'n / Math.max(1, Math.floor(elapsedMs / 1_000))',
    killedBy: 'elapsed',
  },
  {
    id: 'run-ends-with-last-reply',
    misconception: 'the run is over when the last reply is there',
    file: 'loadgen.ts',
    find: 'Math.max(ms, performance.now() - start)',
    replace: 'performance.now() - start',
    killedBy: 'open-schedule',
  },
  {
    id: 'burst-each-second',
    misconception: 'a rate per second means a bundle each second',
    file: 'loadgen.ts',
    find: '(next * 1_000) / rate',
    replace: 'Math.floor(next / rate) * 1_000',
    killedBy: 'open-schedule',
  },
  {
    id: 'planned-rounded-down',
    misconception: 'rate times time, cut to a whole number, is how many requests are due',
    file: 'loadgen.ts',
    find: 'Math.ceil((rate * ms) / 1_000)',
    replace: 'Math.floor((rate * ms) / 1_000)',
    killedBy: 'open-schedule',
  },
  {
    id: 'takes-what-is-due-later',
    misconception: 'while there is time, there is a next request',
    file: 'loadgen.ts',
    find: 'while (next < timetable && performance.now() < start + ms)',
    replace: 'while (performance.now() < start + ms)',
    killedBy: 'open-schedule',
  },
  {
    id: 'slices',
    misconception: 'each client has its own share of the timetable: every n-th request',
    file: 'loadgen.ts',
    find: `  const client = async (): Promise<void> => {
    const connection = new Connection(url, timeoutMs);
    // All clients take from one timetable: whoever is free gets the request that is due first.
    while (next < timetable && performance.now() < start + ms) {
      const due = mode === 'open' ? start + (next * 1_000) / rate : performance.now();`,
    replace: `  const client = async (_: unknown, index: number): Promise<void> => {
    const connection = new Connection(url, timeoutMs);
    for (let i = index; i < timetable && performance.now() < start + ms; i += clients) {
      const due = mode === 'open' ? start + (i * 1_000) / rate : performance.now();`,
    killedBy: 'one-timetable',
  },
  {
    id: 'never-closes',
    misconception: 'a connection that nobody uses any more goes away by itself',
    file: 'loadgen.ts',
    find: '    connection.close();\n',
    replace: '',
    killedBy: 'sockets',
  },
  {
    id: 'connection-per-request',
    misconception: 'a connection is opened for each request',
    file: 'loadgen.ts',
    find: 'await connection.send(body)',
    replace: 'await new Connection(url, timeoutMs).send(body)',
    killedBy: 'sockets',
  },
  {
    id: 'latency-from-send',
    misconception: 'latency starts when the request is sent: before that, the server knows nothing of it',
    file: 'loadgen.ts',
    find: `      const outcome = await connection.send(body);
      // From when it was due, not from when it was sent: waiting for a free connection is waiting too.
      tally.add(outcome, (performance.now() - due) * 1_000);`,
    replace: `      const sent = performance.now();
      const outcome = await connection.send(body);
      tally.add(outcome, (performance.now() - sent) * 1_000);`,
    killedBy: 'sees-stalls',
  },
  {
    id: 'corrects-closed',
    misconception: 'a closed loop needs the same timetable, else it misses the stall',
    file: 'loadgen.ts',
    find: ': performance.now();',
    replace: ': start + next * 2;',
    killedBy: 'closed-misses',
  },
  {
    id: 'unsent-forgotten',
    misconception: 'what was never sent was never planned',
    file: 'loadgen.ts',
    find: "const planned = mode === 'open' ? timetable : next;",
    replace: 'const planned = next;',
    killedBy: 'offered-and-achieved',
  },
  {
    id: 'sends-all-whatever',
    misconception: 'every request of the timetable must be sent, however late',
    file: 'loadgen.ts',
    find: 'while (next < timetable && performance.now() < start + ms)',
    replace: "while (next < timetable && (mode === 'open' || performance.now() < start + ms))",
    killedBy: 'stops-on-time',
  },
  {
    id: 'seed-unused',
    misconception: 'random bodies are random bodies',
    file: 'loadgen.ts',
    find: 'createRng(seed)',
    replace: 'createRng(seed + Date.now())',
    killedBy: 'same-seed',
  },
];
