/**
 * A page as one text: it needs no network and asks for none. Its policy lets it run and look like only what is
 * written here: every script and style sheet is named by its hash, and no element carries either of its own.
 */
import { createHash } from 'node:crypto';
import { type Html, html, trusted } from './markup.ts';

export interface Page {
  readonly title: string;
  /** Version of craft that makes it. */
  readonly craft: string;
  readonly css: string;
  /** Scripts that leave a name behind, before the modules. */
  readonly libraries?: readonly string[];
  /** Modules without imports. */
  readonly scripts: readonly string[];
  readonly body: Html;
}

/** The whole file. */
export function htmlDocument(page: Page): string {
  const css = inElement(page.css);
  const libraries = (page.libraries ?? []).map(inElement);
  const scripts = page.scripts.map(inElement);
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(css, [...libraries, ...scripts])}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="craft ${page.craft}">
<title>${page.title}</title>
<link rel="icon" href="${icon}">
<style>${trusted(css)}</style>
</head>
<body>
${page.body}${libraries.map((library) => html`<script>${trusted(library)}</script>\n`)}${scripts.map(
  (script) => html`<script type="module">${trusted(script)}</script>\n`,
)}</body>
</html>
`;
  return document.text;
}

/** What ends or opens a script element must not stand in one; our scripts and uPlot have it in no string that matters. */
function inElement(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(/<(?=\/(?:script|style)|!--)/gi, '\\x3C');
}

function policy(css: string, scripts: readonly string[]): string {
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return [
    "default-src 'none'",
    `style-src ${hash(css)}`,
    `script-src ${scripts.map(hash).join(' ')}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** Three bars, the last the tallest. */
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#1d63d8" d="M1 10h4v5H1zM6 6h4v9H6zM11 1h4v14h-4z"/></svg>',
)}`;
