/** `craft run`: the exercise's own program, on the student's terminal. */
import type { CompileErrorsView } from '../report/views.ts';
import { startScript } from '../run/index.ts';
import { chooseOpen, openSession, type Place } from './session.ts';

/** The program's exit code, or why it does not compile. */
export async function runExperiment(
  place: Place,
  name: string | undefined,
  args: readonly string[],
): Promise<{ readonly exitCode: number } | { readonly errors: CompileErrorsView }> {
  const session = await openSession(place);
  const exercise = chooseOpen(session, name);
  const { curriculum, workspace } = session;
  const result = await startScript({ curriculum, workspace, exercise, args });
  if (result.outcome === 'ended') return { exitCode: result.exitCode };
  // Without diagnostics a file is missing or no text: the sentence of the error says it all.
  if (result.diagnostics.length === 0) throw result.error;
  return { errors: { diagnostics: result.diagnostics, root: workspace.root, cwd: place.cwd } };
}
