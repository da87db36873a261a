/** What `craft bench` loads: the student's server, another one beside it, or an address. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadSaved } from '../bench/saved.ts';
import { type RunningServer, startServer, yardstickFile } from '../bench/server.ts';
import type { Target } from '../bench/types.ts';
import { CraftError } from '../core/errors.ts';
import type { Exercise, Serves } from '../core/types.ts';
import { allImports } from '../curriculum/index.ts';
import { compileProgram, type Program, type ProgramResult } from '../run/index.ts';
import { chooseOpen, type Session, standing } from './session.ts';

/** An exercise that answers HTTP. */
export type Serving = Exercise & { readonly serves: Serves };

/** A program that can be started and loaded. */
export interface Loadable {
  readonly target: Target;
  readonly program: Pick<Program, 'folder' | 'entry'>;
  /** Where its sources are: errors name their places from here. */
  readonly root: string;
  /** Its own contract, where it may differ from that of the exercise which is benched. */
  readonly serves?: Serves;
  /** Removes what was made for it. */
  release(): Promise<void>;
}

/** Why there is no program. */
export type NotCompiled = Extract<ProgramResult, { outcome: 'failed' }>;

/** The named exercise; else the current one if it serves, else the newest passed one that does. */
export function chooseServing(session: Session, name: string | undefined): Serving {
  const serving = session.curriculum.exercises.filter(isServing);
  if (name !== undefined) {
    const exercise = chooseOpen(session, name);
    if (isServing(exercise)) return exercise;
    throw servesNothing(`${exercise.number} ${exercise.title}`, serving);
  }
  const { current } = session.progress;
  const here = serving.find(({ id }) => id === current);
  const passed = serving.filter((exercise) => standing(session, exercise).status === 'passed');
  const chosen = here ?? passed.at(-1);
  if (chosen !== undefined) return chosen;
  throw servesNothing('What you have passed so far', serving);
}

function servesNothing(exercise: string, serving: readonly Serving[]): CraftError {
  const list = serving.map(({ number, title }) => `${number} ${title}`).join(', ');
  const others = list === '' ? 'No exercise does.' : `These do: ${list}.`;
  return new CraftError('SERVES_NOTHING', { exercise, others });
}

export function isServing(exercise: Exercise): exercise is Serving {
  return exercise.serves !== undefined;
}

/** The student's own server; or why it does not compile. */
export async function ownServer(
  { curriculum, workspace, place }: Session,
  exercise: Serving,
  signal: AbortSignal,
): Promise<Loadable | NotCompiled> {
  const { file } = exercise.serves;
  const onNotice = (text: string): void => place.onNotice(text);
  const result = await compileProgram({ curriculum, workspace, exercise, file, signal, onNotice });
  if (result.outcome === 'failed') return result;
  const { program } = result;
  return {
    target: { kind: 'exercise', name: `${exercise.number} ${exercise.title}`, exercise: exercise.id },
    program,
    root: workspace.root,
    serves: exercise.serves,
    release: async () => program.remove(),
  };
}

/** What `--vs` names. Every word that is no name of a role is one of `--save`. */
export async function otherServer(
  session: Session,
  exercise: Serving | undefined,
  vs: string,
  signal: AbortSignal,
): Promise<Loadable | NotCompiled> {
  if (vs === 'yardstick') return yardstick(session);
  if (vs === 'previous' && exercise !== undefined) return previous(session, exercise, signal);
  if (vs === 'solution' && exercise !== undefined) return solution(session, exercise, signal);
  return saved(session, vs);
}

function yardstick({ workspace }: Session): Loadable {
  return {
    target: { kind: 'yardstick', name: 'the yardstick' },
    program: { folder: dirname(yardstickFile), entry: yardstickFile },
    root: workspace.root,
    release: async () => {},
  };
}

/** The student's own server of the nearest earlier exercise that has one. */
async function previous(
  session: Session,
  exercise: Serving,
  signal: AbortSignal,
): ReturnType<typeof ownServer> {
  const { exercises } = session.curriculum;
  const before = exercises
    .slice(
      0,
      exercises.findIndex(({ id }) => id === exercise.id),
    )
    .findLast(isServing);
  if (before !== undefined) return ownServer(session, before, signal);
  throw new CraftError('BAD_USAGE', {
    message: `No exercise before ${exercise.number} ${exercise.title} answers HTTP: there is no previous one to compare with.`,
  });
}

/** The reference solution, over solutions of all that it stands on: nothing of the student's is in it. */
async function solution(
  { curriculum, workspace }: Session,
  exercise: Serving,
  signal: AbortSignal,
): ReturnType<typeof ownServer> {
  const { ownLibrary, readSources } = await import('../instructor/source.ts');
  const { solutions } = ownLibrary('craft bench --vs solution');
  const root = await mkdtemp(join(tmpdir(), 'craft-bench-'));
  const release = (): Promise<void> => rm(root, { recursive: true, force: true });
  try {
    for (const { id, files } of [exercise, ...allImports(curriculum, exercise)]) {
      for (const [name, text] of readSources(join(solutions, id), files)) {
        const path = join(root, 'exercises', id, name);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, text);
      }
    }
    const { file } = exercise.serves;
    const result = await compileProgram({ curriculum, workspace, exercise, file, sourceRoot: root, signal });
    if (result.outcome === 'failed')
      throw new CraftError('BROKEN_INSTALLATION', { message: result.error.message });
    const { program } = result;
    return {
      target: { kind: 'solution', name: 'the solution', exercise: exercise.id },
      program,
      root,
      release: async () => {
        program.remove();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

function saved({ workspace }: Session, name: string): Loadable {
  const program = loadSaved(workspace, name);
  const exercise = program.run.measurements[0]?.target.exercise;
  return {
    target: { kind: 'saved', name: `saved "${name}"`, ...(exercise !== undefined && { exercise }) },
    program,
    root: workspace.root,
    release: async () => {},
  };
}

/** Starts it; rejects with the sentence of why it does not run. */
export function start({ target, program, root }: Loadable, signal: AbortSignal): Promise<RunningServer> {
  return startServer({ file: program.entry, name: target.name, cwd: root, signal });
}

/** NOTHING_LISTENS before minutes are spent on a server that is not there. */
export async function requireListener(url: URL): Promise<void> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const why = await new Promise<string | undefined>((resolve) => {
    const socket = connect({ host, port: Number(url.port || 80), timeout: 3_000 });
    const end = (reason?: string): void => {
      socket.destroy();
      resolve(reason);
    };
    socket.once('connect', () => end());
    socket.once('timeout', () => end('no answer within 3 s'));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      end(reasons[error.code ?? ''] ?? error.code ?? error.message),
    );
  });
  if (why !== undefined) throw new CraftError('NOTHING_LISTENS', { url: url.origin, why });
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'unknown host',
  EHOSTUNREACH: 'no way there',
  ENETUNREACH: 'no way there',
};
