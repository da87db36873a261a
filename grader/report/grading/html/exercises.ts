/** Each exercise: how many students are how far, and where they stop. */
import { type Html, html } from '../../html/markup.ts';
import type { ClassFigures, ExerciseFigures } from '../figures.ts';
import { type State, stateOrder, states } from '../states.ts';
import { points } from '../words.ts';
import { bar } from './teaching.ts';

export function exercises({ exercises: all }: ClassFigures): Html {
  const most = Math.max(1, ...all.map(({ stopped }) => stopped));
  const lead =
    'How far students came in each exercise. “Stop here” counts those whose next step this is: they passed the one before it, or started with it, and none after.';
  return html`<section id="exercises" aria-labelledby="exercises-title">
<h2 id="exercises-title">Exercises</h2>
<p class="lead">${lead}</p>
<div class="panel"><div class="scroll" tabindex="0" role="region" aria-label="Exercises, table">
<table class="bars exercises">
<thead><tr><th scope="col">Exercise</th><th scope="col">Students</th>${stateOrder.map(
    (state) =>
      html`<th scope="col" class="number"><abbr title="${states[state].word}"><span aria-hidden="true">${states[state].mark}</span><span class="quiet">${states[state].word}</span></abbr></th>`,
  )}<th scope="col" class="number">Mean</th><th scope="col" colspan="2">Stop here</th></tr></thead>
<tbody>${all.map((exercise) => row(exercise, most))}</tbody>
</table>
</div></div>
<ul class="states">${stateOrder.map(
    (state) =>
      html`<li class="${state}"><i class="mark" aria-hidden="true">${states[state].mark}</i> ${states[state].word}</li>`,
  )}</ul>
</section>
`;
}

function row(exercise: ExerciseFigures, most: number): Html {
  const { number, title, states: counts, mean, maxScore, stopped } = exercise;
  return html`<tr><th scope="row"><b class="exercise">${number}</b> ${title}</th>
<td class="stacked">${stack(counts)}</td>
${stateOrder.map((state) => html`<td class="number">${counts[state] === 0 ? html`<span class="none">0</span>` : counts[state]}</td>`)}
<td class="number">${mean === null ? '–' : points(mean)}<small> / ${points(maxScore)}</small></td>
<td class="number">${stopped}</td><td class="bar">${stopped === 0 ? '' : bar(stopped / most, 'accent')}</td></tr>
`;
}

/** The states beside each other; a piece says its mark where it is wide enough. The numbers stand beside it. */
function stack(counts: Readonly<Record<State, number>>): Html {
  const total = stateOrder.reduce((sum, state) => sum + counts[state], 0);
  let from = 0;
  const pieces = stateOrder.flatMap((state) => {
    if (counts[state] === 0) return [];
    const share = (counts[state] / total) * 100;
    const at = from;
    from += share;
    const label =
      share < 8
        ? ''
        : html`<text x="${(at + share / 2).toFixed(2)}%" y="15" text-anchor="middle">${states[state].mark}</text>`;
    return [
      html`<g class="${state}"><rect x="${at.toFixed(2)}%" width="${share.toFixed(2)}%" height="20"/>${label}</g>`,
    ];
  });
  return html`<svg class="stack" width="100%" height="20" aria-hidden="true">${pieces}</svg>`;
}
