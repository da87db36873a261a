import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Workspace } from '../core/types.ts';
import { run } from '../fixtures/bench.ts';
import { bareWorkspace, temporaryFolder } from '../fixtures/progress/workspace.ts';
import { loadSaved, savedNames, saveProgram } from './saved.ts';

function program(text: string): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'exercises/kernel'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'exercises/serve.js'), text);
  writeFileSync(join(folder, 'exercises/kernel/index.js'), 'export {};');
  return folder;
}

const home = (workspace: Workspace, name: string): string => join(workspace.state, 'bench/saved', name);

describe('a saved program', () => {
  test('comes back whole, with its run, also when the build is gone', () => {
    const workspace = bareWorkspace();
    const folder = program('one');
    saveProgram(workspace, 'before', folder, join(folder, 'exercises/serve.js'), run);
    rmSync(folder, { recursive: true });
    const saved = loadSaved(workspace, 'before');
    expect(saved.run).toEqual(run);
    expect(readFileSync(saved.entry, 'utf8')).toBe('one');
    expect(saved.entry).toBe(join(saved.folder, 'exercises/serve.js'));
    expect(existsSync(join(saved.folder, 'exercises/kernel/index.js'))).toBe(true);
    expect(existsSync(join(saved.folder, 'package.json'))).toBe(true);
  });

  test('is replaced by the next of its name, and leaves nothing behind', () => {
    const workspace = bareWorkspace();
    for (const text of ['one', 'two'])
      saveProgram(workspace, 'before', program(text), 'exercises/serve.js', run);
    expect(readFileSync(loadSaved(workspace, 'before').entry, 'utf8')).toBe('two');
    expect(readdirSync(home(workspace, 'before'))).toHaveLength(2);
  });

  test('is a copy of files, never of links', () => {
    const workspace = bareWorkspace();
    const folder = program('one');
    symlinkSync('/etc', join(folder, 'etc'));
    const saved = saveProgram(workspace, 'links', folder, 'exercises/serve.js', run);
    expect(readdirSync(saved.folder).sort()).toEqual(['exercises', 'package.json']);
  });

  test.each(['', '..', '.', '../x', 'a/b', 'a\\b', '.hidden', '-x', 'a b', 'ä', 'x.', 'x'.repeat(65)])(
    'cannot be called %j',
    (name) => {
      const workspace = bareWorkspace();
      const save = (): unknown => saveProgram(workspace, name, program(''), 'exercises/serve.js', run);
      expect(save).toThrow(expect.objectContaining({ code: 'BAD_USAGE' }));
      expect(() => loadSaved(workspace, name)).toThrow(expect.objectContaining({ code: 'NO_SAVED' }));
      expect(existsSync(join(workspace.state, 'bench'))).toBe(false);
    },
  );

  test.each(['yardstick', 'previous', 'Solution'])('cannot be called %s, which --vs understands', (name) => {
    const save = (): unknown => saveProgram(bareWorkspace(), name, program(''), 'exercises/serve.js', run);
    expect(save).toThrow('means something else after --vs');
  });

  test.each(['../serve.js', '/etc/passwd', ''])('cannot start %j', (entry) => {
    expect(() => saveProgram(bareWorkspace(), 'x', program(''), entry, run)).toThrow('not in the folder');
  });

  test('that nobody saved is said with the nearest name', () => {
    const workspace = bareWorkspace();
    expect(() => loadSaved(workspace, 'befor')).toThrow('Save one with: npx craft bench --save before');
    for (const name of ['v1.2', 'before'])
      saveProgram(workspace, name, program(''), 'exercises/serve.js', run);
    expect(savedNames(workspace)).toEqual(['before', 'v1.2']);
    expect(() => loadSaved(workspace, 'befor')).toThrow('Did you mean "before"? Saved: before, v1.2.');
    expect(() => loadSaved(workspace, 'quite different')).toThrow('solution. Saved: before, v1.2.');
  });

  test.each([
    ['cut short', '{"schema":1'],
    ['led out of its folder', JSON.stringify({ schema: 1, name: 'x', folder: '../..', entry: 'a', run })],
    [
      'led out by its entry',
      JSON.stringify({
        schema: 1,
        name: 'x',
        folder: '1-0123456789ab',
        entry: '../../../../workspace.json',
        run,
      }),
    ],
  ])('whose saved.json is %s is not there', (_, text) => {
    const workspace = bareWorkspace();
    saveProgram(workspace, 'x', program(''), 'exercises/serve.js', run);
    writeFileSync(join(home(workspace, 'x'), 'saved.json'), text);
    expect(savedNames(workspace)).toEqual([]);
    expect(() => loadSaved(workspace, 'x')).toThrow(expect.objectContaining({ code: 'NO_SAVED' }));
    saveProgram(workspace, 'x', program('again'), 'exercises/serve.js', run);
    expect(readFileSync(loadSaved(workspace, 'x').entry, 'utf8')).toBe('again');
  });
});
