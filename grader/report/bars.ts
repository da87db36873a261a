/** Bars of a terminal: eighths of a column where it has the characters, `#` where it has not. */

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** A bar of `share` (0-1) of `columns`. What is there at all is always seen. */
export function bar(share: number, columns: number, unicode: boolean): string {
  if (!(share > 0)) return '';
  const size = Math.min(1, share) * columns;
  if (!unicode) return '#'.repeat(Math.max(1, Math.round(size)));
  const parts = Math.max(1, Math.round(size * 8));
  return '█'.repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? '');
}
