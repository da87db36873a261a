/** How each gate was approached, attempt by attempt: measured over limit, one chart per exercise. */
import { figure as number } from '../../gates.ts';
import { maxSeries } from '../chart.ts';
import type { AttemptFigures, ExerciseFigures, GateFigures, ReportData } from '../data.ts';
import type { Figure, Section } from '../section.ts';
import { moment } from '../words.ts';

export function gates(data: ReportData): Section {
  const figures = data.exercises.flatMap((exercise) => {
    const attempts = data.attempts.filter(
      ({ exercise: id, gates }) => id === exercise.id && gates.length > 0,
    );
    return attempts.length === 0 ? [] : [chartOf(exercise, attempts)];
  });
  const base = {
    id: 'gates',
    title: 'The gates',
    lead:
      'Each gate has a limit, drawn at 1. A value of 0.5 used half of what is allowed, 2 is twice too much; ' +
      'below the line is a pass. Gates that ask for at least something are turned round, so that lower is ' +
      'always better.',
  };
  if (figures.length > 0) return { ...base, figures };
  const empty = { text: 'No gate has measured anything yet. Judge your work:', command: 'verify' };
  return { ...base, figures, empty };
}

/** What was used of what is allowed; null where nothing was measured or the limit is zero. */
export function margin({ measured, limit, better }: GateFigures): number | null {
  if (measured === null || !Number.isFinite(measured)) return null;
  if (measured === limit) return 1;
  const share = better === 'lower' ? measured / limit : limit / measured;
  return Number.isFinite(share) && share >= 0 ? share : null;
}

/** The chart's axis is logarithmic: nothing on it is nearer to zero, or further away. */
const drawn = { least: 0.01, most: 1000 };

function chartOf(exercise: ExerciseFigures, attempts: readonly AttemptFigures[]): Figure {
  const ids = [...new Set(attempts.flatMap(({ gates }) => gates.map(({ id }) => id)))].slice(0, maxSeries);
  const newest = (id: string): GateFigures | undefined =>
    attempts
      .flatMap(({ gates }) => gates)
      .filter((gate) => gate.id === id)
      .at(-1);
  return {
    title: `${exercise.number} ${exercise.title}`,
    small: true,
    chart: {
      id: `chart-gates-${exercise.number.replaceAll('.', '-')}`,
      title: `Gates of ${exercise.number} ${exercise.title}, measured over limit`,
      kind: 'line',
      x: {
        scale: 'linear',
        label: 'attempt',
        values: attempts.map((_attempt, index) => index),
        texts: attempts.map((attempt) => `attempt ${attempt.number}, ${attempt.outcome}`),
        ticks: attempts.map((attempt, at) => ({ at, text: `#${attempt.number}` })),
        range: [-0.5, attempts.length - 0.5],
      },
      y: { scale: 'log', label: 'measured / limit' },
      series: ids.map((id) => {
        const each = attempts.map(({ gates }) => gates.find((gate) => gate.id === id));
        return {
          name: newest(id)?.title ?? id,
          values: each.map((gate) => {
            const value = gate === undefined ? null : margin(gate);
            return value === null ? null : Math.min(drawn.most, Math.max(drawn.least, value));
          }),
          texts: each.map((gate) => (gate === undefined ? '–' : times(gate))),
          spanGaps: true,
        };
      }),
      limit: { value: 1, name: 'the limit' },
      dots: true,
      height: 200,
    },
    table: {
      head: [
        { text: 'Attempt' },
        { text: 'When (UTC)' },
        { text: 'Gate' },
        { text: 'Measured', number: true },
        { text: 'Limit', number: true },
        { text: 'Of the limit', number: true },
        { text: 'Outcome' },
      ],
      rows: attempts.flatMap((attempt) =>
        attempt.gates.map((gate) => [
          `#${attempt.number}`,
          moment(attempt.startedAt),
          gate.title,
          gate.measured === null ? 'nothing' : `${number(gate.measured)} ${gate.unit}`.trimEnd(),
          `${gate.better === 'lower' ? '≤' : '≥'} ${number(gate.limit)} ${gate.unit}`.trimEnd(),
          times(gate),
          gate.outcome,
        ]),
      ),
    },
  };
}

function times(gate: GateFigures): string {
  const share = margin(gate);
  return share === null ? '–' : `${number(share)}×`;
}
