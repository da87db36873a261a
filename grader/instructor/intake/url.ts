/**
 * Addresses of repositories, as a roster has them: whoever wrote one may have been a student. Only what is plainly an
 * address of an allowed protocol goes on to git, which would run a command for `ext::sh` or a host called `-oProxy…`.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Repository } from './types.ts';

export const knownProtocols = ['https', 'ssh', 'git', 'file', 'http'] as const;

/** http is left out: anyone on the way could hand in something else. */
export const defaultProtocols: readonly string[] = ['https', 'ssh', 'git', 'file'];

const hostPattern = /^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$/;
const userPattern = /^[A-Za-z0-9_][A-Za-z0-9._~+-]*$/;
/** As git writes them for short: `git@host:ada/work.git`. */
const shortPattern = /^(?:([^@/:\s]+)@)?([^@/:\s]+):(?!\/\/)([^\s:][^\s]*)$/;

export type ParsedUrl = Omit<Repository, 'ref'> | { readonly wrong: string };

/** The address without its credentials, or what is wrong with it (the end of a sentence that begins with `the url`). */
export function parseRepositoryUrl(text: string, allow: readonly string[] = defaultProtocols): ParsedUrl {
  if (text === '') return { wrong: 'is missing' };
  if (text.length > 2_000) return { wrong: 'is longer than 2,000 characters' };
  if (/[\s\p{C}]/u.test(text)) return { wrong: 'has spaces or control characters in it' };
  if (/^[A-Za-z0-9+.-]*::/.test(text)) return { wrong: 'names a program (::): give an address of the web' };
  // Pasted twice: the login of the second would be shown as part of the first.
  if (text.split('://').length > 2) return { wrong: 'holds more than one address' };
  const protocol = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
  if (protocol === undefined) return parseShort(text, allow);
  const refused = checkProtocol(protocol, allow);
  if (refused !== undefined) return { wrong: refused };
  return protocol === 'file' ? parseFile(text) : parseRemote(text, protocol);
}

/** Where the repository of a `file:` address is. */
export function folderOf(url: string): string {
  return fileURLToPath(url);
}

function checkProtocol(protocol: string, allow: readonly string[]): string | undefined {
  if (allow.includes(protocol) && knownProtocols.some((known) => known === protocol)) return undefined;
  return `uses ${protocol}: allowed are ${allow.join(', ')}`;
}

function parseShort(text: string, allow: readonly string[]): ParsedUrl {
  const [, user, host = '', path = ''] = shortPattern.exec(text) ?? [];
  if (host === '') return { wrong: `is no address: it begins with ${allow.join('://, ')}://` };
  const refused = checkProtocol('ssh', allow);
  if (refused !== undefined) return { wrong: refused };
  const sound = hostPattern.test(host) && host.length > 1 && !path.startsWith('-');
  if (!sound || (user !== undefined && !userPattern.test(user))) return { wrong: 'is no address of a host' };
  return { url: text, protocol: 'ssh' };
}

function parseFile(text: string): ParsedUrl {
  try {
    const url = new URL(text);
    if (!['', 'localhost'].includes(url.hostname))
      return { wrong: 'names a host, which file:// cannot have' };
    const path = fileURLToPath(`file://${url.pathname}`);
    if (/\p{C}/u.test(path)) return { wrong: 'has control characters in it' };
    return { url: pathToFileURL(path).href, protocol: 'file' };
  } catch {
    return { wrong: 'is no address of a folder' };
  }
}

function parseRemote(text: string, protocol: string): ParsedUrl {
  try {
    const url = new URL(text);
    const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    if (!hostPattern.test(url.hostname)) return { wrong: 'is no address of a host' };
    if (/%(0|1|7f)/i.test(url.pathname)) return { wrong: 'has control characters in it' };
    if (/\p{C}/u.test(user + password)) return { wrong: 'has control characters in it' };
    const bySsh = protocol === 'ssh';
    if (bySsh && user !== '' && !userPattern.test(user)) return { wrong: 'is no address of a host' };
    // A name to log in with belongs to the address; a token in its place does not.
    const name = bySsh && user !== '' ? `${user}@` : '';
    const clean = `${protocol}://${name}${url.host}${url.pathname}`;
    if (bySsh || (user === '' && password === '')) return { url: clean, protocol };
    return { url: clean, protocol, credentials: { user, password } };
  } catch {
    return { wrong: 'is no address' };
  }
}

/** The full name of a branch, or what is wrong with the name (the end of a sentence that begins with `the branch`). */
export function refOfBranch(branch: string): { readonly ref: string } | { readonly wrong: string } {
  const ref = branch.startsWith('refs/') ? branch : `refs/heads/${branch}`;
  const parts = ref.split('/');
  const odd =
    /[\s\p{C}~^:?*[\\]|\.\.|@\{/u.test(ref) ||
    parts.some((part) => part === '' || /^[-.]|\.lock$|\.$/.test(part)) ||
    Buffer.byteLength(ref) > 250;
  return odd || parts.length < 3 ? { wrong: 'is no name of a branch' } : { ref };
}

/** A full commit id in small letters, or what is wrong with it (the end of a sentence that begins with `the commit`). */
export function refOfCommit(commit: string): { readonly ref: string } | { readonly wrong: string } {
  const ref = commit.toLowerCase();
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(ref)) return { ref };
  if (/^[0-9a-f]{4,63}$/.test(ref)) return { wrong: 'is cut short: give all of its 40 digits' };
  return { wrong: 'is no commit id of 40 digits' };
}
