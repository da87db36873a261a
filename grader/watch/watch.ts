/** `craft watch`: the loop wired to the terminal, the file watcher and the pipeline. */
import { hintFor } from '../actions/hint.ts';
import { enter } from '../actions/lesson.ts';
import { listExercises } from '../actions/list.ts';
import { chooseOpen, openSession, type Place, type Session } from '../actions/session.ts';
import { judge } from '../actions/verify.ts';
import { resetExercise } from '../actions/workspace.ts';
import { CraftError } from '../core/errors.ts';
import { nextExercise } from '../curriculum/index.ts';
import { createLive, render, type Style, withColumns } from '../report/index.ts';
import { createRunner } from '../run/index.ts';
import { WatchLoop, type WatchPorts } from './loop.ts';
import { type Saves, watchSaves } from './saves.ts';
import { createScreen } from './screen.ts';
import { openKeyboard, type WatchTerminal } from './terminal.ts';

/** Watches until the student quits. */
export async function watchExercise(
  place: Place,
  name: string | undefined,
  terminal: WatchTerminal,
  style: Style,
): Promise<void> {
  if (!terminal.isTTY)
    throw new CraftError('NEEDS_TERMINAL', { command: 'craft watch', instead: 'Use: npx craft verify' });
  const session = await openSession(place);
  const first = chooseOpen(session, name);
  await enter(session, first);
  const runner = createRunner({ spare: true });
  const saves = watchSaves(session.workspace, session.curriculum);
  const live = createLive(terminal.stdout);
  const width = (): Style => withColumns(style, terminal.stdout.columns);
  const screen = createScreen(live, width, (view, now) => render('terminal', view, now));
  const loop = new WatchLoop(first, ports(session, runner, saves, screen.show));
  const keyboard = openKeyboard(terminal, {
    onKey: (key) => loop.key(key),
    onStop: () => loop.quit(),
    onRedraw: () => screen.redraw(),
  });
  try {
    await saves.follow(first);
    saves.onSave(() => loop.saved());
    await loop.start();
  } finally {
    keyboard.close();
    await screen.close();
    await saves.close();
    await runner.close();
  }
}

/** Long enough for a figure, short enough to wait for. */
const benchMs = 3_000;

type Runner = ReturnType<typeof createRunner>;

function ports(session: Session, runner: Runner, saves: Saves, show: WatchPorts['show']): WatchPorts {
  /** The session's progress is of its start; what the loop asks about is always now. */
  const now = async (): Promise<Session> => ({ ...session, progress: await session.store.read() });
  return {
    show,
    run: async (exercise, only, signal, onProgress) =>
      judge(await now(), runner, exercise, { signal, onProgress, ...(only !== undefined && { only }) }),
    bench: async (exercise, signal, onProgress) => {
      const { bench } = await import('../actions/bench.ts');
      const result = await bench(
        await now(),
        { exercise: exercise.id, durationMs: benchMs },
        { signal, onProgress },
      );
      if ('data' in result) return { view: 'bench', data: result.data };
      return { view: 'compile errors', data: result.errors };
    },
    standing: async (exercise) => {
      const { progress, curriculum } = await now();
      return {
        passed: progress.exercises[exercise.id]?.passed !== undefined,
        next: nextExercise(curriculum, progress),
      };
    },
    hint: async (exercise) => ({ view: 'hint', data: await hintFor(await now(), exercise) }),
    list: async () => ({ view: 'list', data: await listExercises(session.place) }),
    reset: async (exercise) => {
      const result = await resetExercise(session.place, exercise.id, { isTTY: true });
      if (result === null) throw new CraftError('INTERRUPTED');
      return { view: 'reset', ...result, cwd: session.place.cwd };
    },
    enter: async (exercise) => {
      await saves.follow(exercise);
      return { view: 'lesson', data: await enter(await now(), exercise), cwd: session.place.cwd };
    },
  };
}
