/** One hint. */
import type { HintJson } from './json.ts';
import { markdown } from './markdown.ts';
import type { Style } from './style.ts';

export async function hint(data: HintJson, style: Style): Promise<string> {
  const about =
    data.check === undefined
      ? `Hint ${data.level ?? 1} of 3`
      : `About the failing check ${style.dim(`[${data.check}]`)}`;
  const more =
    data.left > 0
      ? `${style.dim(data.check === undefined ? 'One step further:' : 'Still stuck?')} ${style.command('hint')}`
      : style.dim('That was the last hint. The lesson again: npx craft next');
  return [
    `${style.bold(about)} ${style.dim(`· ${data.number} ${data.title}`)}`,
    '',
    ...(await markdown(data.text, style)),
    '',
    more,
  ].join('\n');
}
