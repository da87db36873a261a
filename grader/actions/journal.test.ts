/** `craft journal`, killed at each thing that it does to the disk: the student's words are in that file. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openHistory } from '../bench/history.ts';
import { builtGraderRoot } from '../core/paths.ts';
import type { Workspace } from '../core/types.ts';
import { result, run, runWith } from '../fixtures/bench.ts';
import { bareWorkspace } from '../fixtures/progress/workspace.ts';
import { writeJournal } from './journal.ts';

const script = join(import.meta.dirname, '../fixtures/bench-once.mjs');
const journal = ({ root }: Workspace) => writeJournal({ cwd: root, onNotice: () => {} }, undefined);
const file = ({ root }: Workspace): string => join(root, 'PERFORMANCE.md');

/** A run in the journal with words beside it, or no journal at all; and a run that is not in it. */
async function prepared(hasJournal: boolean): Promise<Workspace> {
  const workspace = bareWorkspace();
  const history = openHistory(workspace);
  history.record(run);
  if (hasJournal) {
    await journal(workspace);
    const text = readFileSync(file(workspace), 'utf8');
    writeFileSync(file(workspace), `${text}\nWords of my own, ünïcode too.\r\n`);
    chmodSync(file(workspace), 0o640);
  }
  history.record(runWith({ result: { ...result, rate: 9_000 } }, { startedAt: '2026-11-23T13:00:00.000Z' }));
  writeFileSync(join(workspace.root, 'run.json'), JSON.stringify(run));
  return workspace;
}

function child({ root }: Workspace, ...at: string[]): { count: number; writes: number[] } {
  const args = [script, builtGraderRoot, root, 'journal', join(root, 'run.json'), ...at];
  try {
    return JSON.parse(execFileSync(process.execPath, args).toString());
  } catch (error) {
    if ((error as { signal?: unknown }).signal === 'SIGKILL') return { count: -1, writes: [] };
    throw error;
  }
}

function found(workspace: Workspace): { text: string; mode: number } | undefined {
  const info = statSync(file(workspace), { throwIfNoEntry: false });
  if (info === undefined) return undefined;
  return { text: readFileSync(file(workspace), 'utf8'), mode: info.mode & 0o777 };
}

/** As if some hours had passed. */
function age({ state }: Workspace): void {
  const longAgo = new Date(Date.now() - 7_200_000);
  for (const folder of [state, join(state, 'bench')])
    for (const name of readdirSync(folder)) utimesSync(join(folder, name), longAgo, longAgo);
}

test.each([
  ['that has words of the student', true],
  ['that is not there yet', false],
])(
  'kill -9 at every file operation leaves a journal %s as it was, or whole',
  async (_, hasJournal) => {
    const clean = await prepared(hasJournal);
    const before = found(clean);
    const listed = readdirSync(clean.state).sort();
    const { count, writes } = child(clean);
    const after = found(clean);
    expect(after?.text).toContain('9,000');
    expect(after?.text.includes('Words of my own, ünïcode too.\r\n')).toBe(hasJournal);
    if (hasJournal) expect(after?.mode).toBe(0o640);
    expect(readdirSync(clean.state).sort()).toEqual(listed);
    expect(count).toBeGreaterThan(10);
    const cases = [
      ...Array.from({ length: count }, (_unused, i) => [String(i + 1), 'before'] as const),
      ...writes.map((operation) => [String(operation), 'half'] as const),
    ];
    for (const [operation, moment] of cases) {
      const where = `killed ${moment} ${operation} of ${count}`;
      const workspace = await prepared(hasJournal);
      expect(child(workspace, operation, moment).count, where).toBe(-1);
      expect([before, after], where).toContainEqual(found(workspace));
      // The next one is not kept from its work by what was left, and tidies it up.
      age(workspace);
      await journal(workspace);
      expect(found(workspace)?.text, where).toBe(after?.text);
      const all = [workspace.root, workspace.state, join(workspace.state, 'bench')].flatMap((folder) =>
        readdirSync(folder),
      );
      expect(
        all.filter((name) => /tmp|lock/.test(name)),
        where,
      ).toEqual([]);
    }
  },
  120_000,
);
