/** The screen of `craft watch`: state in, text out. The loop that moves the state is grader/watch/loop.ts. */
import type { Attempt, Stage } from '../core/types.ts';
import type { Style } from './style.ts';
import { wrap } from './text.ts';
import type { ExerciseLabel, View } from './views.ts';

export interface WatchState {
  readonly exercise: ExerciseLabel;
  readonly phase: 'waiting' | 'running' | 'confirming reset';
  /** What runs now, e.g. a stage and how far it is. */
  readonly running: { readonly stage: Stage | 'bench'; readonly detail: string } | null;
  /** The last attempt in this session at this exercise. */
  readonly attempt: Attempt | null;
  /** The exercise that `n` goes to; null while this one is not passed, or when it is the last. */
  readonly next: ExerciseLabel | null;
  /** This exercise has the mark, from now or from before. */
  readonly passed: boolean;
  /** It answers HTTP: it can be benched. */
  readonly serves: boolean;
  /** What is shown above the status line. */
  readonly body: readonly View[];
}

export interface KeyHelp {
  readonly key: string;
  readonly label: string;
}

/** The keys that work now, in the order in which they are shown. Nothing else reacts. */
export function keysOf(state: WatchState): KeyHelp[] {
  if (state.phase === 'running') return [{ key: 'q', label: 'quit' }];
  if (state.phase === 'confirming reset') {
    return [
      { key: 'y', label: 'yes' },
      { key: 'n', label: 'no' },
    ];
  }
  const keys: KeyHelp[] = [];
  if (state.passed && state.next !== null) keys.push({ key: 'n', label: 'next' });
  keys.push({ key: 'v', label: 'verify' });
  if (behaves(state)) keys.push({ key: 'g', label: 'gate' });
  if (state.serves && (state.passed || behaves(state))) keys.push({ key: 'b', label: 'bench' });
  keys.push({ key: 'h', label: 'hint' }, { key: 'l', label: 'list' }, { key: 'r', label: 'reset' });
  keys.push({ key: 'q', label: 'quit' });
  return keys;
}

/** The gate, and a bench, mean something once behaviour is right. */
function behaves({ attempt }: WatchState): boolean {
  return attempt !== null && (attempt.verdict.outcome === 'passed' || attempt.gates.length > 0);
}

/** The one line that changes in place: what runs, or the keys that work now. */
export function statusLine(state: WatchState, style: Style): string {
  const keys = keysOf(state)
    .map(({ key, label }) => `${style.bold(key)} ${label}`)
    .join(style.dim('  '));
  if (state.phase === 'confirming reset') return `${resetQuestion(state, style)}  ${keys}`;
  if (state.running === null) return keys;
  const { stage, detail } = state.running;
  return `${style.yellow('…')} ${stage}${detail === '' ? '' : ` ${style.dim(detail)}`}   ${keys}`;
}

function resetQuestion({ exercise }: WatchState, style: Style): string {
  return style.yellow(`Put ${exercise.number} back to the stub? Your text is kept.`);
}

/** What follows the body: success waits for the student, it never moves on by itself. */
export function closingLines(state: WatchState, style: Style): string[] {
  if (state.phase !== 'waiting') return [];
  if (state.body.length === 0) return wrap('Waiting for a save.', style.columns);
  if (state.attempt?.verdict.outcome === 'passed' && state.next !== null) {
    const { number, title } = state.next;
    return wrap(`Press n to go on to ${number} ${title}, or stay and improve.`, style.columns);
  }
  return [];
}
