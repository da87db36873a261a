/** `craft bench`: starts what is to be loaded, loads it, keeps the run, and gathers what a person needs beside it. */
import { openHistory } from '../bench/history.ts';
import { describeMachine, gitState } from '../bench/machine.ts';
import type { Side } from '../bench/measure.ts';
import { checkName, saveProgram } from '../bench/saved.ts';
import { yardstickServes } from '../bench/server.ts';
import type { BenchRun, Target } from '../bench/types.ts';
import { CraftError } from '../core/errors.ts';
import { craftVersion } from '../core/paths.ts';
import { newSeed } from '../core/random.ts';
import type { BenchView, CompileErrorsView } from '../report/views.ts';
import { around } from './bencharound.ts';
import { type BenchHooks, loadAlone, loadBoth, type Measured } from './benchload.ts';
import {
  addressOf,
  type BenchRequest,
  checkForYardstick,
  checkRequest,
  isItsOwn,
  specFor,
  urlFor,
} from './benchspec.ts';
import {
  chooseServing,
  type Loadable,
  type NotCompiled,
  otherServer,
  ownServer,
  requireListener,
  type Serving,
  start,
} from './benchtarget.ts';
import { openSession, type Place, type Session } from './session.ts';

/** `failed`: no request succeeded, or the server died. `inconclusive`: interrupted. */
export type BenchOutcome = 'done' | 'failed' | 'inconclusive';

export type BenchResult =
  | { readonly data: BenchView; readonly outcome: BenchOutcome }
  /** A server of the student's does not compile. */
  | { readonly errors: CompileErrorsView; readonly error: CraftError };

export async function benchExercise(
  place: Place,
  request: BenchRequest,
  hooks: BenchHooks,
): Promise<BenchResult> {
  checkRequest(request);
  // A name that cannot be kept is refused before a minute is spent on measuring.
  if (request.save !== undefined) checkName(request.save);
  return bench(await openSession(place), request, hooks);
}

/** The same within a session that is open, for `craft watch`. */
export async function bench(
  session: Session,
  request: BenchRequest,
  hooks: BenchHooks,
): Promise<BenchResult> {
  const { root } = session.workspace;
  const begun = {
    startedAt: new Date().toISOString(),
    machine: describeMachine(),
    git: await gitState(root),
  };
  const target = targetOf(session, request);
  if (request.vs === 'yardstick') {
    const { exercise, address } = target;
    const alike = session.curriculum.exercises.find(({ serves }) => serves?.path === yardstickServes.path);
    checkForYardstick(request, exercise?.serves, address, alike?.number);
  }
  const seeded = { ...request, seed: request.seed ?? newSeed() };
  hooks.onProgress?.({ stage: 'bench', detail: 'compiles and starts the server' });
  const made: Loadable[] = [];
  try {
    for (const make of makers(session, target, seeded, hooks.signal)) {
      const each = await make;
      if ('outcome' in each) return notCompiled(each, session);
      made.push(each);
    }
    const measured = await loadAll(target, made, seeded, hooks);
    const run = keep(session, { ...begun, ...measured }, request.save, made[0]);
    tellHowFar(session, run, seeded, hooks.signal);
    return { data: around(session, run), outcome: outcomeOf(run, hooks.signal) };
  } finally {
    for (const each of made) await each.release();
  }
}

/** What the user means: an exercise, an address, or the contract of an exercise at an address. */
interface Meant {
  readonly exercise: Serving | undefined;
  readonly address: URL | undefined;
}

function targetOf(session: Session, { exercise, url, allowRemote }: BenchRequest): Meant {
  const address = url === undefined ? undefined : addressOf(url, allowRemote === true);
  if (address !== undefined && exercise === undefined) return { exercise: undefined, address };
  return { exercise: chooseServing(session, exercise), address };
}

type Making = Promise<Loadable | NotCompiled>;

/** One after the other: a generator, so that the second is not even begun when the first does not compile. */
function* makers(
  session: Session,
  { exercise, address }: Meant,
  { vs }: BenchRequest,
  signal: AbortSignal,
): Generator<Making> {
  if (exercise !== undefined && address === undefined) yield ownServer(session, exercise, signal);
  if (vs !== undefined) yield otherServer(session, exercise, vs, signal);
}

async function loadAll(
  { exercise, address }: Meant,
  made: readonly Loadable[],
  request: BenchRequest,
  hooks: BenchHooks,
): Promise<Measured> {
  const sides: Side[] = [];
  try {
    if (address !== undefined) {
      await requireListener(address);
      const url = urlFor(address.origin, request, exercise?.serves, address);
      const target = { kind: 'url', name: address.host, ...(exercise && { exercise: exercise.id }) } as const;
      sides.push({ target, spec: { ...specFor(request, exercise?.serves), url } });
    }
    for (const each of made) {
      const server = await start(each, hooks.signal);
      const serves = each.serves ?? exercise?.serves;
      const url = urlFor(server.url, request, serves, address);
      sides.push({ target: targetFor(each, request), spec: { ...specFor(request, serves), url }, server });
    }
    const [own, other] = sides;
    if (own === undefined) throw new CraftError('INTERNAL', { message: 'there is nothing to load' });
    if (other !== undefined) return await loadBoth(own, other, request.durationMs, hooks);
    return await loadAlone(own, request.sweep, hooks);
  } finally {
    await Promise.all(sides.map(({ server }) => server?.stop()));
  }
}

/** Of the student's server only what the exercise asks for is a figure of the exercise: no best, no journal without. */
function targetFor({ target }: Loadable, request: BenchRequest): Target {
  const { exercise: _, ...nameless } = target;
  return target.kind === 'exercise' && !isItsOwn(request) ? nameless : target;
}

type Begun = Pick<BenchRun, 'startedAt' | 'machine' | 'git'>;

function keep(
  session: Session,
  measured: Begun & Measured,
  name: string | undefined,
  own: Loadable | undefined,
): BenchRun {
  const history = openHistory(session.workspace);
  const node = process.versions.node;
  const run = history.record({
    schema: 1,
    craft: craftVersion,
    node,
    ...(name !== undefined && { name }),
    ...measured,
  });
  for (const { text } of history.takeNotices()) session.place.onNotice(text);
  if (name !== undefined && own !== undefined) {
    saveProgram(session.workspace, name, own.program.folder, own.program.entry, run);
  }
  return run;
}

/** A sweep that was stopped between two of its loads has only whole ones: nothing in them tells. */
function tellHowFar(
  { place }: Session,
  { measurements }: BenchRun,
  { sweep }: BenchRequest,
  signal: AbortSignal,
): void {
  if (sweep === undefined || !signal.aborted || measurements.length === sweep.length) return;
  place.onNotice(
    `Interrupted: the sweep got to ${measurements.length} of ${sweep.length} numbers of clients.`,
  );
}

function outcomeOf({ measurements, brokenOff }: BenchRun, signal: AbortSignal): BenchOutcome {
  if (brokenOff !== undefined || measurements.some(({ died }) => died !== undefined)) return 'failed';
  if (signal.aborted) return 'inconclusive';
  return measurements.every(({ result }) => result.outcomes.succeeded === 0) ? 'failed' : 'done';
}

function notCompiled({ error, diagnostics }: NotCompiled, { workspace, place }: Session): BenchResult {
  // Without diagnostics a file is missing or no text: the sentence of the error says it all.
  if (diagnostics.length === 0) throw error;
  return { errors: { diagnostics, root: workspace.root, cwd: place.cwd }, error };
}
