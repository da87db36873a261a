/** What a person has to see to before anything else: refused submissions, and cells that nobody could judge. */
import { type Html, html } from '../../html/markup.ts';
import type { Attention, ClassFigures } from '../figures.ts';
import { states } from '../states.ts';
import { plural } from '../words.ts';

/** Whom the same thing happened to. */
interface Group {
  readonly kind: Attention['kind'];
  readonly reason: string;
  readonly lines: Attention[];
}

export function attention({ attention: all }: ClassFigures): Html {
  const groups = grouped(all);
  const lead =
    'Nobody has judged these: a refused submission has no points, an ungraded exercise counts neither way.';
  return html`<section id="attention" aria-labelledby="attention-title">
<h2 id="attention-title">To see to first</h2>
${
  groups.length === 0
    ? html`<p class="lead">Nothing: every submission was taken in, and every exercise was graded.</p>`
    : html`<p class="lead">${lead}</p>
<ul class="cards">${groups.map(card)}</ul>`
}
</section>
`;
}

/** Refusals first, and what happened to most first. */
function grouped(all: readonly Attention[]): Group[] {
  const groups = new Map<string, Group>();
  for (const line of all) {
    const key = `${line.kind} ${line.reason}`;
    const group = groups.get(key) ?? { kind: line.kind, reason: line.reason, lines: [] };
    group.lines.push(line);
    groups.set(key, group);
  }
  const rank = ({ kind, lines }: Group): number => (kind === 'rejected' ? 1e9 : 0) + lines.length;
  return [...groups.values()].sort((a, b) => rank(b) - rank(a));
}

function card({ kind, reason, lines }: Group): Html {
  const what = kind === 'rejected' ? 'refused' : 'not graded';
  return html`<li class="card ${kind}">
<p><b><span class="mark" aria-hidden="true">${states[kind].mark}</span> ${plural(lines.length, 'student')} ${what}</b></p>
<p class="reason">${reason}</p>
<p class="who">${lines.map(
    ({ student, exercises }) =>
      html`<span class="whole"><button type="button" class="link" data-open="${student.submission.id}">${student.submission.id}</button>${exercises.length === 0 ? '' : html`<small> ${exercises.join(', ')}</small>`}</span> `,
  )}</p>
</li>
`;
}
