/** Why a server did not start, or is gone: one line that names the cause. */
import { stripVTControlCharacters } from 'node:util';
import { CraftError } from '../core/errors.ts';
import { locate } from '../subject/index.ts';
import { addressIn, holderOf } from './address.ts';

/** How a server ended. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last of what it printed, stdout and stderr as they came. */
  readonly output: string;
  /** What to tell the student: NOT_WRITTEN or SERVER_DIED. Null when it was asked to stop. */
  readonly error: CraftError | null;
}

interface Death {
  readonly name: string;
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
  /** What the preload told of a TODO(human), as JSON; empty when there was none. */
  readonly told: string;
  /** Places are told from this folder. */
  readonly root: string;
  readonly wasStopped: boolean;
}

export function deathOf({ name, code, signal, output, told, root, wasStopped }: Death): ServerExit {
  const exit = { code, signal, output };
  if (wasStopped) return { ...exit, error: null };
  const how = signal === null ? `exit code ${code}` : `by ${signal}`;
  return { ...exit, error: notWritten(told, root) ?? died(name, how, output, root) };
}

/** The same as an error of the start. */
export function endedBeforeListening(name: string, { error, output }: ServerExit): CraftError {
  if (error === null) return new CraftError('INTERRUPTED');
  if (error.code !== 'SERVER_DIED') return error;
  return portTaken(name, output) ?? new CraftError('SERVER_ENDED', error.details);
}

/** It lives, but nobody can speak with it. */
export function silenceOf(
  name: string,
  output: string,
  ms: number,
  url: string | undefined,
  pid: number,
): CraftError {
  const taken = portTaken(name, output);
  if (taken !== undefined) return taken;
  const seconds = ms / 1000;
  if (url === undefined) {
    const line = lastLine(output);
    const printed = line === undefined ? '' : `; the last it printed was: ${line}`;
    return new CraftError('SERVER_SILENT', { server: name, seconds, output: printed });
  }
  const { port } = new URL(url);
  if (holderOf(Number(port), pid) === 'other') return new CraftError('PORT_TAKEN', { server: name, port });
  return new CraftError('SERVER_UNREACHABLE', { server: name, url, seconds });
}

function portTaken(name: string, output: string): CraftError | undefined {
  const taken = /EADDRINUSE.*?:(\d+)\b/.exec(output);
  return taken === null ? undefined : new CraftError('PORT_TAKEN', { server: name, port: taken[1] ?? '' });
}

function died(name: string, how: string, output: string, root: string): CraftError {
  const line = errorLine(output);
  const where = locate(output, root);
  const words = line === undefined ? '' : `: ${line}${where === undefined ? '' : ` (${where})`}`;
  return new CraftError('SERVER_DIED', { server: name, how, output: words });
}

/** What preload.ts told, with its place as every report names it. */
function notWritten(told: string, root: string): CraftError | undefined {
  if (told === '') return undefined;
  try {
    const { message, stack } = JSON.parse(told) as { message: string; stack: string };
    const todo = message.replace(/^TODO\(human\):?\s*/, '');
    const where = locate(stack, root);
    return new CraftError('NOT_WRITTEN', { todo: where === undefined ? todo : `${todo} (${where})` });
  } catch {
    // The program itself wrote to that channel.
    return undefined;
  }
}

/**
 * Node prints the line of the source, the error, its stack and its own version: the error says most. Without one the
 * last line may; where the server listens is no reason to end.
 */
function errorLine(output: string): string | undefined {
  const named = linesOf(output).findLast((line) => /^(?:Uncaught )?[\w.]*(?:Error|Exception)\b/.test(line));
  return named ?? lastLine(output, (line) => addressIn(`${line}\n`) === undefined);
}

function lastLine(output: string, counts: (line: string) => boolean = () => true): string | undefined {
  return linesOf(output).findLast((line) => !line.startsWith('Node.js v') && counts(line));
}

function linesOf(output: string): string[] {
  const printable = stripVTControlCharacters(output).replaceAll(/[^\P{Cc}\n]/gu, ' ');
  return printable
    .split('\n')
    .map((line) => (line.length > 200 ? `${line.slice(0, 199)}…` : line).trim())
    .filter((line) => line !== '');
}
