/** How far students stay from each gate's limit: a small histogram for each, all on one axis. */
import { figure } from '../../gates.ts';
import { type Html, html } from '../../html/markup.ts';
import type { ClassFigures, GateFigures } from '../figures.ts';

/** The axis: from an eighth of the limit to eight times it, four bins to a doubling; what is beyond is in the last. */
const doublings = 3;
const perDoubling = 4;
const bins = 2 * doublings * perDoubling;
const size = { width: 288, height: 40, bin: 12 };

export function gates({ gates: all }: ClassFigures): Html {
  const lead =
    'How much of each limit students used: left of the line is a pass, further left is further from it. Gates that ask for at least something are turned round, so that left always is better. Each step of the scale is a doubling.';
  return html`<section id="gates" aria-labelledby="gates-title">
<h2 id="gates-title">Gates</h2>
${
  all.length === 0
    ? html`<p class="lead">No gate was measured.</p>`
    : html`<p class="lead">${lead}</p>
<div class="panel"><div class="scroll" tabindex="0" role="region" aria-label="Gates, table">
<table class="bars gates">
<thead><tr><th scope="col">Gate</th><th scope="col">Share of the limit ${axis()}</th><th scope="col" class="number">Limit</th><th scope="col" class="number">Median</th><th scope="col" class="number">Worst</th><th scope="col" class="number">Passed</th><th scope="col" class="number">Failed</th><th scope="col" class="number">Not graded</th></tr></thead>
<tbody>${all.map(row)}</tbody>
</table>
</div></div>`
}
</section>
`;
}

function axis(): Html {
  const labels = ['⅛', '¼', '½', '1', '2', '4', '8'];
  const step = size.width / (labels.length - 1);
  return html`<svg class="axis" width="${size.width}" height="14" viewBox="0 0 ${size.width} 14" aria-hidden="true">${labels.map(
    (label, index) => {
      const anchor = index === 0 ? 'start' : index === labels.length - 1 ? 'end' : 'middle';
      return html`<text x="${index * step}" y="11" text-anchor="${anchor}">${label}</text>`;
    },
  )}</svg>`;
}

function row(gate: GateFigures): Html {
  const { number, title, limit, unit, better, measured, passed, failed, ungraded } = gate;
  const worst = better === 'lower' ? measured.at(-1) : measured[0];
  const value = (each: number | undefined): string => (each === undefined ? '–' : figure(each));
  return html`<tr><th scope="row"><b class="exercise">${number}</b> ${title}</th>
<td>${histogram(gate)}</td>
<td class="number">${better === 'lower' ? '≤' : '≥'} ${figure(limit)}<br><small>${unit}</small></td>
<td class="number">${value(median(measured))}</td><td class="number">${value(worst)}</td>
<td class="number">${passed}</td><td class="number">${failed}</td><td class="number">${ungraded}</td></tr>
`;
}

function median(rising: readonly number[]): number | undefined {
  return rising[Math.floor((rising.length - 1) / 2)];
}

/** Passed bins are filled, failed ones hollow: colour alone would not tell them apart. */
function histogram({ shares, passed, failed }: GateFigures): Html {
  const counts = Array<number>(bins).fill(0);
  for (const share of shares) counts[binOf(share)] = (counts[binOf(share)] ?? 0) + 1;
  const most = Math.max(1, ...counts);
  const { width, height, bin } = size;
  const bars = counts.map((count, index) => {
    if (count === 0) return '';
    const tall = Math.max(3, (count / most) * (height - 4));
    const kind = index < bins / 2 ? 'good' : 'over';
    return html`<rect class="${kind}" x="${index * bin + 1.5}" y="${(height - tall).toFixed(1)}" width="${bin - 3}" height="${tall.toFixed(1)}"/>`;
  });
  return html`<svg class="histogram" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${passed} within the limit, ${failed} beyond it">
<line class="base" x1="0" x2="${width}" y1="${height}" y2="${height}"/>${bars}<line class="at" x1="${width / 2}" x2="${width / 2}" y1="0" y2="${height}"/></svg>`;
}

/** The limit itself is a pass: it belongs to the bin on its left. */
export function binOf(share: number): number {
  if (share <= 0) return 0;
  const bin = Math.ceil(Math.log2(share) * perDoubling - 1e-9) - 1 + bins / 2;
  return Math.min(bins - 1, Math.max(0, bin));
}
