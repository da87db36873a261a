/**
 * What an exercise of Craft 1 refuses, tried by programs that go through the real pipeline: the scan must see the plain
 * use, and what the scan cannot see must end at run time, both times with the exercise's own reason.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusedBy } from '../core/refused.ts';
import type { Exercise, ForbiddenApi } from '../core/types.ts';
import { loadCurriculum } from '../curriculum/index.ts';
import { type Programs, preparePrograms } from '../fixtures/forbidden/pipeline.ts';
import { hiddenUse, notThere, plainUse } from '../fixtures/forbidden/uses.ts';
import {
  type Ending,
  hidden,
  scanned,
  sly,
  threadSource,
  threads,
  type Way,
} from '../fixtures/forbidden/ways.ts';
import { ownLibrary, readSources } from '../instructor/source.ts';
import { judgeSources } from '../instructor/trials.ts';
import { checksDirectory, createRunner } from './index.ts';

const curriculum = loadCurriculum();
const craft1 = curriculum.exercises.filter(({ craft }) => craft === '1-ingestion');
const refusal = ({ api, why }: ForbiddenApi): string => `${api} is not allowed here: ${why}`;

describe.each(craft1.map((exercise) => [`${exercise.number} ${exercise.title}`, exercise] as const))(
  '%s refuses',
  (_, exercise) => {
    const apis = refusedBy(exercise);
    let programs: Programs;
    beforeAll(async () => {
      const sources = apis.flatMap(({ api }, i) => [
        [`plain${i}.ts`, plainUse(api)] as const,
        [`hidden${i}.ts`, hiddenUse(api)] as const,
      ]);
      programs = await preparePrograms(curriculum, exercise, Object.fromEntries(sources));
    });
    afterAll(() => programs.end());

    test('in the scan, what says its name', () => {
      const found = apis.map((_, i) => programs.refusals(`plain${i}.ts`)[0]);
      expect(found).toEqual(apis.map(refusal));
    });

    test('at run time, what does not', async () => {
      for (const [i, forbidden] of apis.entries()) {
        const name = `hidden${i}.ts`;
        expect([forbidden.api, programs.refusals(name)]).toEqual([forbidden.api, []]);
        const answer = await programs.run(name);
        // A module of JavaScript has no `require`; and some of these come with a later Node.
        expect([forbidden.api, answer]).toEqual([
          forbidden.api,
          isThere(forbidden.api) ? refusal(forbidden) : notThere,
        ]);
      }
    });
  },
);

/** Whether this Node has it, where a program could find it. Modules are refused by their names. */
function isThere(api: string): boolean {
  if (api === 'Function' || api.startsWith('node:')) return true;
  const path = api.split('.');
  return path.reduce<unknown>((owner, key) => Reflect.get(Object(owner), key), globalThis) !== undefined;
}

const jsonParser = craft1.find(({ forbid }) => forbid.some(({ api }) => api === 'JSON.parse'));
if (jsonParser === undefined) throw new Error('no exercise of Craft 1 forbids JSON.parse');

/** `scan`: found there. Otherwise it must not be, and the program is run in one process with the others, or alone. */
type Trial = 'scan' | 'together' | 'alone';

function tryWays(title: string, exercise: Exercise, ways: readonly Way[], trial: Trial): void {
  describe(title, () => {
    const file = (way: Way): string => `way${ways.indexOf(way)}.ts`;
    let programs: Programs;
    beforeAll(async () => {
      const sources = Object.fromEntries(ways.map((way) => [file(way), way[1]]));
      programs = await preparePrograms(curriculum, exercise, { ...sources, 'thread.ts': threadSource });
    });
    afterAll(() => programs.end());

    test.each(ways.map((way) => [way[0], way] as const))('%s', async (_, way) => {
      const refusals = programs.refusals(file(way));
      if (trial === 'scan') {
        expectEnd(refusals[0], way[2], exercise);
      } else {
        expect(refusals).toEqual([]);
        const run = trial === 'alone' ? programs.runAlone(file(way)) : programs.run(file(way));
        expectEnd(await run, way[2], exercise);
      }
    });
  });
}

function expectEnd(received: unknown, ends: Ending, exercise: Exercise): void {
  if ('returns' in ends) expect(received).toEqual(ends.returns);
  else if ('says' in ends) expect(received).toContain(ends.says);
  else {
    const forbidden = refusedBy(exercise).find(({ api }) => api === ends.refused);
    expect(received).toBe(forbidden === undefined ? `no rule for ${ends.refused}` : refusal(forbidden));
  }
}

const threaded = { ...jsonParser, allow: ['node:worker_threads'] };
tryWays('the scan is not got round by', jsonParser, scanned, 'scan');
tryWays('the traps are not got round by', jsonParser, hidden, 'together');
tryWays('those who set them are not deceived by', jsonParser, sly, 'alone');
tryWays('nor, where threads are allowed, by', threaded, threads, 'alone');

test('what is forbidden as a global is not had from the module that exports it, too', async () => {
  const forbid = ['URL', 'TextDecoder', 'setTimeout', 'Buffer'].map((api) => ({ api, why: 'a test' }));
  const modules = ['node:url', 'node:util', 'node:timers', 'node:buffer'];
  const sources = forbid.map(({ api }, i) => [
    `${api}.ts`,
    `import owner from '${modules[i]}';
const it: any = owner;
export const attack = (): unknown => it['${api.slice(0, 1)}' + '${api.slice(1)}']('1');
`,
  ]);
  const programs = await preparePrograms(curriculum, { ...jsonParser, forbid }, Object.fromEntries(sources));
  for (const forbidden of forbid) {
    expect(programs.refusals(`${forbidden.api}.ts`)).toEqual([]);
    expect(await programs.run(`${forbidden.api}.ts`)).toBe(refusal(forbidden));
  }
  await programs.end();
});

test('a driver, which may call everything, is not handed the function itself', async () => {
  const source = "const json: any = JSON;\nexport const parseJson = json['par' + 'se'];\n";
  const programs = await preparePrograms(curriculum, jsonParser, { 'json.ts': source });
  const message = await programs.drive(checksDirectory(jsonParser));
  expect(message).toBe('parseJson is not allowed here: it is a function of Node itself; write your own');
  await programs.end();
});

describe('a build', () => {
  test('is held in each folder by the rules of its exercise', async () => {
    const parser = craft1.find(({ number }) => number === '1.1');
    const server = craft1.find(({ number }) => number === '1.2');
    if (parser === undefined || server === undefined) throw new Error('where are they?');
    const helper = "import { createServer } from 'node:http';\nexport const listen = createServer;\n";
    const source = `import { listen } from '../../${parser.id}/helper.ts';
export const attack = (): string => typeof listen;
`;
    const beside = new Map(readSources(join(ownLibrary().solutions, parser.id), parser.files));
    const there = [...beside.set('helper.ts', helper)].map(
      ([name, text]) => [`${parser.id}/${name}`, text] as const,
    );
    const programs = await preparePrograms(curriculum, server, { 'attack.ts': source }, new Map(there));
    const { why } = parser.forbid.find(({ api }) => api === 'node:http') ?? {};
    expect(programs.refusals('helper.ts', parser)).toEqual([`node:http is not allowed here: ${why}`]);
    await programs.end();
  });

  test('must still be what was compiled when it has run', async () => {
    const { solutions } = ownLibrary();
    const sources = new Map(readSources(join(solutions, jsonParser.id), jsonParser.files));
    const [first = ''] = jsonParser.files;
    const line = `import { appendFileSync } from 'node:fs';\nappendFileSync(new URL(import.meta.url), '// mine');\n`;
    sources.set(first, `${line}${sources.get(first)}`);
    const runner = createRunner();
    const checks = jsonParser.checks.slice(0, 1);
    const context = { curriculum, library: ownLibrary() };
    const { verdict } = await judgeSources(jsonParser, sources, context, runner, {
      only: 'behaviour',
      checks,
    });
    await runner.close();
    expect(verdict).toMatchObject({ outcome: 'failed', stage: 'rules', code: 'FORBIDDEN_API' });
    expect(verdict).toHaveProperty(
      'summary',
      expect.stringContaining('changing the compiled program is not allowed'),
    );
  });
});
