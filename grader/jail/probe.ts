/**
 * Whether this machine can hold other people's programs: not by looking for bubblewrap, but by attacking a jail from
 * inside, as it would be made for a submission.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tier } from '../core/grading.ts';
import { builtGraderRoot } from '../core/paths.ts';
import { howToInstall, whyNotStarted } from './advice.ts';
import type { Attempt, Targets } from './attacks.ts';
import { withPrivateNetwork } from './network.ts';
import { findProgram } from './programs.ts';
import { handOver, slotUser } from './user.ts';

export interface TierProbe {
  readonly tier: Tier;
  /** Why it is not sealed, and what to do. */
  readonly reason?: string;
  /** Every attack that was tried, and whether the jail held. */
  readonly probes: readonly { readonly name: string; readonly held: boolean; readonly detail?: string }[];
}

const probeMs = 20_000;

/** Takes 0.2 s. Never throws: whatever goes wrong is a reason. */
export async function probeTier(): Promise<TierProbe> {
  const needed = process.getuid?.() === 0 ? ['bwrap', 'prlimit', 'setpriv'] : ['bwrap', 'prlimit'];
  const missing = needed.filter((name) => findProgram(name) === undefined);
  if (process.platform !== 'linux' || missing.length > 0) {
    return { tier: 'process', reason: howToInstall(missing), probes: [] };
  }
  const folder = mkdtempSync(join(tmpdir(), 'craft-probe-'));
  let server: Server | undefined;
  try {
    server = await listen();
    return await attack(folder, server);
  } catch (error) {
    const printed = error instanceof Error ? error.message : String(error);
    return { tier: 'process', reason: whyNotStarted(printed), probes: [] };
  } finally {
    server?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 2 });
  }
}

async function attack(folder: string, server: Server): Promise<TierProbe> {
  const secret = randomBytes(12).toString('hex');
  const marker = `craft-probe-${secret}`;
  const address = server.address();
  const targets: Targets = {
    hidden: join(folder, 'hidden'),
    secret,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    processes: [process.pid],
    outside: join(folder, 'outside'),
    marker,
  };
  writeFileSync(targets.hidden, secret);
  // The judge may read and write it: only the jail keeps student code from it.
  handOver(folder, 0);
  const probes = await tryAll(targets);
  const left = await survivors(marker);
  const found: Attempt[] = [
    ...probes,
    { name: 'outlives its jail', held: left.length === 0 },
    { name: 'leaves a file outside', held: !existsSync(targets.outside) },
  ];
  const broken = found.filter(({ held }) => !held);
  if (broken.length === 0) return { tier: 'sealed', probes: found };
  const what = broken.map(({ name, detail }) => (detail === undefined ? name : `${name} (${detail})`));
  return { tier: 'process', reason: `the jail does not hold here: ${what.join(', ')}.`, probes: found };
}

/** The judge of the trial, to its end. */
function tryAll(targets: Targets): Promise<Attempt[]> {
  const trial = join(builtGraderRoot, 'jail', 'trial.js');
  const { command, args } = withPrivateNetwork(process.execPath, [trial, JSON.stringify(targets)], {
    slot: 0,
  });
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    detached: true,
    env: {
      PATH: '/usr/bin:/bin',
      SECRET: targets.secret,
      ...(slotUser(0) === undefined ? { CRAFT_PROBE_ROOT: 'mapped' } : {}),
    },
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), probeMs);
  const text = { out: '', err: '' };
  child.stdout.on('data', (piece: Buffer) => {
    text.out += piece;
  });
  child.stderr.on('data', (piece: Buffer) => {
    text.err += piece;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => {
      clearTimeout(timer);
      if (exitCode === 0) resolve(JSON.parse(text.out) as Attempt[]);
      else reject(new Error(firstCause(text.err) || `exit code ${exitCode}`));
    });
  });
}

/** Node prints a stack; the line with the error says why. */
function firstCause(text: string): string {
  return /^(?:\w*Error|bwrap|setpriv|prlimit)\b.*$/m.exec(text)?.[0] ?? text.trim();
}

/** Who is still there when the kernel has had time to end a jail, which begins when its leader is gone. */
async function survivors(marker: string): Promise<readonly string[]> {
  const deadline = performance.now() + 2_000;
  for (;;) {
    const left = readdirSync('/proc').filter((name) => isMarked(name, marker));
    if (left.length === 0 || performance.now() > deadline) return left;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function isMarked(name: string, marker: string): boolean {
  try {
    return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'latin1').includes(`\0${marker}\0`);
  } catch {
    return false;
  }
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
