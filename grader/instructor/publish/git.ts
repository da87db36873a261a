/**
 * git as publishing uses it. Local commands read nobody's settings: the same course must give the same commits
 * everywhere. Commands that speak with a remote read the user's, since those hold what opens it.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { simpleGit } from 'simple-git';
import { CraftError } from '../../core/errors.ts';

/** Runs one command and resolves with what it printed; rejects when it fails in any way. */
export type Git = (args: readonly string[], input?: Uint8Array) => Promise<string>;

export interface GitOptions {
  /** Reads the user's settings: keys, credentials, proxies. */
  readonly remote?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** ms without a sign of life after which a command is ended. */
  readonly silentMs?: number;
}

/** What a remote may be reached by. `ext::` and the like would run a command of the URL's choice. */
const protocols = 'file:git:http:https:ssh';

/** Of the user's environment: how remotes are opened. All else that begins with GIT_ is left out. */
const passedOn = [
  'GIT_ASKPASS',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_CONFIG_SYSTEM',
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_SSL_CAINFO',
  'SSH_ASKPASS',
];
const own = ['GIT_ALLOW_PROTOCOL', 'GIT_ATTR_NOSYSTEM', 'GIT_TERMINAL_PROMPT'];

/** git in a folder that craft made, or one that is the instructor's own. */
export function openGit(folder: string, { remote = false, signal, silentMs = 60_000 }: GitOptions = {}): Git {
  return async (args, input) => {
    const git = simpleGit({
      baseDir: folder,
      allowEnvironment: [...own, ...passedOn],
      unsafe: { allowUnsafeAskPass: true, allowUnsafeConfigPaths: true, allowUnsafeSshCommand: true },
      timeout: { block: silentMs },
      ...(signal === undefined ? {} : { abort: signal }),
      ...(input === undefined ? {} : { input: () => Buffer.from(input) }),
      // By default an exit code without a word on stderr counts as success.
      errors: (error, { exitCode, stdErr, stdOut }) => {
        if (error !== undefined || exitCode === 0) return error;
        return new Error(Buffer.concat([...stdErr, ...stdOut]).toString() || `git ended with ${exitCode}`);
      },
    });
    git.env(environment(folder, remote));
    try {
      return await git.raw(...args);
    } catch (error) {
      if (signal?.aborted === true) throw new CraftError('INTERRUPTED');
      if (error instanceof Error && /ENOENT/.test(error.message) && /spawn/.test(error.message))
        throw new CraftError('NO_GIT', { detail: '' }, { cause: error });
      throw error;
    }
  };
}

function environment(folder: string, remote: boolean): Record<string, string> {
  const names = remote ? Object.keys(process.env) : ['PATH', 'TMPDIR', 'DEVELOPER_DIR'];
  const kept = names.flatMap((name) => {
    const value = process.env[name];
    const isOurs = !/^GIT_/i.test(name) || passedOn.includes(name);
    // Editors and pagers are for people; no command here opens one.
    return value === undefined || !isOurs || /^(?:EDITOR|VISUAL|PAGER|PREFIX)$/i.test(name)
      ? []
      : [[name, value] as const];
  });
  const nowhere = join(folder, 'no-home');
  return {
    ...Object.fromEntries(kept),
    ...(remote ? {} : { HOME: nowhere, XDG_CONFIG_HOME: nowhere, GIT_CONFIG_NOSYSTEM: '1' }),
    // What git says is read for its reason.
    LC_ALL: 'C',
    GIT_ALLOW_PROTOCOL: protocols,
    GIT_ATTR_NOSYSTEM: '1',
    // A question for a password would wait behind the progress line, for ever.
    GIT_TERMINAL_PROMPT: '0',
  };
}

/** An empty repository without a work tree, in which no hook runs, not even one of the user's settings. */
export async function makeStore(folder: string, signal?: AbortSignal): Promise<void> {
  await openGit(folder, { signal })(['init', '--bare', '--quiet', '--object-format=sha1', '.']);
  appendFileSync(
    join(folder, 'config'),
    '[core]\n\thooksPath = /dev/null\n\tfsmonitor = false\n[gc]\n\tauto = 0\n[transfer]\n\tfsckObjects = true\n',
  );
}

/** The line of git's message that says why. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/block timeout/.test(message)) return 'it did not answer';
  const lines = message
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const refused = lines.find((line) => line.startsWith('!'));
  const fatal = lines.find((line) => /^(?:fatal|error|remote):\s*\S/i.test(line));
  return withoutSecrets((refused ?? fatal ?? lines[0] ?? 'no reason was given').replaceAll('\t', ' '));
}

/** A text without the user names and passwords of the URLs in it. */
export function withoutSecrets(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/gi, '$1');
}
