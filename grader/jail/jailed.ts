/**
 * A command in a jail: bubblewrap in fresh namespaces, with the kernel's limits around it. It sees the files that it is
 * given, read-only and at the paths they have outside, and nothing else: no shell, no other user's file, no network.
 */
import { CraftError } from '../core/errors.ts';
import { hasPrivateNetwork } from './network.ts';
import { findProgram, librariesOf } from './programs.ts';

export interface JailLimits {
  /** CPU time of each process. */
  readonly cpuSeconds: number;
  /** Data segment of each process: heap and anonymous memory. */
  readonly dataMb: number;
  /** Size of each file. */
  readonly fileMb: number;
  readonly openFiles: number;
  /** Threads of all processes in the jail together. It holds everybody but root. */
  readonly threads: number;
  /** Each folder that lives in memory. */
  readonly memoryFolderMb: number;
}

export interface JailRequest {
  /** Absolute path of a program, and its arguments. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly cwd: string;
  /** Files and folders, absolute. */
  readonly read: readonly string[];
  /** Native modules among them: their shared libraries come along, as those of programs do. */
  readonly natives?: readonly string[];
  /** Folders on the disk, absolute. */
  readonly write: readonly string[];
  /** Folders that are empty and writable inside, and live in memory; /tmp is always there. */
  readonly memory?: readonly string[];
  /** All of the environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: JailLimits;
  /** The descriptor that `openFilter` gives must be passed on under this number. */
  readonly filter?: number;
}

export interface JailedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Whether this machine has the programs that jails need. */
export function hasJail(): boolean {
  return (
    process.platform === 'linux' && ['bwrap', 'prlimit'].every((name) => findProgram(name) !== undefined)
  );
}

/** What to spawn, with a process group of its own. Throws NO_JAIL when a program is missing. */
export function jailed(request: JailRequest): JailedCommand {
  const { command, cwd, read, write, natives = [], memory = [], env, limits, filter } = request;
  const prlimit = need('prlimit');
  const megabyte = 1_048_576;
  const outer = [
    '--core=0',
    `--cpu=${limits.cpuSeconds}:${limits.cpuSeconds + 1}`,
    `--fsize=${limits.fileMb * megabyte}`,
    `--nofile=${limits.openFiles}`,
    `--data=${limits.dataMb * megabyte}`,
    '--',
    need('bwrap'),
  ];
  const spaces = ['user', 'pid', 'ipc', 'uts', ...(hasPrivateNetwork() ? [] : ['net'])];
  const size = ['--size', `${limits.memoryFolderMb * megabyte}`, '--tmpfs'];
  const fixed = [
    ...spaces.map((name) => `--unshare-${name}`),
    '--unshare-cgroup-try',
    '--disable-userns',
    '--die-with-parent',
    '--new-session',
    '--clearenv',
    ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--proc', '/proc', '--dev', '/dev', '--size', '65536', '--tmpfs', '/dev/shm'],
    ...[...size, '/tmp'],
  ];
  const programs = [command[0], prlimit];
  const files = [...new Set([...programs, ...librariesOf(...programs, ...natives), ...read])];
  const mounts = [
    ...files.flatMap((path) => ['--ro-bind', path, path]),
    ...write.flatMap((path) => ['--bind', path, path]),
    ...memory.flatMap((path) => [...size, path]),
    ...['--remount-ro', '/dev', '--remount-ro', '/', '--chdir', cwd],
  ];
  const sealed = filter === undefined ? [] : ['--seccomp', `${filter}`];
  // Inside, where only the jail's own threads count.
  const inner = [prlimit, `--nproc=${limits.threads}`, '--', ...command];
  return {
    command: prlimit,
    args: [...outer, ...fixed, ...mounts, ...sealed, '--', ...inner],
    // Also what the jail's first process could show of its environment.
    env: { PATH: '/usr/bin:/bin' },
  };
}

function need(name: string): string {
  const path = findProgram(name);
  if (path === undefined) throw new CraftError('NO_JAIL', { message: `${name} is not installed` });
  return path;
}
