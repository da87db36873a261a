/** `craft predict`: the lesson's question, and what the student expects before measuring it. */

import { openHistory } from '../bench/history.ts';
import { addGuess, predictionFor } from '../bench/predictions.ts';
import type { Guess } from '../bench/types.ts';
import { CraftError } from '../core/errors.ts';
import type { Exercise } from '../core/types.ts';
import { readLesson } from '../curriculum/index.ts';
import { withLockFile } from '../progress/lock.ts';
import type { PredictJson } from '../report/json.ts';
import { chooseOpen, openSession, type Place, type Session } from './session.ts';

/** As it was typed. */
export interface GuessWords {
  readonly answer?: string | undefined;
  readonly rate?: string | undefined;
  readonly p99?: string | undefined;
}

export interface PredictOptions {
  readonly given: GuessWords;
  /** Asks one line on the terminal; undefined when the input ended. Absent without a terminal. */
  readonly ask?: (question: string) => Promise<string | undefined>;
  /** Shows the question before it is asked. */
  readonly show?: (data: PredictJson) => Promise<void>;
  readonly now?: () => Date;
}

export async function predictExercise(
  place: Place,
  name: string | undefined,
  options: PredictOptions,
): Promise<PredictJson> {
  const session = await openSession(place);
  const exercise = chooseOpen(session, name);
  const now = shown(session, exercise);
  const { given, ask, show } = options;
  let words = given;
  let known = now.prediction ?? undefined;
  if (Object.values(given).every((word) => word === undefined)) {
    if (ask === undefined) return now;
    await show?.(now);
    words = await questions(exercise, ask);
    // All of it was asked.
    known = undefined;
  }
  const guess = understood(exercise, words);
  return guess === undefined ? now : record(session, exercise, guess, options.now?.() ?? new Date(), known);
}

async function record(
  session: Session,
  exercise: Exercise,
  words: Said,
  now: Date,
  known: Said | undefined,
): Promise<PredictJson> {
  const { workspace, place } = session;
  const history = openHistory(workspace);
  const beforeFirstBench = history.newest(exercise.id) === undefined;
  for (const { text } of history.takeNotices()) place.onNotice(text);
  const all = beforeFirstBench ? together(words, known) : words;
  const guess: Guess = { ...all, at: now.toISOString(), beforeFirstBench };
  await withLockFile(workspace, 'predictions.lock', () =>
    addGuess(workspace, exercise.id, guess, ({ text }) => place.onNotice(text)),
  );
  return { ...shown(session, exercise), recorded: true };
}

type Said = Pick<Guess, 'answer' | 'rate' | 'p99'>;

/** What was said and is not said anew stays: figures are often given after the words. */
function together(words: Said, before: Said | undefined): Said {
  const rate = words.rate ?? before?.rate;
  const p99 = words.p99 ?? before?.p99;
  return {
    answer: words.answer === '' ? (before?.answer ?? '') : words.answer,
    ...(rate === undefined ? {} : { rate }),
    ...(p99 === undefined ? {} : { p99 }),
  };
}

function shown({ workspace }: Session, exercise: Exercise): PredictJson {
  const { id, number, title, serves } = exercise;
  return {
    schema: 1,
    exercise: id,
    number,
    title,
    question: questionOf(readLesson(exercise)),
    serves: serves !== undefined,
    prediction: predictionFor(workspace, id) ?? null,
    recorded: false,
  };
}

/** The lesson's section "Predict". */
export function questionOf(lesson: string): string {
  return /^## Predict[ \t]*\r?\n(.*?)(?=^## |$(?![\s\S]))/ms.exec(lesson)?.[1]?.trim() ?? '';
}

/**
 * Asks until it is understood: what was typed is not lost over a figure that is no number. Who leaves half-way
 * (Ctrl-C, Ctrl-D) has said nothing.
 */
async function questions(
  exercise: Exercise,
  ask: (question: string) => Promise<string | undefined>,
): Promise<GuessWords> {
  const answer = await ask('Your answer (Enter for none):');
  if (answer === undefined) return {};
  if (exercise.serves === undefined) return { answer };
  const figure = async (question: string): Promise<string | undefined> => {
    for (let again = ''; ; again = 'Write it in figures, like 5000. ') {
      const typed = (await ask(`${again}${question} (Enter for none):`))?.trim();
      if (typed === undefined || typed === '' || positive(typed) !== undefined) return typed;
    }
  };
  const rate = await figure('Requests per second?');
  const p99 = rate === undefined ? undefined : await figure('p99, in ms?');
  return p99 === undefined ? {} : { answer, rate, p99 };
}

/** Undefined when nothing was said. */
function understood(exercise: Exercise, words: GuessWords): Said | undefined {
  const figure = (option: 'rate' | 'p99'): number | undefined => {
    const text = words[option]?.trim() ?? '';
    if (text === '') return undefined;
    const value = positive(text);
    if (value === undefined) {
      throw new CraftError('BAD_USAGE', {
        message: `--${option} needs a number above 0, not "${text}". Like this: npx craft predict --${option} ${option === 'rate' ? 5000 : 3}`,
      });
    }
    if (exercise.serves !== undefined) return value;
    throw new CraftError('BAD_USAGE', {
      message: `${exercise.number} answers no HTTP, so --${option} says nothing about it. Use: npx craft predict ${exercise.number} --answer "…"`,
    });
  };
  const answer = words.answer?.trim() ?? '';
  if (answer.length > longest) {
    throw new CraftError('BAD_USAGE', { message: `A prediction may be ${longest} characters long.` });
  }
  const [rate, p99] = [figure('rate'), figure('p99')];
  if (answer === '' && rate === undefined && p99 === undefined) return undefined;
  return { answer, ...(rate === undefined ? {} : { rate }), ...(p99 === undefined ? {} : { p99 }) };
}

const longest = 2_000;

/** `5000`, `5,000`, `5_000`, `2.5` */
function positive(text: string): number | undefined {
  const plain = /^\d{1,3}([,_ ]\d{3})+(\.\d+)?$/.test(text) ? text.replaceAll(/[,_ ]/g, '') : text;
  const value = /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : Number.NaN;
  return value > 0 && value <= 1e9 ? value : undefined;
}
