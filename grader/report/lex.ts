/**
 * Markdown as tokens. In a fresh process marked takes 25 ms of CPU time for one lesson (11 to load, 14 to read: 2-core
 * EPYC VM, Node 20.20, 2026-11-23), a fifth of what `craft next` may take. So the course's own texts are read when craft
 * is built, and any other text, or one that was changed since, when it is shown.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Token } from 'marked';
import { builtGraderRoot } from '../core/paths.ts';

const folder = join(builtGraderRoot, 'report', 'lexed');

/** By its content: a text that differs has no file. */
function fileOf(text: string): string {
  return join(folder, `${createHash('sha256').update(text).digest('hex').slice(0, 24)}.json`);
}

export async function lex(text: string): Promise<readonly Token[]> {
  try {
    return JSON.parse(readFileSync(fileOf(text), 'utf8')) as Token[];
  } catch {
    return (await import('marked')).lexer(text);
  }
}

/** Reads these texts now, for every `lex` of them to come. */
export async function lexAhead(texts: Iterable<string>): Promise<void> {
  const { lexer } = await import('marked');
  mkdirSync(folder, { recursive: true });
  for (const text of texts) writeFileSync(fileOf(text), JSON.stringify(lexer(text), withoutCopies));
}

/** A token's source is only looked at where it has neither text nor tokens; it would double the size. */
function withoutCopies(this: unknown, key: string, value: unknown): unknown {
  const isCopy = key === 'raw' && typeof this === 'object' && this !== null && 'text' in this;
  return isCopy ? undefined : value;
}
