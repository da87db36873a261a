/**
 * What takes long to prove: nobody who changes a submission while it is read gets another's files graded, and no bytes
 * at all make the grader fail. Runs only with CRAFT_INTAKE=1.
 */
import { spawn } from 'node:child_process';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRandom, newSeed, type Random } from '../../core/random.ts';
import { commitFiles, git } from '../../fixtures/intake/repositories.ts';
import { paxOf, tarOf } from '../../fixtures/intake/tar.ts';
import {
  candidateAt,
  candidateOf,
  filesIn,
  makePlace,
  type Place,
  reasonOf,
} from '../../fixtures/intake/workspaces.ts';
import { zipOf } from '../../fixtures/intake/zip.ts';
import { takeIn } from './index.ts';

const queue = 'exercises/queue.ts';
const secret = 'export const secret = 1;\n';
const changing = fileURLToPath(new URL('../../fixtures/intake/changing.mjs', import.meta.url));

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.remove());

describe.skipIf(process.env.CRAFT_INTAKE !== '1')('slowly proved:', () => {
  test.each([
    'a folder is a link now and then',
    'a file is a link now and then',
    'all of it is a link now and then',
    'a file grows and shrinks',
  ])('%s, and nothing of another is taken', async (way) => {
    const ada = place.put('class/ada', { [queue]: 'export const mine = 1;\n' });
    const lin = place.put('class/lin', { [queue]: secret });
    const child = spawn(process.execPath, [changing, way, ada, lin], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const outcomes = new Set<string>();
    for (let i = 0; i < 1_500; i++) {
      const intake = await takeIn(candidateAt('folder', ada), join(place.root, 'out'));
      outcomes.add(intake.outcome);
      if (intake.outcome === 'taken') expect(JSON.stringify(filesIn(intake.root))).not.toContain('secret');
    }
    expect(child.exitCode).toBeNull();
    child.kill('SIGKILL');
    // It did change at those moments, and not only then.
    expect([...outcomes].sort()).toEqual(['rejected', 'taken']);
  });

  test('any bytes are taken or refused in one clean line', async () => {
    const random = createRandom(newSeed());
    const content = 'export const queue = 1;\n'.repeat(30);
    const sound = [
      { name: 'ada/exercises/queue.ts', content },
      { name: 'ada/README.md', content },
    ];
    const seeds = [
      ['zip', zipOf(sound)],
      ['tar', tarOf([paxOf({ path: 'exercises/long.ts' }), ...sound])],
      ['tar', gzipSync(tarOf(sound))],
    ] as const;
    for (let i = 0; i < 5_000; i++) {
      const [kind, bytes] = random.pick(seeds);
      const path = join(place.put('class', { x: damaged(bytes, random) }), 'x');
      const intake = await takeIn(candidateAt(kind, path), join(place.root, 'out')).catch((error) => {
        throw new Error(`seed ${random.seed}, archive ${i}`, { cause: error });
      });
      if (intake.outcome === 'rejected') expect(intake.reason).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });

  test('a blob that would need much memory is refused', async () => {
    const ada = join(place.root, 'class/ada');
    commitFiles(ada, { [queue]: '', 'zeros.1': '', 'zeros.2': 'one' });
    for (const name of ['zeros.1', 'zeros.2']) truncateSync(join(ada, name), 300 * 1_048_576);
    commitFiles(ada, {});
    // One as the difference to the other: to have it, git must hold both.
    git(ada, ['repack', '-a', '-d', '-f', '-q', '--depth=5', '--window=5']);
    const reason = reasonOf(await place.take(candidateOf(pathToFileURL(ada).href)));
    expect(reason).toContain('attempting to allocate');
  }, 300_000);
});

/** A few bytes changed, cut out, or doubled. */
function damaged(bytes: Buffer, random: Random): Buffer {
  let result: Buffer = Buffer.from(bytes);
  for (let times = random.integer(1, 4); times > 0; times--) {
    const at = random.integer(0, result.length - 1);
    const [head, tail] = [result.subarray(0, at), result.subarray(at)];
    const change = random.integer(0, 3);
    if (change < 2) result[at] = random.integer(0, 255);
    else if (change === 2) result = Buffer.concat([head, tail.subarray(random.integer(0, 40))]);
    else result = Buffer.concat([head, tail.subarray(0, random.integer(0, 200)), tail]);
    if (result.length === 0) result = Buffer.of(0);
  }
  return result;
}
