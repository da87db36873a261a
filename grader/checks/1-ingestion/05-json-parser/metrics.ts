/** `parseMetrics`: bytes in, metrics out. */
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import { brief, parseMetrics } from './lab.ts';

const NOW = 1_800_000_000_000;
const cpu = {
  name: 'cpu_usage',
  value: 42.5,
  timestamp: 1_700_000_000_000,
  tags: { host: 'web-1', zone: 'a' },
};

check('metrics', 'one metric or a batch, in any order of fields and tags', async ({ subject }) => {
  const spellings = [
    JSON.stringify(cpu),
    '{"tags":{"zone":"a","host":"web-1"},"timestamp":1700000000000,"value":42.5,"name":"cpu_usage"}',
    '{"value":4.25e1,"extra":[{"name":"x"}],"name":"cpu\\u005fusage","tags":{"host":"web-1","zone":"a"},"timestamp":17e11}',
    ' {\n "name" : "cpu_usage" , "value" : 42.50 , "tags" : { "zone" : "a" , "host" : "web\\u002d1" } ,\r\n\t"timestamp" : 1700000000000 } ',
  ];
  const single = await parseMetrics(subject, spellings, NOW);
  for (const [i, text] of spellings.entries()) {
    expectEqual(`parseMetrics(bytes of ${text})`, brief(single[i]), [cpu], explainMetrics);
  }
  const batch = `{"metrics":[${spellings.join(',')}]}`;
  const [four] = await parseMetrics(subject, [batch], NOW);
  expectEqual('a batch of the same four', brief(four), [cpu, cpu, cpu, cpu], explainMetrics);
  const [untimed, awkward] = await parseMetrics(
    subject,
    ['{"name":"a","value":-0}', '{"name":"\\"é\\n😀","value":0,"tags":{"__proto__":"p","":""}}'],
    NOW,
  );
  const expected = { name: 'a', value: -0, timestamp: NOW };
  expectEqual(
    'a metric without timestamp and tags',
    brief(untimed),
    [expected],
    'it gets now, and no key tags',
  );
  const tags = JSON.parse('{"__proto__":"p","":""}');
  const wanted = [{ name: '"é\n😀', value: 0, timestamp: NOW, tags }];
  expectEqual('a metric with strange strings', brief(awkward), wanted, explainMetrics);
  const driver = await subject.driver();
  const before = Date.now();
  const stamped = await driver.call('parseMetricNow', Buffer.from('{"name":"a","value":1}'));
  const good = typeof stamped === 'number' && stamped >= before - 1 && stamped <= Date.now() + 1;
  const cause = 'without a second argument now is Date.now(): leave the default in the signature';
  expectTrue('the timestamp when now is not given', good, {
    expected: `about ${before}`,
    received: stamped,
    cause,
  });
});

const explainMetrics =
  'decode the bytes, parse the text, and hand the value to validate() of 0.3 together with now: it knows both forms and the rules';

check('windows', 'bytes are read from where they begin to where they end', async ({ subject }) => {
  // The driver puts every document into the middle of a larger buffer, and hands over a view of it.
  const documents = Array.from({ length: 20 }, (_, i) => JSON.stringify({ ...cpu, name: 'n'.repeat(i + 1) }));
  const outcomes = await parseMetrics(subject, documents, NOW);
  const names = outcomes.map((outcome) => JSON.stringify(brief(outcome)).length);
  const expected = documents.map((text) => text.length + 2);
  expectEqual('lengths of 20 metrics as JSON', names, expected, windowed);
  const [cut] = await parseMetrics(subject, [documents[0]?.slice(0, -1) ?? ''], NOW);
  const end = Buffer.byteLength(documents[0] ?? '') - 1;
  expectEqual('a document whose last } is missing', brief(cut), `JsonError at ${end}`, windowed);
});

const windowed =
  'a Uint8Array can be a window on a larger buffer: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), and not all of bytes.buffer';

/** Bytes that are no UTF-8, as they may stand in a string: the broken character is the first. */
const broken: readonly (readonly [string, readonly number[]])[] = [
  ['a byte that begins nothing', [0xff]],
  ['a continuation alone', [0x80]],
  ['a character cut off by the quote', [0xc3]],
  ['a character of three bytes cut off', [0xe2, 0x82]],
  ['a slash in two bytes', [0xc0, 0xaf]],
  ['a quote in two bytes', [0xc0, 0xa2]],
  ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
  ['a character above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ['Latin-1', [0xe9]],
];

check('utf8', 'bytes that are no UTF-8 are refused, where the broken character is', async ({ subject }) => {
  const text = Buffer.from('{"name":"é€😀\ufffd \ufeff","value":1}');
  const before = Buffer.from('{"value":1,"name":"é€😀\ufffd ');
  const documents = broken.map(([, bytes]) => Buffer.concat([before, Buffer.from(bytes), Buffer.from('"}')]));
  const [fine, marked, cut, ...outcomes] = await parseMetrics(
    subject,
    [text, Buffer.concat([Buffer.from('\ufeff'), text]), text.subarray(0, 14), ...documents],
    NOW,
  );
  const good = [{ name: 'é€😀\ufffd \ufeff', value: 1, timestamp: NOW }];
  expectEqual(
    'characters of one to four bytes',
    brief(fine),
    good,
    'U+FFFD and U+FEFF are characters too, where they were sent',
  );
  const mark =
    'TextDecoder swallows a byte order mark unless it is told { ignoreBOM: true }; JSON.parse refuses one, and so do we';
  expectEqual('a document after a byte order mark', brief(marked), 'JsonError at 0', mark);
  const whole = { expected: 'a JsonError', received: brief(cut), cause: strict };
  expectTrue('a body cut off in the middle of a character', `${brief(cut)}`.startsWith('JsonError'), whole);
  for (const [i, [what, bytes]] of broken.entries()) {
    const outcome = outcomes[i];
    const received = brief(outcome);
    const summary = `${what}: bytes ${bytes.map((byte) => byte.toString(16)).join(' ')} in a name`;
    const refused = `${received}`.startsWith('JsonError');
    expectTrue(summary, refused, { expected: 'a JsonError', received, cause: strict });
    const offset = outcome !== undefined && 'error' in outcome ? Number(outcome.offset) : -1;
    const first = before.length;
    const inside = offset >= first && offset <= first + bytes.length;
    const expected = `an offset from ${first} to ${first + bytes.length}`;
    const cause =
      'the offset is where the broken character is; up to there, text decoded and encoded again gives the same bytes';
    expectTrue(summary, inside, { expected, received: `${received}`, cause });
  }
});

const strict =
  'toString() puts U+FFFD where a character is broken: two different bodies become equal. Use isUtf8 of node:buffer, or a TextDecoder with { fatal: true }';

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
