/** How far the student is: exercises passed over time, and each exercise with its attempts. */
import { figure } from '../../gates.ts';
import type { Chart } from '../chart.ts';
import type { ReportData } from '../data.ts';
import type { Figure, Section } from '../section.ts';
import { moment, plural } from '../words.ts';

export function progress(data: ReportData): Section {
  const passes = firstPasses(data);
  return {
    id: 'progress',
    title: 'Progress',
    lead: 'Every exercise passed is one part of the platform built, tested and measured.',
    figures: [...(data.attempts.length === 0 ? [] : [overTime(data, passes)]), exercises(data)],
  };
}

interface Pass {
  readonly exercise: string;
  readonly attempt: number;
  readonly at: string;
}

/** The first pass of each exercise, in the order of time. */
function firstPasses({ attempts }: ReportData): Pass[] {
  const passes = new Map<string, Pass>();
  for (const { exercise, number, startedAt, outcome, whole } of attempts) {
    if (outcome !== 'passed' || !whole || passes.has(exercise)) continue;
    passes.set(exercise, { exercise, attempt: number, at: startedAt });
  }
  return [...passes.values()].sort((a, b) => seconds(a.at) - seconds(b.at));
}

function overTime(data: ReportData, passes: readonly Pass[]): Figure {
  const name = (id: string): string => {
    const known = data.exercises.find((exercise) => exercise.id === id);
    return known === undefined ? id : `${known.number} ${known.title}`;
  };
  return {
    title: 'Exercises passed',
    caption: 'Each step up is an exercise passed for the first time; a long flat stretch was a hard one.',
    chart: stairs(data, passes, name),
    table: {
      head: [{ text: 'Exercise' }, { text: 'First passed (UTC)' }, { text: 'Attempt', number: true }],
      rows: passes.map((pass) => [name(pass.exercise), moment(pass.at), `#${pass.attempt}`]),
    },
  };
}

function stairs(
  { attempts, exercises, madeAt }: ReportData,
  passes: readonly Pass[],
  name: (id: string) => string,
): Chart {
  const begin = Math.min(...attempts.map((attempt) => seconds(attempt.startedAt)));
  const end = Math.max(seconds(madeAt), begin + 60, ...passes.map((pass) => seconds(pass.at)));
  const points = [
    { at: begin, passed: 0, text: 'the first attempt' },
    ...passes.map((pass, index) => ({
      at: seconds(pass.at),
      passed: index + 1,
      text: `${name(pass.exercise)}, ${moment(pass.at)}`,
    })),
    { at: end, passed: passes.length, text: 'now' },
  ];
  return {
    id: 'chart-progress',
    title: 'Exercises passed over time',
    kind: 'steps',
    x: {
      scale: 'time',
      label: '',
      values: points.map(({ at }) => at),
      texts: points.map(({ text }) => text),
      range: [begin, end],
    },
    y: { scale: 'linear', label: 'exercises passed', reach: exercises.length },
    series: [
      {
        name: 'passed',
        values: points.map(({ passed }) => passed),
        texts: points.map(({ passed }) => `${passed} of ${exercises.length}`),
        spanGaps: false,
      },
    ],
    dots: true,
    height: 200,
  };
}

const standing = { passed: '✓ passed', open: '○ open', locked: '· locked' };

function exercises(data: ReportData): Figure {
  return {
    title: 'The exercises',
    open: true,
    table: {
      head: [
        { text: 'Exercise' },
        { text: 'Standing' },
        { text: 'Attempts', number: true },
        { text: 'Hints', number: true },
        { text: 'Best at the gate' },
      ],
      rows: data.exercises.map(({ id, number, title, status, attempts, hints, best }) => [
        `${number} ${title}`,
        `${standing[status]}${id === data.current ? ' · you are here' : ''}`,
        attempts === 0 ? '–' : String(attempts),
        hints === 0 ? '–' : String(hints),
        Object.entries(best)
          .map(([gate, { value, unit }]) => `${gate}: ${figure(value)} ${unit}`.trimEnd())
          .join(', ') || '–',
      ]),
    },
  };
}

/** The bars above the charts: one per craft. */
export function craftBars(data: ReportData): { name: string; passed: number; total: number; text: string }[] {
  return data.crafts.map(({ craft, passed, total }) => ({
    name: craft,
    passed,
    total,
    text: `${passed} of ${plural(total, 'exercise')} passed`,
  }));
}

function seconds(iso: string): number {
  return Math.floor(Date.parse(iso) / 1000);
}
