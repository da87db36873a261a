/** The class as one page, for the teacher: what needs a person, what to teach next, who is where, how gates went. */
import type { GradeReport } from '../../../core/grading.ts';
import { loadScripts } from '../../html/assets.ts';
import { htmlDocument } from '../../html/document.ts';
import { type Html, html, jsonScript } from '../../html/markup.ts';
import { style } from '../../html/style.ts';
import { day, moment } from '../../html/words.ts';
import { span } from '../../numbers.ts';
import { type ClassFigures, classFigures } from '../figures.ts';
import { plural } from '../words.ts';
import { attention } from './attention.ts';
import { classData } from './data.ts';
import { exercises } from './exercises.ts';
import { gates } from './gates.ts';
import { students } from './students.ts';
import { classStyle } from './style.ts';
import { teaching } from './teaching.ts';

/**
 * The whole file. `names` are those of the students' own files, in the order of the students.
 * @throws CraftError BROKEN_INSTALLATION when craft is not built
 */
export function classPage(report: GradeReport, names: readonly string[]): string {
  const figures = classFigures(report);
  const course = report.course === '' ? 'The class' : report.course;
  return htmlDocument({
    title: `${course} · graded by craft`,
    craft: report.craft,
    css: `${style}${classStyle}`,
    scripts: loadScripts('theme.js', 'grading.js'),
    body: html`<a class="skip" href="#students">Skip to the students</a>
${header(course, report)}
<main id="content" tabindex="-1">
${summary(report, figures)}
${attention(figures)}
${teaching(figures)}
${exercises(figures)}
${students(report)}
${gates(figures)}
${graded(report)}
</main>
<dialog id="detail" aria-labelledby="detail-title"></dialog>
<script type="application/json" id="class">${jsonScript(classData(report, names))}</script>
`,
  });
}

const parts = [
  ['attention', 'To see to first'],
  ['teaching', 'What to teach next'],
  ['exercises', 'Exercises'],
  ['students', 'Students'],
  ['gates', 'Gates'],
  ['graded', 'How it was graded'],
] as const;

function header(course: string, { startedAt }: GradeReport): Html {
  return html`<header class="top">
<div class="title">
<p class="over">graded by craft · ${day(startedAt)}</p>
<h1><bdi>${course}</bdi></h1>
</div>
<button type="button" id="theme" hidden>Theme: automatic</button>
<nav aria-label="Parts of this page"><ul>${parts.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
`;
}

function summary(
  { students: all, tier, tierReason }: GradeReport,
  { done, mean, attention: open }: ClassFigures,
): Html {
  const who = new Set(open.map(({ student }) => student)).size;
  const tiles = [
    [String(all.length), all.length === 1 ? 'student' : 'students'],
    [String(done), 'passed everything'],
    [mean === null ? '–' : `${Math.round(mean * 100)} %`, 'of the points, on average'],
    [String(who), 'to see to first'],
  ];
  return html`<section class="summary" aria-label="Summary">
<dl class="tiles">${tiles.map(([figure, label]) => html`<div><dt>${label}</dt><dd>${figure}</dd></div>`)}</dl>
${tier === 'sealed' ? '' : html`<p class="warning"><b>! Not sealed.</b> ${(tierReason ?? 'the jail did not hold on this machine').replace(/\.?$/, '.')} Submissions could read the checks and each other: do not trust these grades as you would others.</p>`}
<noscript><p class="hint">Sorting, filtering and the details of a cell need JavaScript; all figures are here, and in grades.csv.</p></noscript>
</section>
`;
}

function graded({ craft, node, tier, startedAt, ms, students: all, exercises: asked }: GradeReport): Html {
  const seal =
    tier === 'sealed' ? 'sealed: each submission could reach nothing but itself' : 'in processes, not sealed';
  const facts = [
    ['When', `${moment(startedAt)} UTC, in ${span(ms)}`],
    ['What', `${plural(all.length, 'student')}, ${plural(asked.length, 'exercise')}`],
    ['How', `craft ${craft}, Node ${node}, ${seal}`],
  ];
  const files = [
    ['grades.csv', 'a row for each exercise of each student'],
    ['canvas.csv', 'the table that Canvas imports'],
    ['class.json', 'all of it, with every message'],
    ['junit.xml', 'for tools that read test results'],
  ];
  return html`<section id="graded" aria-labelledby="graded-title">
<h2 id="graded-title">How it was graded</h2>
<dl class="facts">${facts.map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>`)}
<dt>Beside this page</dt><dd>${files.map(([name, text]) => html`<a href="${name}">${name}</a>: ${text}<br>`)}gradescope/ and prairielearn/: a file for each student</dd></dl>
</section>
`;
}
