/** `parseMetrics`: bytes in, metrics out. */
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import type { Outcome } from './driver.ts';
import { brief, cpu, NOW, parseMetrics } from './lab.ts';

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
  const [dawn] = await parseMetrics(subject, ['{"name":"a","value":-0}'], 0);
  expectEqual(
    'the same bytes with now = 0',
    brief(dawn),
    [{ ...expected, timestamp: 0 }],
    '0 is a time like any other: `now || Date.now()` does not know that. And nothing is kept from the call before',
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
    [text, Buffer.concat([Buffer.from('\ufeff'), text]), text.subarray(0, 16), ...documents],
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
  expectBroken('a body cut off in the middle of a character', cut, 14, 2);
  for (const [i, [what, bytes]] of broken.entries()) {
    const summary = `${what}: bytes ${bytes.map((byte) => byte.toString(16)).join(' ')} in a name`;
    expectBroken(summary, outcomes[i], before.length, bytes.length);
  }
  const [both] = await parseMetrics(
    subject,
    [Buffer.concat([Buffer.from('{"value":01,"name":"'), latin1])],
    NOW,
  );
  expectBroken('bytes 7b ... 01 ... e9: no JSON, and further on no UTF-8', both, 20, 1);
  await expectNothingKept(subject);
});

const latin1 = Buffer.from([0xe9, 0x22, 0x7d]);

/** A character cut off at the end of one body is no part of the next. */
async function expectNothingKept(subject: Parameters<typeof parseMetrics>[0]): Promise<void> {
  const body = Buffer.from('{"name":"a","value":1}');
  for (const bytes of [[0xe2], [0xe2, 0x82], [0xf0, 0x9f, 0x98]]) {
    const open = Buffer.concat([body, Buffer.from(bytes)]);
    const [unfinished, next] = await parseMetrics(subject, [open, body], NOW);
    const named = bytes.map((byte) => byte.toString(16)).join(' ');
    expectBroken(`a complete metric, and ${named} after it`, unfinished, body.length, bytes.length);
    expectEqual(
      `a good body after one that ended with ${named}`,
      brief(next),
      [{ name: 'a', value: 1, timestamp: NOW }],
      'nothing is kept between calls: a decoder with { stream: true } gives the rest of one body to the next sender',
    );
  }
}

/** The offset must lie in the broken character. */
function expectBroken(summary: string, outcome: Outcome | undefined, first: number, length: number): void {
  const received = brief(outcome);
  const refused = `${received}`.startsWith('JsonError');
  expectTrue(summary, refused, { expected: 'a JsonError', received, cause: strict });
  const offset = outcome !== undefined && 'error' in outcome ? Number(outcome.offset) : -1;
  const inside = offset >= first && offset < first + length;
  const last = first + length - 1;
  const expected = length === 1 ? `the offset ${first}` : `an offset from ${first} to ${last}`;
  const cause =
    'bytes are judged before JSON, and the offset is that of a byte of the broken character; up to its first byte, text decoded and encoded again gives the same bytes';
  expectTrue(summary, inside, { expected, received: `${received}`, cause });
}

const strict =
  'toString() puts U+FFFD where a character is broken: two different bodies become equal. Use isUtf8 of node:buffer, or a TextDecoder with { fatal: true }';
