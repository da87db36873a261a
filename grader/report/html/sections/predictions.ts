/** What the student expected, beside what came out. */
import type { PredictedFigure } from '../../../bench/types.ts';
import type { PredictionFigures, ReportData } from '../data.ts';
import type { Section } from '../section.ts';
import { moment, ms, perSecond, three } from '../words.ts';

export function predictions({ predictions: all }: ReportData): Section {
  const base = {
    id: 'predictions',
    title: 'Predicted and measured',
    lead: 'A guess made before measuring is how a feeling for systems grows: here is how far off each one was.',
  };
  if (all.length === 0) {
    const empty = { text: 'No prediction yet. Answer the lesson’s question first:', command: 'predict' };
    return { ...base, figures: [], empty };
  }
  const late = all.some(({ beforeFirstBench }) => !beforeFirstBench);
  return {
    ...base,
    figures: [
      {
        title: 'Predictions',
        caption: 'Each beside the first run after it.',
        open: true,
        table: {
          head: [
            { text: 'Exercise' },
            { text: 'Said (UTC)' },
            { text: 'In my words' },
            { text: 'Figure' },
            { text: 'Predicted', number: true },
            { text: 'Measured', number: true },
            { text: 'In words' },
          ],
          rows: all.flatMap(rows),
          notes: late ? ['* Said after a first run had been seen.'] : [],
        },
      },
    ],
  };
}

function rows({ target, at, answer, beforeFirstBench, figures }: PredictionFigures): string[][] {
  const begin = [target, `${moment(at)}${beforeFirstBench ? '' : ' *'}`, answer];
  if (figures.length === 0) return [[...begin, '–', '–', '–', '–']];
  return figures.map((figure) => {
    const text = figure.what === 'rate' ? perSecond : ms;
    return [
      ...begin,
      figure.what === 'rate' ? 'requests/s' : 'p99',
      text(figure.predicted),
      figure.measured === null ? 'not yet' : text(figure.measured),
      inWords(figure),
    ];
  });
}

/** Within a tenth is a hit; further off the factor says more than a difference. */
function inWords({ ratio }: PredictedFigure): string {
  if (ratio === null || !(ratio > 0)) return '–';
  if (ratio >= 0.9 && ratio <= 1.1) return 'spot on';
  return ratio > 1 ? `${three(ratio)}× too low` : `${three(1 / ratio)}× too high`;
}
