/**
 * Makes text that a student's code has written safe to show: escape sequences could move the cursor, rename the
 * window or forge a green tick.
 */
import { stripVTControlCharacters } from 'node:util';

/** Removes escape sequences and every control character but newline and tab, and characters that reorder text. */
export function clean(text: string): string {
  const lines = stripVTControlCharacters(text).replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  return [...lines].filter((character) => isShown(character.codePointAt(0) ?? 0)).join('');
}

/** As `clean`, and on one line. */
export function cleanLine(text: string): string {
  return clean(text).replaceAll(/\s*\n\s*/g, ' ');
}

/** `clean`, cut to `lines` lines and `characters` characters; says how much was left out. */
export function shorten(text: string, lines = 12, characters = 2_000): string {
  const all = clean(text).split('\n');
  let kept = all.slice(0, lines).join('\n');
  const cut = kept.length > characters;
  if (cut) kept = `${kept.slice(0, characters)}…`;
  const dropped = all.length - Math.min(all.length, lines);
  if (dropped > 0) return `${kept}\n… ${dropped} more line${dropped === 1 ? '' : 's'}`;
  return cut ? `${kept}\n… ${text.length - characters} more characters` : kept;
}

function isShown(code: number): boolean {
  if (code === 0x0a || code === 0x09) return true;
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return false;
  // Bidirectional overrides and isolates, line and paragraph separators.
  return !(
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069) ||
    code === 0x2028 ||
    code === 0x2029
  );
}
