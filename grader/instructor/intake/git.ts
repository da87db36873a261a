/**
 * Runs git in a store of our own. Nothing of the user's or the machine's settings is read, no program but git's own is
 * started (for ssh: the user's ssh, which has to know the way), and all of it ends when its time is over.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CraftError } from '../../core/errors.ts';
import { errno } from '../../core/files.ts';
import { Refusal } from './refusal.ts';

const STDERR_BYTES = 65_536;
/** Of one process of git. */
const MEMORY_KB = 1_048_576;
/** For git at work on what is here already. */
export const READ_SECONDS = 60;
/** From git's end to that of what it left in its pipes. */
const PIPES_MS = 10_000;

export interface GitRun {
  readonly input?: string;
  /** May throw, which ends git and becomes the run's error. */
  readonly onOutput?: (chunk: Buffer) => void;
  /** Wall time. */
  readonly seconds: number;
  /** What it is when that is over; by default a Refusal. */
  readonly late?: Error;
  /** No file that git writes may be longer. */
  readonly fileBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface GitEnd {
  readonly code: number | null;
  readonly endedBy: NodeJS.Signals | null;
  /** In English; the first 64 KiB. */
  readonly stderr: string;
}

/** A git that works in `store`, a folder of ours that is a bare repository or will be. */
export interface Git {
  readonly store: string;
  run(args: readonly string[], run: GitRun): Promise<GitEnd>;
}

/**
 * `home` is an empty folder of ours beside the store; `settings` are lines of a git configuration, which count for the
 * git at the other end of a `file:` address too.
 */
export function createGit(home: string, settings: string, protocol: string): Git {
  const store = join(home, 'store');
  writeFileSync(join(home, 'config'), settings, { mode: 0o600 });
  const env = environment(home, protocol);
  return { store, run: (args, run) => runGit([`--git-dir=${store}`, ...args], home, env, run) };
}

/** What a network needs is kept; what names programs or settings is not. */
const passedOn = [
  'PATH',
  'TMPDIR',
  'SSH_AUTH_SOCK',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  ...['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]),
];

function environment(home: string, protocol: string): NodeJS.ProcessEnv {
  const kept = passedOn.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    XDG_CONFIG_HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: join(home, 'config'),
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_SSH_COMMAND:
      'ssh -oBatchMode=yes -oConnectTimeout=20 -oControlMaster=no -oForwardAgent=no -oPermitLocalCommand=no',
    GIT_ALLOW_PROTOCOL: protocol,
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    // One allocation; longer objects are streamed.
    GIT_ALLOC_LIMIT: '256m',
    LC_ALL: 'C',
  };
}

/**
 * The shell sets the limits on itself, then becomes git: the length of a file, and memory, which a few bytes of a pack
 * may ask any amount of. Without the signal, git says what happened to its file.
 */
const limited = `trap "" XFSZ; ulimit -d ${MEMORY_KB} 2>/dev/null; ulimit -f "$1" 2>/dev/null; shift; exec git "$@"`;

function runGit(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv, run: GitRun): Promise<GitEnd> {
  const { signal, fileBytes } = run;
  signal?.throwIfAborted();
  const blocks = fileBytes === undefined ? 'unlimited' : String(Math.ceil(fileBytes / 512));
  const child: ChildProcess = spawn('/bin/sh', ['-c', limited, 'sh', blocks, ...args], {
    cwd,
    env,
    detached: true,
  });
  return new Promise((resolve, reject) => {
    let failure: unknown;
    let stderr = '';
    const stop = (why: unknown): void => {
      failure ??= why;
      killGroup(child);
    };
    const late = run.late ?? new Refusal(`git did not finish within ${run.seconds} s`);
    const timer = setTimeout(() => stop(late), run.seconds * 1_000);
    let afterwards: NodeJS.Timeout | undefined;
    const abort = (): void => stop(signal?.reason ?? new CraftError('INTERRUPTED'));
    signal?.addEventListener('abort', abort);
    const end = (): void => {
      clearTimeout(timer);
      clearTimeout(afterwards);
      signal?.removeEventListener('abort', abort);
    };
    // Nothing was started: there are too many processes or open files. Then there may be no pipes either.
    child.on('error', (error) => {
      end();
      reject(error);
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      if (failure !== undefined) return;
      try {
        run.onOutput?.(chunk);
      } catch (error) {
        stop(error);
      }
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      if (stderr.length < STDERR_BYTES) stderr += chunk.toString('utf8');
    });
    // git may end before it has read all of it, which its exit code then tells.
    child.stdin?.on('error', () => {});
    child.stdin?.end(run.input ?? '');
    child.on('exit', () => {
      // What git started ends with it; what has left its group could keep the pipes open for ever.
      killGroup(child);
      afterwards = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, PIPES_MS);
    });
    child.on('close', (code, endedBy) => {
      end();
      if (failure !== undefined) reject(failure);
      else if (code === 127) reject(new CraftError('GRADE_NEEDS_GIT'));
      else resolve({ code, endedBy, stderr });
    });
  });
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (errno(error) !== 'ESRCH' && errno(error) !== 'EPERM') throw error;
  }
}
