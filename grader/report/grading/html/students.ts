/** The matrix: a row for each student, a column for each exercise, the points in every cell. */
import type { GradedStudent, GradeRecord, GradeReport } from '../../../core/grading.ts';
import { type Html, html } from '../../html/markup.ts';
import { recordOf, stopAt } from '../figures.ts';
import { type State, stateOf, stateOrder, states } from '../states.ts';

export function students(report: GradeReport): Html {
  const { exercises } = report;
  return html`<section id="students" aria-labelledby="students-title">
<h2 id="students-title">Students</h2>
<p class="lead">Points of every exercise. Arrow keys move through the table, Enter shows what stands behind a cell; a column’s name sorts by it.</p>
<div class="tools" hidden>
<label>Find <input type="search" id="find" placeholder="name, id or address" autocomplete="off" spellcheck="false"></label>
<label>Stop at <select id="stop"><option value="">anywhere</option>${exercises.map(
    ({ number, title }, index) => html`<option value="${index}">${number} ${title}</option>`,
  )}</select></label>
<button type="button" id="clear">Show all</button>
<p id="shown" role="status" aria-live="polite"></p>
</div>
<div class="chips" role="group" aria-label="Only students who have such a cell">${chips(report)}</div>
<div class="matrix" tabindex="-1">
<table id="matrix" role="grid" aria-label="Points of every student in every exercise">
<thead><tr><th scope="col" aria-sort="none"><button type="button" data-sort="name">Student</button></th><th scope="col" class="number" aria-sort="none"><button type="button" data-sort="score">Points</button></th>${exercises.map(
    ({ number, title }, index) =>
      html`<th scope="col" aria-sort="none"><button type="button" data-sort="${index}" title="${number} ${title}">${number}<span class="quiet"> ${title}</span></button></th>`,
  )}</tr></thead>
<tbody>${report.students.map((student, index) => row(student, index, report))}</tbody>
</table>
<p class="empty" id="nobody" hidden>No student is like that.</p>
</div>
</section>
`;
}

/** One decimal is what a column has room for; the details have two. */
function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function chips({ students: all }: GradeReport): Html[] {
  const counts = new Map<State, number>();
  for (const { records } of all) {
    for (const state of new Set(records.map(stateOf))) counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return stateOrder
    .filter((state) => counts.has(state))
    .map(
      (state) =>
        html`<button type="button" class="chip ${state}" data-state="${state}" aria-pressed="false"><i class="mark" aria-hidden="true">${states[state].mark}</i> ${states[state].word} <small>${counts.get(state)}</small></button>`,
    );
}

function row(student: GradedStudent, index: number, { exercises }: GradeReport): Html {
  const { submission, score, maxScore, ungraded } = student;
  const share = maxScore > 0 ? score / maxScore : -1;
  return html`<tr data-row="${index}" data-stop="${stopAt(student)}"><th scope="row" tabindex="-1"><span class="id">${submission.id}</span>${
    submission.name === submission.id ? '' : html` <small class="name">${submission.name}</small>`
  }</th><td class="number" tabindex="-1" data-value="${share.toFixed(4)}"><b>${short(score)}</b><small> / ${short(maxScore)}${ungraded > 0 ? ' ?' : ''}</small></td>${exercises.map(
    ({ id }) => cell(recordOf(student, id)),
  )}</tr>
`;
}

function cell(record: GradeRecord | undefined): Html {
  if (record === undefined) return html`<td tabindex="-1" data-value="-3"></td>`;
  const state = stateOf(record);
  const { score } = record;
  // Those without a score sort below those with none of the points.
  const value = score === null ? -1 : state === 'rejected' ? -2 : score;
  const number = score === null || state === 'rejected' ? '' : short(score);
  return html`<td class="${state}" tabindex="-1" data-value="${value}"><i aria-hidden="true">${states[state].mark}</i>${number}<span class="quiet"> ${states[state].word}</span></td>`;
}
