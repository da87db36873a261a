/** Markdown for a terminal: marked reads it, this lays it out. Covers what lessons and hints use. */
import type { Token, Tokens } from 'marked';
import { lex, lexAhead } from './lex.ts';
import type { Style } from './style.ts';
import { hang, indent, padEnd, type Span, width, wrapSpans } from './text.ts';

type Paint = (text: string) => string;

/** The text's lines, wrapped to the style's width. What stands in `<details>` is shown when `open`. */
export async function markdown(
  text: string,
  style: Style,
  { open = true }: { open?: boolean } = {},
): Promise<string[]> {
  return trimBlank(blocks(await lex(unfold(text, open)), style, style.columns));
}

/** Makes `markdown` of these texts quick, in every process from now on: part of building craft. */
export function readAhead(texts: readonly string[]): Promise<void> {
  return lexAhead(texts.flatMap((text) => [unfold(text, true), unfold(text, false)]));
}

/** A browser folds `<details>`; a terminal cannot, so a closed one leaves only its summary. */
function unfold(text: string, open: boolean): string {
  return text.replace(
    /<details>\s*<summary>(.*?)<\/summary>(.*?)<\/details>/gs,
    (_, summary: string, inside: string) =>
      open ? `**${summary}**\n${inside}` : `▸ *${summary}: shown once you have passed.*`,
  );
}

function blocks(tokens: readonly Token[], style: Style, columns: number): string[] {
  return tokens.flatMap((token) => block(token, style, columns));
}

function block(token: Token, style: Style, columns: number): string[] {
  switch (token.type) {
    case 'heading':
      return heading(token as Tokens.Heading, style);
    case 'paragraph':
      return [...wrapSpans(inline(token.tokens ?? [], style), columns), ''];
    case 'text':
      return wrapSpans(inline(token.tokens ?? [token], style), columns);
    case 'code':
      return [
        ...indent(
          (token as Tokens.Code).text.split('\n').map((line) => style.cyan(line)),
          '    ',
        ),
        '',
      ];
    case 'list':
      return list(token as Tokens.List, style, columns);
    case 'table':
      return tableLines(token as Tokens.Table, style, columns);
    case 'blockquote': {
      const inner = trimBlank(blocks(token.tokens ?? [], style, columns - 2));
      return [...inner.map((line) => `${style.dim('│')} ${line}`), ''];
    }
    case 'hr':
      return [style.dim('─'.repeat(Math.min(columns, 40))), ''];
    case 'html': {
      const text = htmlText((token as Tokens.HTML).text);
      return text === '' ? [] : [...wrapSpans([{ text }], columns), ''];
    }
    default:
      return [];
  }
}

function heading(token: Tokens.Heading, style: Style): string[] {
  const text = inline(token.tokens, style)
    .map((span) => span.text)
    .join('');
  if (token.depth === 1) return [style.bold(style.underline(text)), ''];
  return ['', style.bold(token.depth === 2 ? text : `  ${text}`), ''];
}

function list(token: Tokens.List, style: Style, columns: number): string[] {
  const start = typeof token.start === 'number' ? token.start : 1;
  const lines = token.items.flatMap((item, index) => {
    const box = item.task ? `${item.checked ? '☑' : '☐'} ` : '';
    const bullet = `${token.ordered ? `${start + index}.` : '•'} ${box}`;
    const inner = trimBlank(blocks(item.tokens, style, columns - width(bullet)));
    return [...hang(bullet, inner.length > 0 ? inner : ['']), ...(token.loose ? [''] : [])];
  });
  return token.loose ? lines : [...lines, ''];
}

function tableLines(token: Tokens.Table, style: Style, columns: number): string[] {
  const rows = [
    token.header.map((head) => inline(head.tokens, style, style.bold)),
    ...token.rows.map((row) => row.map((cell) => inline(cell.tokens, style))),
  ];
  const natural = token.header.map((_, column) =>
    Math.max(...rows.map((row) => spanWidth(row[column] ?? []))),
  );
  const widths = fitColumns(natural, columns - gap * (natural.length - 1));
  const lines = rows.map((row) => tableRow(row, widths, token.align));
  const rule = style.dim(widths.map((size) => '─'.repeat(size)).join(' '.repeat(gap)));
  return [...(lines[0] ?? []), rule, ...lines.slice(1).flat(), ''];
}

/** Columns between two cells. */
const gap = 2;

/** One row, as many lines high as its highest cell. */
function tableRow(row: readonly Span[][], widths: readonly number[], align: Tokens.Table['align']): string[] {
  const cells = row.map((spans, column) => wrapSpans(spans, widths[column] ?? 1));
  const height = Math.max(1, ...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    cells
      .map((lines, column) => {
        const text = lines[line] ?? '';
        const room = widths[column] ?? 0;
        return align[column] === 'right'
          ? ' '.repeat(Math.max(0, room - width(text))) + text
          : padEnd(text, room);
      })
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}

function spanWidth(spans: readonly Span[]): number {
  return spans.reduce((sum, { text }) => sum + width(text), 0);
}

/** Takes from the widest columns until the table fits; none goes below a few letters. */
function fitColumns(natural: readonly number[], room: number): number[] {
  const widths = [...natural];
  const least = 8;
  for (let excess = widths.reduce((sum, each) => sum + each, 0) - room; excess > 0; excess--) {
    const widest = Math.max(...widths);
    if (widest <= least) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
}

function inline(tokens: readonly Token[], style: Style, paint?: Paint): Span[] {
  return tokens.flatMap((token) => inlineToken(token, style, paint));
}

function inlineToken(token: Token, style: Style, paint?: Paint): Span[] {
  const span = (text: string, look = paint): Span[] => [
    look === undefined ? { text } : { text, paint: look },
  ];
  switch (token.type) {
    case 'strong':
      return inline(token.tokens ?? [], style, both(style.bold, paint));
    case 'em':
      return inline(token.tokens ?? [], style, both(style.italic, paint));
    case 'codespan':
      return span((token as Tokens.Codespan).text, both(style.cyan, paint));
    case 'br':
      return span('\n');
    case 'link':
      return link(token as Tokens.Link, style, paint);
    case 'image':
      return span(`[${(token as Tokens.Image).text}]`);
    case 'html':
      return span(htmlText((token as Tokens.HTML).text));
    case 'checkbox':
      return [];
    default:
      if ('tokens' in token && token.tokens !== undefined) return inline(token.tokens, style, paint);
      return span(entities('text' in token ? String(token.text) : token.raw).replaceAll('\n', ' '));
  }
}

/** A web address is written out after its text: it can be copied where hyperlinks do not work. */
function link(token: Tokens.Link, style: Style, paint?: Paint): Span[] {
  const spans = inline(token.tokens, style, both(style.underline, paint));
  const shown = spans.map((span) => span.text).join('');
  return token.href.startsWith('http') && token.href !== shown
    ? [...spans, { text: ` (${token.href})` }]
    : spans;
}

function both(outer: Paint, inner: Paint | undefined): Paint {
  return inner === undefined ? outer : (text) => outer(inner(text));
}

function htmlText(html: string): string {
  return entities(html.replaceAll(/<!--.*?-->/gs, '').replaceAll(/<[^>]*>/g, '')).trim();
}

function entities(text: string): string {
  const known: Record<string, string> = {
    '&lt;': '<',
    '&gt;': '>',
    '&amp;': '&',
    '&quot;': '"',
    '&#39;': "'",
  };
  return text.replaceAll(/&(?:lt|gt|amp|quot|#39);/g, (entity) => known[entity] ?? entity);
}

/** One blank line between blocks, none at the ends. */
function trimBlank(lines: readonly string[]): string[] {
  const kept = lines.filter((line, index) => line !== '' || (index > 0 && lines[index - 1] !== ''));
  while (kept.at(-1) === '') kept.pop();
  return kept;
}
