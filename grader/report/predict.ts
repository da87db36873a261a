/** The lesson's question, and what was answered. The bench shows the answer beside what it measured. */
import type { Guess, Prediction } from '../bench/types.ts';
import { clean } from './clean.ts';
import type { PredictJson } from './json.ts';
import { markdown } from './markdown.ts';
import { moment } from './numbers.ts';
import type { Style } from './style.ts';
import { indent, plural, wrap } from './text.ts';

export async function predict(
  data: PredictJson,
  asked: 'now' | 'before' | undefined,
  style: Style,
): Promise<string> {
  const { number, title, question, prediction, recorded } = data;
  if (recorded && prediction !== null) return said(data, prediction, style);
  if (asked === 'before') return 'Nothing was kept.';
  const known =
    prediction === null
      ? []
      : ['', ...guessLines(prediction, style), ...revisionLines(prediction.revisions, style)];
  return [
    `${style.bold('Predict')} ${style.dim(`· ${number} ${title}`)}`,
    '',
    ...(await markdown(question, style)),
    ...known,
    ...(asked === 'now' || prediction !== null ? [] : ['', howToAnswer(data, style)]),
    ...(asked === 'now' ? [''] : []),
  ].join('\n');
}

function howToAnswer({ number, serves }: PredictJson, style: Style): string {
  return `Answer before you measure: ${style.command(`predict ${number} --answer "…"${serves ? ' --rate 5000' : ''}`)}`;
}

function said({ number, serves }: PredictJson, prediction: Prediction, style: Style): string {
  const newest = prediction.revisions.at(-1);
  const counts = newest === undefined || newest.at <= prediction.at;
  if (!counts) {
    const why = prediction.beforeFirstBench
      ? 'It is kept as a revision: what you predicted before your first bench counts.'
      : 'It is kept as a revision: your first answer counts.';
    return [...wrap(why, style.columns), ...guessLines(prediction, style)].join('\n');
  }
  const next = serves
    ? `Now find out: ${style.command(`bench ${number}`)}`
    : `Write it, then find out: ${style.command(`run ${number}`)}`;
  return [
    `${style.green('✓')} Your prediction is kept.`,
    ...guessLines(prediction, style),
    prediction.beforeFirstBench ? next : 'You had measured before; it is marked so.',
  ].join('\n');
}

function guessLines(guess: Guess, style: Style): string[] {
  return [
    style.dim(`${guess.beforeFirstBench ? 'Predicted' : 'Said after the first bench'}, ${moment(guess.at)}:`),
    ...indent(guessText(guess, style)),
  ];
}

/** A figure in the student's words: nothing is rounded. */
function asSaid(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 20 });
}

function guessText({ answer, rate, p99 }: Guess, style: Style): string[] {
  const figures = [
    ...(rate === undefined ? [] : [`${asSaid(rate)} requests/s`]),
    ...(p99 === undefined ? [] : [`p99 ${asSaid(p99)} ms`]),
  ];
  return [
    ...(answer === '' ? [] : clean(answer).split('\n')).flatMap((line) => wrap(line, style.columns - 2)),
    ...(figures.length === 0 ? [] : [figures.join(', ')]),
  ];
}

function revisionLines(revisions: readonly Guess[], style: Style): string[] {
  if (revisions.length === 0) return [];
  return [
    style.dim(`${plural(revisions.length, 'other answer')}:`),
    ...indent(revisions.flatMap((each) => guessLines(each, style))),
  ];
}
