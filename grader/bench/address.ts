/** Where a server listens: what it says, and whether it is really there. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { processTree } from '../subject/tree.ts';

/** A digit more may still be on its way, so something must follow the port. */
const address = /\bhttp:\/\/(?:\[[\da-f:.]+\]|[\w.-]+):\d{1,5}(?=[^\d])/i;

/** The first address with a port in what a server printed so far. */
export function addressIn(text: string): string | undefined {
  return address.exec(stripVTControlCharacters(text))?.[0];
}

/**
 * Tries the port of `url` on the loopback addresses, until the server of `pid` answers at one of them or `signal`
 * ends it. Resolves with that address: a name may mean one that nobody listens at, and would have to be looked up.
 */
export async function reach(url: string, pid: number, signal: AbortSignal): Promise<string> {
  const port = Number(new URL(url).port || 80);
  for (let wait = 1; !signal.aborted; wait = Math.min(wait * 2, 50)) {
    if (holderOf(port, pid) !== 'other') {
      if (await answers('127.0.0.1', port)) return `http://127.0.0.1:${port}`;
      if (await answers('::1', port)) return `http://[::1]:${port}`;
    }
    await pause(wait);
  }
  return url;
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/**
 * Who listens at a port. A server that prints its address too early and then finds the port taken is about to end:
 * for that moment another program answers in its place, and would be measured.
 */
export function holderOf(port: number, pid: number): 'itself' | 'other' | 'nobody' | 'unknown' {
  if (process.platform !== 'linux') return 'unknown';
  const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listeningSockets(table, port)));
  if (sockets.size === 0) return 'nobody';
  const links = processTree(pid).flatMap((each) => openFiles(each.pid));
  return links.some((link) => sockets.has(link)) ? 'itself' : 'other';
}

/** As they are called among a process's open files: `socket:[1234]`. */
function listeningSockets(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  try {
    return readFileSync(`/proc/net/${table}`, 'latin1')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => local?.endsWith(suffix) && state === '0A')
      .map((fields) => `socket:[${fields[9]}]`);
  } catch {
    // A system without IPv6.
    return [];
  }
}

function openFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((file) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${file}`)];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
