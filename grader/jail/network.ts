/**
 * A network of its own for a judge and the jails that it makes: servers of students answer the judge on a loopback that
 * nobody else is on, and no way leads outside.
 */
import { readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { CraftError } from '../core/errors.ts';
import { findProgram } from './programs.ts';
import { slotUser } from './user.ts';

/** Tells a judge which network it does not share any more. */
const VARIABLE = 'CRAFT_OUTER_NETWORK';

/** Where the judge's temporary files are: in memory. */
const temporary = '/dev/shm';
const temporaryBytes = 67_108_864;

/** What submissions may fill: it is not the judge's own. */
const shared = '/dev/shm/craft-shared';
const sharedBytes = 268_435_456;

export interface PrivateOptions {
  /** Tells judges that run at once apart; from 0. */
  readonly slot: number;
}

/**
 * The command that runs another one in a network of its own; it keeps the environment that it is given, but for TMPDIR.
 * For root, the command runs as a user of its own as well (`slotUser`), whom the folders that it writes to must belong
 * to, and who must be able to read craft. Throws NO_JAIL when a program is missing.
 */
export function withPrivateNetwork(
  command: string,
  args: readonly string[],
  { slot }: PrivateOptions,
): { readonly command: string; readonly args: readonly string[] } {
  const user = slotUser(slot);
  const drop =
    user === undefined
      ? []
      : [
          need('setpriv'),
          `--reuid=${user.uid}`,
          `--regid=${user.gid}`,
          '--clear-groups',
          '--no-new-privs',
          '--bounding-set=-all',
          '--inh-caps=-all',
        ];
  const [program = '', ...rest] = [
    ...drop,
    need('bwrap'),
    ...['--dev-bind', '/', '/', '--unshare-user', '--unshare-net', '--die-with-parent'],
    ...['--size', `${temporaryBytes}`, '--tmpfs', temporary, '--setenv', 'TMPDIR', temporary],
    ...['--size', `${sharedBytes}`, '--tmpfs', shared],
    ...['--setenv', VARIABLE, readlinkSync('/proc/self/ns/net'), '--', command, ...args],
  ];
  return { command: program, args: rest };
}

/** Whether this process was started by `withPrivateNetwork`: jails may then share its loopback. */
export function hasPrivateNetwork(): boolean {
  const outer = process.env[VARIABLE];
  return outer !== undefined && outer !== readlinkSync('/proc/self/ns/net');
}

/** Where folders are made that a submission shares with its judge; of limited size in a private network. */
export function sharedRoot(): string {
  return hasPrivateNetwork() ? shared : tmpdir();
}

function need(name: string): string {
  const path = findProgram(name);
  if (path === undefined) throw new CraftError('NO_JAIL', { message: `${name} is not installed` });
  return path;
}
