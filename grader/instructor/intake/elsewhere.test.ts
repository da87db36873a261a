/** What is the grader's own failure and what is the submission's, where the system sets the limits. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  takeInAsNobody,
  takeInOnSmallDisk,
  whyNoSmallDisk,
  whyNotNobody,
} from '../../fixtures/intake/elsewhere.ts';
import { commitFiles, whyNoGit } from '../../fixtures/intake/repositories.ts';
import { candidateAt, candidateOf, makePlace, type Place, queue } from '../../fixtures/intake/workspaces.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
  chmodSync(place.root, 0o755);
});
afterEach(() => {
  place.remove();
});

const [notNobody, noDisk, noGit] = [whyNotNobody(), whyNoSmallDisk('/mnt'), whyNoGit()];
for (const why of [notNobody, noDisk, noGit])
  if (why !== undefined) process.stdout.write(`skipped: ${why}\n`);

describe.skipIf(notNobody !== undefined)('who may not read', () => {
  const tell = (name: string): unknown => {
    const out = join(place.root, 'out');
    mkdirSync(out, { recursive: true });
    chmodSync(out, 0o777);
    return takeInAsNobody(
      candidateAt(name.endsWith('.zip') ? 'zip' : 'folder', join(place.root, 'class', name)),
      join(out, 'x'),
    );
  };
  const reason = (name: string): string =>
    `${name} cannot be read (permission denied): make it readable, then grade it again`;

  test.each([
    ['a file', `ada/${queue}`, 'ada', queue],
    ['a folder', 'ada/exercises/0-poc', 'ada', 'exercises/0-poc'],
    ['all of it', 'ada', 'ada', 'the folder'],
    ['an archive', 'ada.zip', 'ada.zip', 'ada.zip'],
  ])('%s is told so', (_, path, name, told) => {
    place.put('class', { [`ada/${queue}`]: '', 'ada.zip': '' });
    chmodSync(join(place.root, 'class', path), 0);
    expect(tell(name)).toMatchObject({ outcome: 'rejected', reason: reason(told) });
    chmodSync(join(place.root, 'class', path), 0o755);
  });

  test('what is not handed in does not matter', () => {
    place.put('class/ada', { [queue]: '', 'notes/x': '', 'node_modules/x/y': '', 'secret.txt': '' });
    for (const name of ['secret.txt', 'node_modules']) chmodSync(join(place.root, 'class/ada', name), 0);
    expect(tell('ada')).toMatchObject({ outcome: 'taken' });
  });

  test('where it may not write, that is an error', () => {
    place.put('class/ada', { [queue]: '' });
    place.put('closed', { x: '' });
    chmodSync(join(place.root, 'closed'), 0o555);
    const told = takeInAsNobody(
      candidateAt('folder', join(place.root, 'class/ada')),
      join(place.root, 'closed/x/ada'),
    );
    expect(told).toEqual({ thrown: 'NOT_WRITABLE' });
  });
});

describe.skipIf(noDisk !== undefined)('a full disk is an error of the grader', () => {
  const content = '// a long line of a long file\n'.repeat(5_000);
  const disk = (): string => {
    mkdirSync(join(place.root, 'disk'));
    return join(place.root, 'disk');
  };

  test('while files are copied', () => {
    const ada = candidateAt('folder', place.put('class/ada', { [queue]: content }));
    expect(takeInOnSmallDisk(ada, disk())).toEqual({ thrown: 'DISK_FULL' });
    expect(
      takeInOnSmallDisk(
        candidateAt('folder', place.put('class/lin', { [queue]: '' })),
        join(place.root, 'disk'),
      ),
    ).toMatchObject({
      outcome: 'taken',
    });
  });

  test.skipIf(noGit !== undefined)('while a commit is fetched', () => {
    const noise = Array.from({ length: 20_000 }, (_, i) => `// ${Math.sin(i)}`).join('\n');
    commitFiles(join(place.root, 'class/ada'), { [queue]: noise });
    const ada = candidateOf(pathToFileURL(join(place.root, 'class/ada')).href);
    expect(takeInOnSmallDisk(ada, disk())).toEqual({ thrown: 'DISK_FULL' });
  });
});
