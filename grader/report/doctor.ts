/** What `craft doctor` shows: one line per finding, and how to mend it. */
import type { DoctorJson } from './json.ts';
import type { Style } from './style.ts';
import { plural, table } from './text.ts';

export function doctor({ findings }: DoctorJson, style: Style): string {
  const marks = { ok: style.green('✓'), warn: style.yellow('!'), bad: style.red('✗') };
  const rows = table(findings.map(({ status, title, detail }) => [marks[status], title, detail]));
  const lines = rows.flatMap((row, index) => {
    const mend = findings[index]?.mend;
    return mend === undefined ? [row] : [row, `   ${style.dim('→')} ${mend}`];
  });
  const bad = findings.filter(({ status }) => status === 'bad').length;
  const warned = findings.filter(({ status }) => status === 'warn').length;
  const end =
    bad > 0
      ? style.red(`${plural(bad, 'thing')} to mend before craft can work here.`)
      : warned > 0
        ? style.yellow(`craft works here; ${plural(warned, 'thing')} could be better.`)
        : style.green('All well.');
  return [...lines, '', end].join('\n');
}
