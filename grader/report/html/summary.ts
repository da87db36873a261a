/** The top of the page: what it is about, where to find what, and the figures one would tell a friend. */
import type { ReportData, RunFigures } from './data.ts';
import { type Html, html } from './markup.ts';
import type { Section } from './section.ts';
import { fastest } from './sections/phases.ts';
import { craftBars } from './sections/progress.ts';
import { count, day, load, ms, plural, three } from './words.ts';

export function header({ workspace, madeAt }: ReportData, sections: readonly Section[]): Html {
  return html`<header class="top">
<div class="title">
<p class="over">craft report · ${day(madeAt)}</p>
<h1><bdi>${workspace}</bdi></h1>
</div>
<button type="button" id="theme" hidden>Theme: automatic</button>
<nav aria-label="Parts of this page"><ul>${sections.map(
    ({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`,
  )}</ul></nav>
</header>
`;
}

export function summary(data: ReportData): Html {
  const passed = data.crafts.reduce((sum, craft) => sum + craft.passed, 0);
  const total = data.crafts.reduce((sum, craft) => sum + craft.total, 0);
  const best = fastest(data.runs.filter((run) => run.counts));
  const runs = new Set(data.runs.map(({ run }) => run)).size;
  const tiles = [
    tile(`${passed} of ${total}`, 'exercises passed'),
    tile(count(data.attempts.length), `attempt${data.attempts.length === 1 ? '' : 's'} judged`),
    tile(count(runs), `load test${runs === 1 ? '' : 's'} run`),
    ...(best === undefined ? [] : bestTiles(best)),
  ];
  return html`<section class="summary" aria-label="Summary">
<dl class="tiles">${tiles}</dl>
<ul class="crafts">${craftBars(data).map(
    ({ name, passed: value, total: most, text }) =>
      html`<li><span class="craft">${name}</span><progress max="${Math.max(1, most)}" value="${value}" aria-label="${name}">${text}</progress><span>${text}</span></li>`,
  )}</ul>
${machine(data)}
</section>
`;
}

function tile(figure: string, label: string): Html {
  return html`<div><dt>${label}</dt><dd>${figure}</dd></div>`;
}

function bestTiles(best: RunFigures): Html[] {
  return [
    tile(three(best.rate), `requests/s at best: ${best.target}, ${load(best)}`),
    tile(ms(best.p99), 'p99 latency in that run'),
  ];
}

/** Figures mean nothing without the machine that they were taken on. */
function machine({ machine: found, node }: ReportData): Html | '' {
  if (found === null) return '';
  const { cpu, cores, memoryMb, platform } = found;
  const memory = `${three(memoryMb / 1024)} GB`;
  return html`<p class="machine">Measured on ${cpu}, ${plural(cores, 'core')}, ${memory} of memory, ${platform}, Node ${node}. Figures of other machines compare only in shape.</p>`;
}
