/** The student's report as one page: its sections, their charts and tables. */
import type { Assets } from './assets.ts';
import { type Chart, maxSeries } from './chart.ts';
import type { ReportData } from './data.ts';
import { htmlDocument } from './document.ts';
import { type Html, html, jsonScript } from './markup.ts';
import type { Empty, Figure, Section, Table } from './section.ts';
import { gates } from './sections/gates.ts';
import { latency } from './sections/latency.ts';
import { phases } from './sections/phases.ts';
import { predictions } from './sections/predictions.ts';
import { progress } from './sections/progress.ts';
import { sweeps } from './sections/sweeps.ts';
import { dashes, style } from './style.ts';
import { header, summary } from './summary.ts';
import { moment } from './words.ts';

/** The whole file. */
export function reportPage(data: ReportData, assets: Assets): string {
  const sections = [progress, phases, latency, sweeps, gates, predictions].map((make) => make(data));
  const charts = sections.flatMap(({ figures }) => figures.map(({ chart }) => chart)).filter(isThere);
  return htmlDocument({
    title: `${data.workspace} · craft report`,
    craft: data.craft,
    css: `${assets.libraryStyle}\n${style}`,
    libraries: [assets.library],
    scripts: assets.scripts,
    body: html`<a class="skip" href="#content">Skip to the figures</a>
${header(data, sections)}
<main id="content" tabindex="-1">
${summary(data)}
<noscript><p class="hint">The charts need JavaScript; every number is in the tables below them.</p></noscript>
${sections.map(sectionHtml)}
</main>
<footer>
<p>Made by craft ${data.craft} on ${moment(data.madeAt)} UTC. Charts: uPlot, © Leon Sorokin, MIT license.</p>
</footer>
<div class="quiet" id="spoken" role="status" aria-live="polite"></div>
<script type="application/json" id="charts">${jsonScript({ charts, dashes })}</script>
`,
  });
}

function sectionHtml({ id, title, lead, figures, empty }: Section): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
<p class="lead">${lead}</p>
${empty === undefined ? '' : emptyHtml(empty)}
<div class="figures">${figures.map((figure, index) => figureHtml(figure, `${id}-${index}`))}</div>
</section>
`;
}

function emptyHtml({ text, command }: Empty): Html {
  return html`<p class="empty">${text} <code>npx craft ${command}</code></p>`;
}

function figureHtml({ title, caption, chart, table, open, small }: Figure, id: string): Html {
  const size = small === true ? 'figure small' : 'figure';
  const numbers = tableHtml(table, title);
  return html`<figure class="${size}" aria-labelledby="${id}-title">
<figcaption><h3 id="${id}-title">${title}</h3>${caption === undefined ? '' : html`<p>${caption}</p>`}</figcaption>
${chart === undefined ? '' : chartHtml(chart, `${id}-keys`)}
${open === true ? numbers : html`<details><summary>The numbers as a table</summary>${numbers}</details>`}
</figure>
`;
}

function chartHtml({ id, title, y, height, series, limit, kind }: Chart, keys: string): Html {
  const size = height <= 210 ? 'low' : height <= 260 ? 'middle' : 'high';
  return html`<div class="chart">
<p class="axis" aria-hidden="true"><span>${y.label}</span><b class="at"></b></p>
<div class="plot ${size}" id="${id}" tabindex="0" role="application" aria-roledescription="chart"
 aria-label="${title}" aria-describedby="${keys}"></div>
<p class="quiet" id="${keys}">Left and right arrow keys move from value to value, Home and End go to the first and the last. The same numbers are in the table below.</p>
<ul class="legend">${series.map(
    ({ name }, index) =>
      html`<li>${sample(kind, index)}<span>${name}</span><b class="value" aria-hidden="true"></b></li>`,
  )}${limit === undefined ? '' : html`<li>${line('limit', '6 4')}<span>${limit.name}</span></li>`}</ul>
</div>
`;
}

/** The key of a series: a piece of its line, or of its bar. */
function sample(kind: Chart['kind'], index: number): Html {
  const colour = `s${(index % maxSeries) + 1}`;
  if (kind !== 'bars') return line(colour, (dashes[index % maxSeries] ?? []).join(' '));
  const filled = index === 0 ? 'filled' : 'hollow';
  return html`<svg class="key ${colour} ${filled}" viewBox="0 0 28 12" aria-hidden="true"><rect x="8" y="1" width="12" height="10"/></svg>`;
}

function line(colour: string, dash: string): Html {
  return html`<svg class="key ${colour}" viewBox="0 0 28 12" aria-hidden="true"><line x1="0" y1="6" x2="28" y2="6"${dash === '' ? '' : html` stroke-dasharray="${dash}"`}/></svg>`;
}

/** It scrolls by itself when it is too wide: then the keyboard must reach it. */
function tableHtml({ head, rows, notes = [] }: Table, title: string): Html {
  const kind = head.map(({ number }) => number === true && 'number');
  const attribute = (column: number): Html | '' => (kind[column] === 'number' ? html` class="number"` : '');
  const cells = (row: readonly string[]): Html[] =>
    row.map((cell, column) =>
      column === 0 ? html`<th scope="row">${cell}</th>` : html`<td${attribute(column)}>${cell}</td>`,
    );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${title}, table">
<table>
<thead><tr>${head.map(({ text }, column) => html`<th scope="col"${attribute(column)}>${text}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${cells(row)}</tr>\n`)}</tbody>
</table>
</div>${notes.map((note) => html`<p class="note">${note}</p>`)}
`;
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined;
}
