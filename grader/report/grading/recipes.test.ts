/** The recipes of docs/grading: they parse, their shards are all of the class, and their scripts run, with a fake craft. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { main } from '../../../bin/main.ts';
import { packageRoot } from '../../core/paths.ts';
import { fakeIo } from '../../fixtures/terminal.ts';
import { runAutograder } from './autograderscripts.ts';

const docs = join(packageRoot, 'docs', 'grading');
const read = (name: string): string => readFileSync(join(docs, name), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'craft recipes ö-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script as its platform does, in an empty folder, with a craft that only says how it was called. */
async function run(
  script: string,
  env: Record<string, string>,
  craft = 'exit 0',
): Promise<{ code: number; out: string; calls: string[] }> {
  const cwd = mkdtempSync(join(folder, 'run '));
  mkdirSync(join(cwd, 'programs'));
  const program = join(cwd, 'programs', 'craft');
  writeFileSync(
    program,
    `#!/usr/bin/env bash\nprintf '<%s>' "$@" >> "${cwd}/calls"; echo >> "${cwd}/calls"\n${craft}\n`,
  );
  chmodSync(program, 0o755);
  const { exitCode, all } = await execa('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    ...{ cwd, all: true, reject: false, extendEnv: false },
    env: { PATH: `${join(cwd, 'programs')}:${process.env.PATH}`, HOME: cwd, ...env },
  });
  const calls = existsSync(join(cwd, 'calls'))
    ? readFileSync(join(cwd, 'calls'), 'utf8').trimEnd().split('\n')
    : [];
  return { code: exitCode ?? -1, out: all, calls };
}

const shardOf = (call: string): string => /<--shard><([^>]+)>/.exec(call)?.[1] ?? '';
/** 1/n to n/n. */
const whole = (count: number): string[] =>
  Array.from({ length: count }, (_each, index) => `${index + 1}/${count}`);

describe('github-actions.yml', () => {
  /** Also after a failure. In two pieces, since it looks like a template. */
  const always = `$${'{{ !cancelled() }}'}`;
  const step = z.object({
    name: z.string().optional(),
    uses: z.string().optional(),
    run: z.string().optional(),
    if: z.string().optional(),
    env: z.record(z.string(), z.string()).optional(),
    with: z.record(z.string(), z.unknown()).optional(),
  });
  const workflow = z
    .object({
      permissions: z.object({ contents: z.literal('read') }),
      env: z.record(z.string(), z.string()),
      jobs: z.object({
        shard: z.object({
          strategy: z.object({
            'fail-fast': z.literal(false),
            matrix: z.object({ shard: z.array(z.number().int()) }),
          }),
          steps: z.array(step),
        }),
        class: z.object({
          needs: z.literal('shard'),
          if: z.literal(always),
          steps: z.array(step),
        }),
      }),
    })
    .parse(parse(read('github-actions.yml')));
  const { shard, class: merge } = workflow.jobs;
  const shards = shard.strategy.matrix.shard;
  const named = (name: string, steps: readonly z.infer<typeof step>[]): z.infer<typeof step> => {
    const found = steps.find((each) => each.name === name);
    if (found === undefined) throw new Error(`no step ${name}`);
    return found;
  };

  /** What Actions puts in place of an expression, of those that the recipe uses. */
  function evaluated(text: string, index: number): string {
    const values: Record<string, string> = {
      'matrix.shard': String(shards[index]),
      'strategy.job-total': String(shards.length),
      'secrets.GRADE_SEED': 'a secret; $(id)',
      'secrets.GRADE_SSH_KEY': '',
      'inputs.exercises': '0.1-1.10',
    };
    return text.replaceAll(/\$\{\{ ([\w.-]+) \}\}/g, (whole, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`unknown expression ${whole}`);
      return value;
    });
  }

  const envOf = (index: number): Record<string, string> =>
    Object.fromEntries(
      Object.entries({ ...workflow.env, ...named('Grade', shard.steps).env }).map(([name, value]) => [
        name,
        evaluated(value, index),
      ]),
    );

  test('the parts together are the class, each once', async () => {
    expect(shards.length).toBeLessThanOrEqual(256);
    const grade = named('Grade', shard.steps).run ?? '';
    // No expression inside a script: what a person types would become part of it.
    for (const each of [...shard.steps, ...merge.steps]) expect(each.run ?? '').not.toContain('${{');
    const runs = await Promise.all(shards.map((_shard, index) => run(grade, envOf(index))));
    expect(runs.map(({ code }) => code)).toEqual(shards.map(() => 0));
    expect(runs.map(({ calls }) => shardOf(calls[0] ?? ''))).toEqual(whole(shards.length));
    expect(runs[2]?.calls).toEqual([
      '<grade><roster.csv><--course><course.json><--exercises><0.1-1.10><--jobs><2><--seed><a secret; $(id)>' +
        `<--shard><3/${shards.length}><--out><results-3><--format><github>`,
    ]);
  });

  test('what was left open is tried once more; then the part is red', async () => {
    const { run: grade = '' } = named('Grade', shard.steps);
    expect(await run(grade, envOf(0), 'exit 2')).toMatchObject({
      code: 2,
      calls: [expect.anything(), expect.anything()],
    });
    const mended = await run(grade, envOf(0), '[ -e once ] || { touch once; exit 2; }');
    expect(mended).toMatchObject({ code: 0, calls: { length: 2 } });
  });

  test('without the secret it stops, and says which', async () => {
    const { code, out, calls } = await run(named('Grade', shard.steps).run ?? '', { ...envOf(0), SEED: '' });
    expect({ code, calls }).toEqual({ code: expect.any(Number), calls: [] });
    expect(code).not.toBe(0);
    expect(out).toContain('make the secret GRADE_SEED');
  });

  test('results go up whatever happened, and come down where merge looks for them', async () => {
    const upload = shard.steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact'));
    expect(upload).toMatchObject({ if: always });
    expect(evaluated(String(upload?.with?.name), 4)).toBe('results-5');
    expect(evaluated(String(upload?.with?.path), 4)).toBe('results-5');
    const download = merge.steps.find(({ uses }) => uses?.startsWith('actions/download-artifact'));
    expect(download?.with).toEqual({ pattern: 'results-*' });
    const make = 'mkdir results-1 results-2 results-10\n';
    const { calls } = await run(make + (named('Merge', merge.steps).run ?? ''), {});
    expect(calls).toEqual([
      '<grade><merge><results-1><results-10><results-2><--out><class><--format><github>',
    ]);
    expect(named('Summary', merge.steps).run).toContain('class/summary.md');
  });
});

describe('kubernetes-job.yaml', () => {
  const container = z.object({
    command: z.array(z.string()),
    args: z.array(z.string()).length(1),
    env: z.array(z.object({ name: z.string(), value: z.string().optional() }).loose()).optional(),
  });
  const job = z.object({
    kind: z.literal('Job'),
    metadata: z.object({ name: z.string() }),
    spec: z
      .object({
        template: z.object({
          spec: z
            .object({ restartPolicy: z.literal('Never'), containers: z.array(container).length(1) })
            .loose(),
        }),
      })
      .loose(),
  });
  const [claim, ...jobs] = parseAllDocuments(read('kubernetes-job.yaml')).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });
  const [grade, merge] = jobs.map((each) => job.parse(each));
  const spec = grade?.spec as Record<string, unknown> | undefined;
  const [pod] = grade?.spec.template.spec.containers ?? [];
  const values = Object.fromEntries((pod?.env ?? []).map(({ name, value = 'a seed' }) => [name, value]));
  const count = Number(spec?.completions);

  test('it is an Indexed Job whose numbers agree', () => {
    expect(claim).toMatchObject({ kind: 'PersistentVolumeClaim' });
    expect(spec).toMatchObject({ completionMode: 'Indexed', parallelism: count, maxFailedIndexes: count });
    expect(values.SHARDS).toBe(String(count));
    // Without its own limit for each index one bad part would end all others; that needs pods that do not restart.
    expect(spec).toMatchObject({
      backoffLimitPerIndex: expect.any(Number),
      activeDeadlineSeconds: expect.any(Number),
    });
    expect(spec).not.toHaveProperty('backoffLimit');
    expect(grade?.spec.template.spec).toMatchObject({
      hostUsers: false,
      automountServiceAccountToken: false,
    });
  });

  test('the indices together are the class, each once, and each resumes its own results', async () => {
    const indices = Array.from({ length: count }, (_each, index) => index);
    const runs = await Promise.all(
      indices.map((index) => run(pod?.args[0] ?? '', { ...values, JOB_COMPLETION_INDEX: String(index) })),
    );
    expect(runs.map(({ code }) => code)).toEqual(indices.map(() => 0));
    const calls = runs.map((each) => each.calls.at(-1) ?? '');
    expect(calls.map(shardOf)).toEqual(whole(count));
    const folders = calls.map((call) => /<--out><([^>]+)>/.exec(call)?.[1]);
    expect(folders).toEqual(indices.map((index) => `/results/results-${index + 1}`));
    expect(calls[0]).toContain(
      '<grade></class/roster.csv><--course></class/course.json><--exercises><0.1-1.10>',
    );
    expect(calls[0]).toContain('<--seed><a seed>');
  });

  test('exit code 2 reaches the job, which tries that index again', async () => {
    const script = pod?.args[0] ?? '';
    const failing = 'if [ "$1" = grade ]; then exit 2; fi';
    expect((await run(script, { ...values, JOB_COMPLETION_INDEX: '0' }, failing)).code).toBe(2);
    expect((await run(script, values, failing)).code).not.toBe(0);
  });

  test('the merge waits until it is told to', async () => {
    expect(merge?.spec).toMatchObject({ suspend: true });
    const script = (merge?.spec.template.spec.containers[0]?.args[0] ?? '').replaceAll(
      '/results/',
      './results/',
    );
    const { calls } = await run(`mkdir -p results/results-1 results/results-2\n${script}`, {});
    expect(calls).toEqual([
      '<grade><merge><./results/results-1><./results/results-2><--out><./results/class>',
    ]);
  });
});

test('the recipes use options that craft has', async () => {
  const help = async (line: string): Promise<string> => {
    const io = fakeIo(folder);
    expect(await main(line.split(' '), io)).toBe(0);
    return io.out();
  };
  const [grade, merge] = await Promise.all([help('grade --help'), help('grade merge --help')]);
  const gradescope = await help('grade gradescope --help');
  const texts = [read('github-actions.yml'), read('kubernetes-job.yaml'), read('README.md'), runAutograder];
  const used = texts.flatMap((text) =>
    text
      .replaceAll(/\\\n/g, ' ')
      .split('\n')
      .filter(
        (line) => !line.includes('grade merge') && /craft grade (?!gradescope)|arguments\+?=\(/.test(line),
      )
      .flatMap((line) => line.match(/--[a-z][a-z-]+/g) ?? []),
  );
  expect(new Set(used).size).toBeGreaterThan(8);
  for (const option of used) expect(grade, option).toContain(option);
  for (const option of ['--out', '--format']) expect(merge).toContain(option);
  for (const [option] of read('gradescope.md').matchAll(/--[a-z][a-z-]+/g))
    expect(gradescope, option).toContain(option);
});

test('the documents name files, formats and options that there are', () => {
  for (const name of ['README.md', 'gradescope.md']) {
    for (const [, target = ''] of read(name).matchAll(/\]\(([^)#]+)\)/g)) {
      expect(existsSync(join(docs, target)), `${name}: ${target}`).toBe(true);
    }
  }
});
