/** What the checks of this exercise share: a running server, and answers as they come over a connection that stays. */
import { setTimeout as pause } from 'node:timers/promises';
import { Expectation } from '../../../harness/expectations.ts';
import type { CheckContext, ModuleHandle } from '../../../harness/index.ts';
import { eventually, expectEqual, fail, shape, show, z } from '../../../harness/index.ts';
import { type Answer, Client, destroyClients } from './clients.ts';

export interface Setup {
  readonly headTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
  readonly maxPipelined?: number;
  readonly maxRequests?: number;
  readonly maxBody?: number;
  /** Whether the server gets words of its own for what it answers by itself: JSON. */
  readonly words?: boolean;
}

const Leftovers = z.object({ sockets: z.number(), timers: z.number() });
const Memory = z.object({ rssMb: z.number(), heldMb: z.number() });
const Held = z.object({ rssMb: z.number(), unsentMb: z.number() });

export interface Lab {
  readonly port: number;
  readonly driver: ModuleHandle;
  call(method: string, ...args: unknown[]): Promise<unknown>;
  /** A client that is connected, and known to the server. */
  client(): Promise<Client>;
  /** `METHOD target` of all that reached the handler. */
  requests(): Promise<string[]>;
  called(): Promise<number>;
  /** Waits until exactly these handlers are at work. */
  untilWaiting(targets: readonly string[], cause: string): Promise<void>;
  leftovers(): Promise<z.infer<typeof Leftovers>>;
  memory(): Promise<z.infer<typeof Memory>>;
  held(): Promise<z.infer<typeof Held>>;
  writes(): Promise<number>;
  /** Waits until no connection is open. */
  untilNoneOpen(after: string, cause: string): Promise<void>;
  /** Waits until `count` calls of close() have resolved. */
  untilClosed(count: number, cause: string): Promise<void>;
  /** Time in which all that is under way can arrive: questions to the server, and turns of its event loop. */
  settle(): Promise<void>;
}

/** Starts the student's server, lets `body` use it, and closes it. */
export async function withServer(
  context: CheckContext,
  setup: Setup,
  body: (lab: Lab) => Promise<void>,
): Promise<void> {
  const { subject } = context;
  const driver = await subject.driver();
  const service = await driver.hold('start', setup);
  const port = shape('what listen() resolved with', await service.call('port'), z.number().int().positive());
  const call = (method: string, ...args: unknown[]): Promise<unknown> => service.call(method, ...args);
  // What an earlier check has left is not this one's fault.
  const look = async (): Promise<z.infer<typeof Leftovers>> =>
    shape('leftovers', await driver.call('leftovers'), Leftovers);
  const before = await look();
  const leftovers = async (): Promise<z.infer<typeof Leftovers>> => {
    const { sockets, timers } = await look();
    return { sockets: Math.max(0, sockets - before.sockets), timers: timers - before.timers };
  };
  const waiting = async (): Promise<string[]> => shape('targets', await call('waiting'), z.array(z.string()));
  const lab: Lab = {
    port,
    driver,
    call,
    leftovers,
    client: async () => {
      const client = new Client(port);
      if (await client.until(() => client.isConnected)) return client;
      return fail({
        summary: `nobody accepts a connection on port ${port}`,
        expected: 'a server that listens there',
        received: 'connection refused',
      });
    },
    requests: async () => shape('the requests', await call('requests'), z.array(z.string())),
    called: async () => shape('calls', await call('called'), z.number()),
    untilWaiting: async (targets, cause) => {
      const wanted = [...targets].sort();
      const deadline = performance.now() + 4_000;
      let now = await waiting();
      while (now.length < wanted.length && performance.now() < deadline) {
        await pause(2);
        now = await waiting();
      }
      expectEqual('requests whose handlers are at work', now.sort(), wanted, cause);
    },
    memory: async () => shape('memory', await driver.call('memory'), Memory),
    held: async () => shape('MB', await driver.call('held'), Held),
    writes: async () => shape('writes', await driver.call('writesSoFar'), z.number()),
    untilNoneOpen: async (after, cause) => {
      await eventually(
        `${after}: every connection is closed`,
        async () => ((await leftovers()).sockets === 0 ? true : undefined),
        { cause, withinMs: 4_000 },
      );
    },
    untilClosed: async (count, cause) => {
      const done = async (): Promise<true | undefined> =>
        (await call('closed')) === count ? true : undefined;
      await eventually('close() resolves', done, { cause, withinMs: 4_000 });
    },
    settle: async () => {
      for (let turn = 0; turn < 5; turn++) {
        await pause(5);
        await leftovers();
      }
      await subject.settle();
    },
  };
  try {
    await body(lab);
  } finally {
    destroyClients();
    if (subject.alive) await service.call('stop').catch(() => {});
  }
}

/** A request as text, with a Host and whatever else is given. */
export function request(method: string, target: string, fields: readonly string[] = [], body = ''): string {
  return [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...fields, '', body].join('\r\n');
}

export const get = (target: string, ...fields: readonly string[]): string => request('GET', target, fields);

/** `count` targets that begin with `/<kind>/`. */
export function targetsOf(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `/${kind}/${i}`);
}

/** Waits for answer number `at` (from 0); fails when it does not come. */
export async function answerOf(client: Client, at: number, what: string, cause: string): Promise<Answer> {
  await client.until(() => client.answers.length > at);
  const answer = client.answers[at];
  if (answer !== undefined) return answer;
  const so = `${client.answers.length} answers`;
  const rest = client.rest === '' ? '' : `, and then ${show(client.rest.slice(0, 300))}`;
  const because = client.broken === undefined ? cause : framing;
  const why = client.ended ? 'and the end of the connection' : 'and nothing more within 5 s';
  fail({
    summary: `${what} got no answer`,
    expected: `answer number ${at + 1} of this connection`,
    received: client.broken === undefined ? `${so}${rest}, ${why}` : `${so}${rest}`,
    cause: because,
  });
}

const framing =
  'an answer ends where its Content-Length says, and nothing stands between two of them: is the length right, is a body sent after the head for HEAD, 204 or 304?';

/** The answers that a client has got, from number `from` on, are to these targets, in this order, each a 200. */
export async function expectAnswers(
  client: Client,
  targets: readonly string[],
  { what, cause, from = 0 }: { what: string; cause: string; from?: number },
): Promise<void> {
  await answerOf(client, from + targets.length - 1, what, cause);
  const got = client.answers.slice(from, from + targets.length);
  expectEqual(
    `the bodies of the answers to ${what}`,
    got.map(({ body }) => body),
    targets,
    cause,
  );
  const odd = got.find(({ status }) => status !== 200);
  if (odd !== undefined) expectEqual(`a status among the answers to ${what}`, odd.status, 200, cause);
}

/** `keep-alive` or `close`, as an answer says. */
export function afterOf(answer: Answer | undefined): string | undefined {
  return answer?.fields.get('connection')?.toLowerCase();
}

/** The server must end the connection, and send nothing before that. */
export async function expectEnd(client: Client, what: string, cause: string, ms = 5_000): Promise<void> {
  const { length } = client.answers;
  const ended = await client.until(() => client.ended, ms);
  const extra = client.answers.length > length || client.rest !== '';
  if (ended && !extra && client.broken === undefined) return;
  const last = client.answers[length];
  const come = last === undefined ? client.rest : `${last.status} ${last.body}`;
  fail({
    summary: `${what}: the connection must end`,
    expected: 'nothing more, and the end of the connection',
    received: extra ? show(come.slice(0, 300)) : 'the connection stays open',
    cause,
  });
}

/** What was thrown where nobody was waiting must not end the check in other words than these. */
export async function quietly(context: CheckContext, summary: string, cause: string): Promise<void> {
  try {
    await context.subject.settle();
  } catch (error) {
    if (error instanceof Expectation || !(error instanceof Error)) throw error;
    fail({ summary, expected: 'the server goes on', received: error.message, cause });
  }
}
