/** The checks that most students fail: what to teach next. */
import { type Html, html } from '../../html/markup.ts';
import type { CheckFigures, ClassFigures } from '../figures.ts';
import { plural } from '../words.ts';

/** More than this is no plan for a week. */
const shown = 8;

export function teaching({ checks }: ClassFigures): Html {
  const lead =
    'The checks that most students failed. “Reached” are those whose code came far enough for the check to run.';
  const rest = checks.slice(shown);
  return html`<section id="teaching" aria-labelledby="teaching-title">
<h2 id="teaching-title">What to teach next</h2>
${
  checks.length === 0
    ? html`<p class="lead">No check failed.</p>`
    : html`<p class="lead">${lead}</p>
${table(checks.slice(0, shown), 'Checks that most students failed')}${rest.length === 0 ? '' : html`<details><summary>${plural(rest.length, 'more check')} that somebody failed</summary>${table(rest.slice(0, 200), 'Other checks that failed')}</details>`}`
}
</section>
`;
}

function table(checks: readonly CheckFigures[], title: string): Html {
  const most = Math.max(1, ...checks.map(({ failed }) => failed));
  return html`<div class="panel"><div class="scroll" tabindex="0" role="region" aria-label="${title}, table">
<table class="bars">
<thead><tr><th scope="col">Check</th><th scope="col" colspan="2">Failed</th><th scope="col" class="number">Reached</th><th scope="col" class="who">Who</th></tr></thead>
<tbody>${checks.map((check) => row(check, most))}</tbody>
</table>
</div></div>
`;
}

function row({ number, title, id, failed, reached, students }: CheckFigures, most: number): Html {
  return html`<tr><th scope="row"><b class="exercise">${number}</b> ${title} <small>${id}</small></th>
<td class="number">${failed}</td>
<td class="bar">${bar(failed / most)}<small>${Math.round((failed / reached) * 100)} %</small></td>
<td class="number">${reached}</td>
<td class="who"><details><summary>${plural(students.length, 'student')}</summary>${students.map(
    (student) => html`<button type="button" class="link" data-open="${student}">${student}</button> `,
  )}</details></td></tr>
`;
}

/** A share of the widest bar: sizes are attributes, since the page's policy lets no element carry a style. */
export function bar(share: number, kind = 'limit'): Html {
  const percent = `${Math.max(2, Math.round(share * 100))}%`;
  return html`<svg class="strip ${kind}" width="100%" height="14" aria-hidden="true"><rect width="${percent}" height="14" rx="3"/></svg>`;
}
