/** What a command may use: how it prints, asks, and says how it ended. */
import type { Interface } from 'node:readline/promises';
import type { Command } from 'commander';
import {
  createLive,
  createStyle,
  type Live,
  type Place,
  type ReporterName,
  render,
  type Style,
  type View,
} from '../grader/index.ts';
import type { Io } from './io.ts';

/** How a command ended; main.ts makes the exit code of it. A number is that of a program that `craft run` started. */
export type Outcome = 'done' | 'passed' | 'failed' | 'inconclusive' | 'error' | number;

export interface Cli {
  readonly io: Io;
  /** Of stdout. */
  readonly style: Style;
  /** Of stderr, which may be a file where stdout is a terminal. */
  readonly errorStyle: Style;
  /** Where the user stands, for the functions of the grader. */
  readonly place: Place;
  /** Hands a result to the reporter that the options name. */
  print(view: View, options?: { readonly json?: boolean }): Promise<void>;
  /** A line that is rewritten in place while something runs; silent without a terminal. */
  live(options: { readonly json?: boolean }): Live;
  /** Asks a yes-or-no question on the terminal. */
  confirm(question: string): Promise<boolean>;
  /** Reads lines from the terminal, one for each question; to be closed. */
  questions(): Questions;
}

export interface Questions {
  /** Undefined when the input ended: Ctrl-D, Ctrl-C. */
  ask(question: string): Promise<string | undefined>;
  close(): void;
}

/** Makes a commander action of a command's work. */
export type Handle = <A extends unknown[]>(
  work: (...args: A) => Promise<Outcome>,
) => (...args: A) => Promise<void>;

/** Adds one command to the program. */
export type Register = (program: Command, cli: Cli, handle: Handle) => void;

export function createCli(io: Io): Cli {
  const isTTY = isTerminal(io.stdout);
  const style = createStyle({ env: io.env, isTTY, columns: io.columns });
  const errorStyle = createStyle({ env: io.env, isTTY: isTerminal(io.stderr), columns: io.columns });
  return {
    io,
    style,
    errorStyle,
    place: { cwd: io.cwd, onNotice: (text) => void io.stderr.write(`${errorStyle.yellow('!')} ${text}\n`) },
    print: async (view, options = {}) => {
      const name: ReporterName = options.json === true ? 'json' : 'terminal';
      io.stdout.write(`${await render(name, view, style)}\n`);
    },
    live: ({ json }) => createLive(isTTY && json !== true ? io.stdout : { write: () => true }),
    confirm: async (question) => {
      const { createInterface } = await import('node:readline/promises');
      const lines = createInterface({ input: io.stdin, output: io.stdout });
      try {
        // Ctrl-D ends the input without an answer: that is a no.
        const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
        const answer = await Promise.race([
          lines.question(`${question} (y/n) `, { signal: io.signal }),
          closed,
        ]);
        return /^y(es)?$/i.test(answer.trim());
      } finally {
        lines.close();
      }
    },
    questions: () => askLines(io),
  };
}

/** Starts to read with the first question: a command that asks nothing leaves its input alone. */
function askLines({ stdin, stdout, signal }: Io): Questions {
  let lines: Interface | undefined;
  let typed: AsyncIterator<string> | undefined;
  return {
    ask: async (question) => {
      if (lines === undefined || typed === undefined) {
        const { createInterface } = await import('node:readline/promises');
        lines = createInterface({ input: stdin, output: stdout, prompt: '' });
        signal.addEventListener('abort', () => lines?.close(), { once: true });
        // Lines that are typed ahead wait in the iterator.
        typed = lines[Symbol.asyncIterator]();
      }
      lines.setPrompt(`${question} `);
      lines.prompt();
      const next = await typed.next();
      if (next.done !== true) return next.value;
      stdout.write('\n');
      return undefined;
    },
    close: () => lines?.close(),
  };
}

function isTerminal(stream: NodeJS.WritableStream): boolean {
  return 'isTTY' in stream && stream.isTTY === true;
}

/** The examples under a command's help. */
export function examples(...lines: readonly (readonly [command: string, meaning: string])[]): string {
  const longest = Math.max(...lines.map(([command]) => command.length));
  const rows = lines.map(([command, meaning]) =>
    `  $ npx craft ${command.padEnd(longest)}  ${meaning}`.trimEnd(),
  );
  return `\nExample${lines.length === 1 ? '' : 's'}:\n${rows.join('\n')}\n`;
}

export const jsonOption = ['--json', 'print the result as JSON'] as const;
