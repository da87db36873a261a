/** The judge's end of the load client: starts it, speaks with it, ends it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CraftError } from '../core/errors.ts';
import { builtGraderRoot, graderRoot, moduleExtension } from '../core/paths.ts';
import type { LoadCommand, LoadReport, LoadRequest, LoadTarget } from './protocol.ts';
import { wrongReply } from './session.ts';
import type { GateRequest, HttpRatioGate } from './types.ts';

/** A child runs JavaScript: the built client, also when the tool's own tests run from the sources. */
const clientFile = join(moduleExtension === '.js' ? graderRoot : builtGraderRoot, 'gate', 'client.js');

export class Generator {
  readonly #child: ChildProcess;

  constructor() {
    // Neither the judge's flags (a loader, an inspector) nor its environment belong in the client.
    this.#child = fork(clientFile, [], {
      serialization: 'advanced',
      execArgv: [],
      env: {},
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  /** Opens the connections that the next runs use. */
  async open(target: LoadTarget): Promise<void> {
    await this.#ask({ verb: 'open', target });
  }

  /** One closed-loop run; rejects when a reply was wrong. */
  run(requests: number, ms: number): Promise<LoadReport> {
    return this.#ask({ verb: 'run', requests, ms });
  }

  async close(): Promise<void> {
    await this.#ask({ verb: 'close' });
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }

  async #ask(command: LoadCommand): Promise<LoadReport> {
    const gone = new AbortController();
    const { signal } = gone;
    const died = once(this.#child, 'exit', { signal }).then((): never => {
      throw new CraftError('INTERNAL', { message: "a gate's load client died" });
    });
    try {
      if (this.#child.exitCode !== null || this.#child.killed) {
        throw new CraftError('INTERNAL', { message: "a gate's load client is gone" });
      }
      this.#child.send(command);
      const [report] = (await Promise.race([once(this.#child, 'message', { signal }), died])) as [LoadReport];
      if (report.problem !== undefined) throw wrongReply(report.problem);
      return report;
    } finally {
      died.catch(() => {});
      gone.abort();
    }
  }
}

/** A gate's requests as bytes for one port. */
export function loadTarget(
  gate: HttpRatioGate,
  side: 'yardstick' | 'student',
  port: number,
  requests: readonly GateRequest[],
): LoadTarget {
  const close = gate[side].close ?? false;
  const encoded = requests.map((request) => encode(request, close));
  return { port, connections: gate.connections ?? 32, close, requests: encoded };
}

function encode(request: GateRequest, close: boolean): LoadRequest {
  const method = request.method ?? 'GET';
  const body = Buffer.from(request.body ?? '');
  const headers: Record<string, string> = {
    Host: 'localhost',
    Connection: close ? 'close' : 'keep-alive',
    ...request.headers,
  };
  if (request.body !== undefined) headers['Content-Length'] = String(body.length);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${method} ${request.path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  const expected = request.reply === undefined ? {} : { reply: Buffer.from(request.reply) };
  return {
    name: `${method} ${request.path}`,
    bytes: Buffer.concat([head, body]),
    status: request.status,
    ...expected,
  };
}
