/** Colours, width and links of one output stream: the only place that decides what a terminal can show. */
import { pathToFileURL } from 'node:url';
import { Chalk, type ColorSupportLevel } from 'chalk';

type Paint = (text: string) => string;

export interface StyleOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTTY: boolean;
  /** Width of the terminal. */
  readonly columns: number;
}

export interface Style {
  /** Text is wrapped to this width. */
  readonly columns: number;
  /** The terminal has more than ASCII; drawings need it, sentences do without. */
  readonly unicode: boolean;
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
  readonly italic: Paint;
  readonly underline: Paint;
  /** A hyperlink where the terminal has them, otherwise the text alone. */
  link(text: string, target: string): string;
  /** How the student types a command of ours: `npx craft hint`. */
  command(line: string): string;
}

const esc = '\u001b';

/** `NO_COLOR` and `FORCE_COLOR` as their users expect them; without either, colour only on a terminal. */
export function colorLevel({ env, isTTY }: Pick<StyleOptions, 'env' | 'isTTY'>): ColorSupportLevel {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return 0;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) {
    if (forced === '0' || forced === 'false') return 0;
    return forced === '2' ? 2 : forced === '3' ? 3 : 1;
  }
  if (!isTTY || env.TERM === 'dumb') return 0;
  if (env.COLORTERM === 'truecolor' || env.COLORTERM === '24bit') return 3;
  return env.TERM?.includes('256') ? 2 : 1;
}

/** Terminals known to understand hyperlinks (OSC 8); others would at best ignore them. */
function hasHyperlinks({ env, isTTY }: StyleOptions): boolean {
  if (env.FORCE_HYPERLINK !== undefined) return env.FORCE_HYPERLINK !== '0';
  if (!isTTY || env.CI !== undefined || env.TMUX !== undefined) return false;
  const known = ['iTerm.app', 'WezTerm', 'vscode', 'ghostty', 'Hyper'];
  return (
    known.includes(env.TERM_PROGRAM ?? '') ||
    env.KITTY_WINDOW_ID !== undefined ||
    Number(env.VTE_VERSION) >= 5000
  );
}

/** As the C library decides it. Where nobody says anything, terminals of today have it. */
function hasUnicode(env: StyleOptions['env']): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '');
  return locale === undefined || /utf-?8/i.test(locale);
}

export function createStyle(options: StyleOptions): Style {
  const chalk = new Chalk({ level: colorLevel(options) });
  const hyperlinks = hasHyperlinks(options);
  return {
    columns: usedColumns(options.columns),
    unicode: hasUnicode(options.env),
    bold: chalk.bold,
    dim: chalk.dim,
    red: chalk.red,
    green: chalk.green,
    yellow: chalk.yellow,
    cyan: chalk.cyan,
    italic: chalk.italic,
    underline: chalk.underline,
    link: (text, target) => {
      if (!hyperlinks) return text;
      const url = target.startsWith('/') ? pathToFileURL(target).href : encodeURI(target);
      return `${esc}]8;;${url}${esc}\\${text}${esc}]8;;${esc}\\`;
    },
    command: (line) => chalk.cyan(`npx craft ${line}`),
  };
}

/** The same style on a terminal that has another width by now. */
export function withColumns(style: Style, columns: number | undefined): Style {
  return columns === undefined ? style : { ...style, columns: usedColumns(columns) };
}

/** Lines longer than 100 are hard to read, and below 40 there is nothing left to wrap. */
function usedColumns(columns: number): number {
  return Math.max(40, Math.min(columns || 80, 100));
}
