/** `validate` alone: plain data in, metrics or a Problem out. */
import { inspect } from 'node:util';
import type { ModuleHandle } from '../../../harness/index.ts';
import { check, expectEqual, expectTrue, fail, shape, z } from '../../../harness/index.ts';
import { NOW, thrownBy } from './lab.ts';

const Problem = z.object({
  status: z.number(),
  code: z.string(),
  message: z.string(),
  index: z.optional(z.number()),
});

const good = { name: 'cpu_usage', value: 42.5, timestamp: 1_600_000_000_000, tags: { host: 'web-1' } };

async function validate(module: ModuleHandle, input: unknown): Promise<unknown> {
  const result = await module.call('validate', input, NOW).catch((error: unknown) => {
    const thrown = thrownBy(error);
    if (thrown === undefined) throw error;
    const cause =
      'a property was read before it was known that there is an object: typeof null is "object", too';
    const expected = 'metrics or a Problem, never an exception';
    fail({ summary: `${naming(input)} threw`, expected, ...thrown, cause });
  });
  return Array.isArray(result) ? result.map(withoutUndefined) : result;
}

/** `{ tags: undefined }` is as good as `{}`: JSON writes both alike. */
function withoutUndefined(metric: unknown): unknown {
  if (metric === null || typeof metric !== 'object') return metric;
  return Object.fromEntries(Object.entries(metric).filter(([, value]) => value !== undefined));
}

function naming(input: unknown): string {
  const text = inspect(input, { depth: 4, maxArrayLength: 2, maxStringLength: 20, breakLength: Infinity });
  return `validate(${text}, now)`;
}

async function expectAccepted(module: ModuleHandle, input: unknown, cause?: string): Promise<void> {
  const received = await validate(module, input);
  expectTrue(`${naming(input)} refused a good metric`, Array.isArray(received), {
    expected: 'an array with the metric',
    received,
    ...(cause === undefined ? {} : { cause }),
  });
}

async function expectRefused(
  module: ModuleHandle,
  input: unknown,
  code: string,
  cause: string,
): Promise<void> {
  const received = await validate(module, input);
  const expected = `a Problem: { status: 400, code: '${code}', message: … }`;
  expectTrue(`${naming(input)} accepted bad data`, !Array.isArray(received), { expected, received, cause });
  const problem = shape(naming(input), received, Problem);
  expectEqual(`status and code of ${naming(input)}`, [problem.status, problem.code], [400, code]);
  expectTrue(`${naming(input)} gave a Problem without a message`, problem.message.length > 0, {
    expected: 'a message that tells the sender what is wrong',
    received: problem,
  });
}

check('one-metric', 'validate gives one metric as an array of one', async ({ subject }) => {
  const module = await subject.load('ingest.ts');
  expectEqual(naming(good), await validate(module, good), [good], (received) =>
    Array.isArray(received) ? undefined : 'the result is always an array, also for a single metric',
  );
  const bare = { name: 'up', value: 0, timestamp: 0 };
  expectEqual(
    naming(bare),
    await validate(module, bare),
    [bare],
    'value 0 and timestamp 0 are good: test for undefined, not for "falsy"',
  );
});

check('batch', 'validate gives all metrics of {"metrics":[…]}, in order', async ({ subject }) => {
  const module = await subject.load('ingest.ts');
  const metrics = ['c', 'a', 'b'].map((name, i) => ({ name, value: 10 - i, timestamp: i }));
  expectEqual(
    naming({ metrics }),
    await validate(module, { metrics }),
    metrics,
    'every entry of metrics, first one first',
  );
  const both = { name: 'cpu_usage', value: 1, metrics };
  expectEqual(
    naming(both),
    await validate(module, both),
    metrics,
    'an object with a field metrics is a batch, whatever else is in it',
  );
});

check('timestamps', 'a metric without a timestamp gets now, others keep theirs', async ({ subject }) => {
  const module = await subject.load('ingest.ts');
  const input = {
    metrics: [
      { name: 'a', value: 1 },
      { name: 'b', value: 2, timestamp: 5 },
    ],
  };
  const expected = [
    { name: 'a', value: 1, timestamp: NOW },
    { name: 'b', value: 2, timestamp: 5 },
  ];
  expectEqual(naming(input), await validate(module, input), expected, `now was ${NOW}, the second argument`);
});

check('copies', 'what comes out has the checked fields and nothing else', async ({ subject }) => {
  const module = await subject.load('ingest.ts');
  const input = { ...good, type: 'gauge', admin: true };
  const cause = 'unknown fields are ignored: build a new object from the fields that you checked';
  expectEqual(naming(input), await validate(module, input), [good], cause);
  expectEqual(naming({ metrics: [input] }), await validate(module, { metrics: [input] }), [good], cause);
  const driver = await subject.driver();
  const tagged = { ...good, tags: { host: 'web-1' } };
  expectEqual(
    'what validate gave, after the caller has changed name and tags.host of its own object,',
    await driver.call('validateThenChange', tagged, NOW),
    [good],
    "tags: tags hands on the caller's object; copy it, too: { ...tags }",
  );
});

check('bad-names', 'a name is a string of 1 to 255 characters', async ({ subject }) => {
  const module = await subject.load('ingest.ts');
  await expectAccepted(module, { ...good, name: 'n'.repeat(255) }, '255 characters are allowed');
  const causes: [unknown, string][] = [
    ['', 'an empty name is no name'],
    ['n'.repeat(256), '256 characters are one too many'],
    [7, 'a name must be a string'],
    [undefined, 'a metric without a name'],
    [{ length: 5 }, 'typeof tells a string from everything else that has a length'],
  ];
  for (const [name, cause] of causes) {
    const { name: _, ...rest } = good;
    await expectRefused(module, name === undefined ? rest : { ...good, name }, 'INVALID_METRIC', cause);
  }
});

check('bad-values', 'a value is a finite number', async ({ subject }) => {
  const module = await subject.load('ingest.ts');
  for (const value of [0, -1.5, 5e-324, 1.7e308]) await expectAccepted(module, { ...good, value });
  const causes: [unknown, string][] = [
    [
      '5',
      'the string "5" is not a number; the global isFinite and Number() convert, Number.isFinite does not',
    ],
    [Number.NaN, 'typeof NaN is "number": ask Number.isFinite'],
    [Number.POSITIVE_INFINITY, 'JSON.parse("1e400") is Infinity: ask Number.isFinite'],
    [Number.NEGATIVE_INFINITY, 'ask Number.isFinite'],
    [null, 'null is what JSON.stringify writes for NaN, and it is not a number'],
    [true, 'a boolean is not a number'],
    [[5], 'an array is not a number, even if Number([5]) is 5'],
  ];
  for (const [value, cause] of causes) {
    await expectRefused(module, { ...good, value }, 'INVALID_METRIC', cause);
  }
  await expectRefused(module, { name: 'cpu_usage' }, 'INVALID_METRIC', 'a metric without a value');
});

check('bad-timestamps', 'a timestamp is a whole number, 0 or more', async ({ subject }) => {
  const module = await subject.load('ingest.ts');
  for (const timestamp of ['2023-11-14', '5', 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY, {}, null]) {
    const cause =
      timestamp === null
        ? 'null is a timestamp that was given, and not a number; only undefined is "not given"'
        : 'typeof timestamp === "number" is not enough: Number.isInteger, and not below 0';
    await expectRefused(module, { ...good, timestamp }, 'INVALID_METRIC', cause);
  }
});

check('bad-tags', 'tags are an object whose values are all strings', async ({ subject }) => {
  const module = await subject.load('ingest.ts');
  await expectAccepted(module, { ...good, tags: {} }, 'no tags at all is fine');
  await expectAccepted(
    module,
    { ...good, tags: { a: '', b: 'ü' } },
    'any string is a tag value, the empty one too',
  );
  for (const tags of [{ host: 1 }, { host: 'a', rack: null }, { host: { name: 'a' } }, { host: ['a'] }]) {
    await expectRefused(
      module,
      { ...good, tags },
      'INVALID_METRIC',
      'look at every value of tags, not only at the first',
    );
  }
  for (const tags of ['host', 5, ['web-1'], null]) {
    const cause = 'tags that are given must be an object: null, an array and a string are none';
    await expectRefused(module, { ...good, tags }, 'INVALID_METRIC', cause);
  }
});

check('batch-size', 'a batch has 1 to 1,000 metrics', async ({ subject }) => {
  const module = await subject.load('ingest.ts');
  const many = (count: number) => ({
    metrics: Array.from({ length: count }, () => ({ name: 'up', value: 1 })),
  });
  await expectAccepted(module, many(1_000), '1,000 are allowed');
  await expectRefused(module, many(1_001), 'INVALID_BATCH', '1,001 are one too many');
  await expectRefused(
    module,
    many(0),
    'INVALID_BATCH',
    'an empty batch is a mistake of the sender: tell him',
  );
});

check(
  'bad-shapes',
  'validate refuses what is neither a metric nor a batch, and never throws',
  async ({ subject }) => {
    const module = await subject.load('ingest.ts');
    for (const input of [null, 5, 'cpu', true, [], [good]]) {
      await expectRefused(
        module,
        input,
        'INVALID_BATCH',
        'the body itself must be an object, and not an array',
      );
    }
    for (const metrics of [null, 'cpu', { 0: good, length: 1 }, good]) {
      await expectRefused(module, { metrics }, 'INVALID_BATCH', 'metrics must be an array: Array.isArray');
    }
    for (const item of [null, 5, 'cpu', [], [good]]) {
      const cause = 'every entry must be an object; typeof null and typeof [] are "object" too';
      await expectRefused(module, { metrics: [item] }, 'INVALID_METRIC', cause);
    }
    const cause = 'any object without a field metrics is one metric, and this one has no name';
    await expectRefused(module, {}, 'INVALID_METRIC', cause);
  },
);

check('culprit', 'a Problem names the bad metric by its index', async ({ subject }) => {
  const module = await subject.load('ingest.ts');
  const bad = { ...good, value: 'high' };
  for (const at of [0, 2, 4]) {
    const metrics = [good, good, good, good, good].map((metric, i) => (i === at ? bad : metric));
    const received = await validate(module, { metrics });
    const expected = `a Problem with index ${at}, and none of the good ones`;
    expectTrue(`a batch whose entry ${at} is bad was accepted`, !Array.isArray(received), {
      expected,
      received,
    });
    const problem = shape('the Problem', received, Problem);
    expectEqual(
      `the index in the Problem, when entry ${at} of a batch is bad,`,
      problem.index,
      at,
      'put the position of the bad entry into the Problem',
    );
  }
  const single = shape('the Problem', await validate(module, bad), Problem);
  expectEqual(
    'the index in the Problem, when a single metric is bad,',
    single.index,
    0,
    'a single metric is a batch of one: its index is 0',
  );
});
