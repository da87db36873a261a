/** Runs one command in a jail to its end, and keeps what it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeFilter, openFilter } from './filter.ts';
import { type JailRequest, jailed } from './jailed.ts';

/** The streams come first, and the place of a channel, which is left free. */
const FILTER = 4;

export interface JailedRun {
  readonly timeoutMs: number;
  /** Bytes kept of stdout and of stderr; more than that ends the command. */
  readonly mostBytes: number;
  readonly signal?: AbortSignal;
  /** For its standard input; empty by default. */
  readonly input?: string;
}

/** How it ended. Of a command that a signal ended, bubblewrap reports 128 and the signal's number. */
export interface JailedEnd {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  readonly isCanceled: boolean;
}

/** Throws NO_JAIL when a program of the jail is missing. Nothing that the command started is left when it resolves. */
export async function runJailed(
  request: Omit<JailRequest, 'filter'>,
  { timeoutMs, mostBytes, signal, input = '' }: JailedRun,
): Promise<JailedEnd> {
  const child = start(request);
  let timedOut = false;
  const end = (): void => void child.kill('SIGKILL');
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, timeoutMs);
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted === true) end();
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name];
    stream?.setEncoding('utf8');
    stream?.on('data', (piece: string) => {
      text[name] += piece;
      if (text[name].length > mostBytes) end();
    });
  }
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { ...text, exitCode, timedOut, isCanceled: signal?.aborted === true };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }
}

function start(request: Omit<JailRequest, 'filter'>): ChildProcess {
  const filter = openFilter();
  try {
    const { command, args, env } = jailed({
      ...request,
      ...(filter === undefined ? {} : { filter: FILTER }),
    });
    return spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe', 'ignore', ...(filter === undefined ? [] : [filter])],
      // A group of its own: what it signals there is itself.
      detached: true,
      env,
    });
  } finally {
    closeFilter(filter);
  }
}
