/** The rules of a metric: its type, those of 0.3, and which metric is to blame. */
import { check, expectEqual } from '../../../harness/index.ts';
import { brief, cpu, NOW, parseMetrics } from './lab.ts';

check('types', 'a type is gauge, counter, histogram or summary, or not given', async ({ subject }) => {
  const types = ['gauge', 'counter', 'histogram', 'summary'];
  const wrong = [
    'Gauge',
    'gauges',
    '',
    'timer',
    'toString',
    '__proto__',
    'constructor',
    null,
    1,
    true,
    [],
    ['gauge'],
    {},
  ];
  const text = (type: unknown): string => JSON.stringify({ type, ...cpu });
  const known = await parseMetrics(subject, types.map(text), NOW);
  for (const [i, type] of types.entries()) {
    const cause = 'the type is looked at and dropped: the metric of the kernel has no field for it';
    expectEqual(`a metric of type ${type}`, brief(known[i]), [cpu], cause);
  }
  const [batch] = await parseMetrics(subject, [`{"metrics":[${text('gauge')}],"type":"nonsense"}`], NOW);
  const beside = 'a type beside metrics is one of the other fields: only the type of an entry counts';
  expectEqual('a batch with "type":"nonsense" beside "metrics"', brief(batch), [cpu], beside);
  const unknown = await parseMetrics(subject, wrong.map(text), NOW);
  for (const [i, type] of wrong.entries()) {
    const cause =
      'compare with the four words; an object as a table also "knows" toString, and null counts as given';
    expectEqual(`a metric of type ${JSON.stringify(type)}`, brief(unknown[i]), 'MetricError of 0', cause);
  }
});

check('rules', 'the rules of 0.3 hold for what the parser gives', async ({ subject }) => {
  const metric = (fields: string): string => `{"name":"a","value":1,${fields}}`;
  const bad = [
    ...[
      '{}',
      '{"name":"a"}',
      '{"value":1}',
      '{"name":"","value":1}',
      `{"name":"${'n'.repeat(256)}","value":1}`,
    ],
    ...[
      '{"name":1,"value":1}',
      '{"name":"a","value":"1"}',
      '{"name":"a","value":1e400}',
      '{"name":"a","value":-1e999}',
    ],
    ...[
      '{"name":"a","value":null}',
      metric('"timestamp":-1'),
      metric('"timestamp":1.5'),
      metric('"timestamp":"1"'),
    ],
    ...[metric('"timestamp":null'), metric('"tags":[]'), metric('"tags":{"a":1}'), metric('"tags":null')],
    metric('"tags":{"__proto__":1}'),
  ];
  await expectRefusals(subject, bad, 'MetricError of 0', ruled);
  const bodies = ['[]', 'null', '5', '"a"', 'true', '{"metrics":[]}', '{"metrics":{}}', '{"metrics":null}'];
  const many = `{"metrics":[${Array.from({ length: 1_001 }, () => '{"name":"a","value":1}').join(',')}]}`;
  const whole =
    'the body is JSON, but no metric and no batch: no metric of it is to blame, so the index is -1';
  await expectRefusals(subject, [...bodies, many, `[${JSON.stringify(cpu)}]`], 'MetricError of -1', whole);
  const cause = 'it is no JSON: let the JsonError of parseJson through';
  await expectRefusals(subject, ['{"name":"a","value":01}'], 'JsonError at 21', cause);
  await expectRefusals(
    subject,
    ['{"é":"é","name":"a",}'],
    'JsonError at 22',
    'the offset counts bytes of the body',
  );
});

const ruled =
  'validate() of 0.3 gives a Problem instead of metrics: throw a MetricError with its index. 1e400 is JSON, and Infinity, but no finite value';

async function expectRefusals(
  subject: Parameters<typeof parseMetrics>[0],
  documents: readonly string[],
  expected: string,
  cause: string,
): Promise<void> {
  const outcomes = await parseMetrics(subject, documents, NOW);
  for (const [i, document] of documents.entries()) {
    const short = document.length > 120 ? `${document.slice(0, 100)} ...` : document;
    expectEqual(`parseMetrics(bytes of ${short})`, brief(outcomes[i]), expected, cause);
  }
}

check(
  'culprit',
  'the index is that of the first bad metric, whatever is wrong with it',
  async ({ subject }) => {
    const good = '{"name":"a","value":1,"type":"gauge"}';
    const untyped = '{"name":"a","value":1,"type":"timer"}';
    const invalid = '{"name":"a","value":"1"}';
    const nested = '{"metrics":[{"name":"a","value":1}]}';
    const cases: readonly (readonly [readonly string[], number])[] = [
      [[good, good, invalid], 2],
      [[good, untyped, good], 1],
      [[good, invalid, untyped], 1],
      [[good, untyped, invalid], 1],
      [[untyped, invalid], 0],
      [[good, nested], 1],
      [[good, 'null', untyped], 1],
      [[untyped, '[]', '5'], 0],
    ];
    const texts = cases.map(([entries]) => `{"metrics":[${entries.join(',')}]}`);
    const outcomes = await parseMetrics(subject, texts, NOW);
    for (const [i, [, index]] of cases.entries()) {
      const cause =
        'two kinds of fault, one order: the first metric that breaks any rule, its type or a rule of 0.3';
      expectEqual(texts[i] ?? '', brief(outcomes[i]), `MetricError of ${index}`, cause);
    }
  },
);
