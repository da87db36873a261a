/** Arrays and objects. */
import { check, expectEqual, expectTrue, shape, z } from '../../../harness/index.ts';
import { brief, expectSame, parseAll } from './lab.ts';

/** As in the lesson. */
const MAX_DEPTH = 1_000;
const tooDeep = '['.repeat(MAX_DEPTH + 1);

check('structures', 'arrays and objects, empty and full, one inside the other', async ({ subject }) => {
  const texts = [
    ...['[]', '{}', '[1]', '[1,2,3]', '{"a":1}', '{"a":1,"b":[true,null,"x"]}', '[[],{},[[]],{"a":{}}]'],
    ...[' [ ] ', ' { } ', '[ 1 , 2 ]', '\n{\t"a" :\r1 , "b": 2}\n', '["a","b"]', '{"a":{"b":{"c":[[[0]]]}}}'],
    ...['{"":1}', '{"a,b":"c:d"}', '["]","}"]', '[1,[2,[3,[4]]],5]', `[${'[],'.repeat(300)}[]]`],
    `[${Array.from({ length: 5_000 }, (_, i) => i).join(',')}]`,
  ];
  const [array, object] = await parseAll(subject, ['[]', '{}']);
  const cause = 'your parser does not read [ and { yet: that is Task 3 of the lesson';
  const isWritten = brief(array) !== 'JsonError at 0' || brief(object) !== 'JsonError at 0';
  expectTrue('parseJson("[]")', isWritten, { expected: '[]', received: brief(array), cause });
  await expectSame(
    subject,
    texts,
    'after a value in an array comes a comma or ]; white space may stand before and after every bracket, comma, colon and value',
  );
  // Wide, not deep.
  const many = Array.from({ length: 100_000 }, (_, i) => i);
  await expectSame(
    subject,
    [`[${many.join(',')}]`, `{${many.map((i) => `"k${i}":0`).join(',')}}`],
    '100,000 entries side by side are one level: read them in a loop, not by a call that calls itself for the rest',
  );
});

check(
  'bad-structures',
  'a comma too many or too few, and everything that is not closed',
  async ({ subject }) => {
    const texts = [
      ...[
        '[1,]',
        '[,1]',
        '[,]',
        '[1,,2]',
        '[1 2]',
        '[1',
        '[',
        '[1,',
        ']',
        '[1]]',
        '[1}',
        '[1:2]',
        '[]]',
        '[1,2',
      ],
      ...[
        '{"a":1,}',
        '{,}',
        '{,"a":1}',
        '{"a":1,,"b":2}',
        '{"a":1 "b":2}',
        '{"a" 1}',
        '{"a":}',
        '{"a"}',
        '{"a":',
      ],
      ...[
        '{a:1}',
        "{'a':1}",
        '{1:2}',
        '{null:1}',
        '{"a":1',
        '{"a',
        '{',
        '{"a":1}}',
        '{"a":1]',
        '{"a"::1}',
        '}',
      ],
      ...[
        '{"a",1}',
        '{["a"]:1}',
        '{:1}',
        '{"a":1;}',
        '[] []',
        '{}{}',
        '[],',
        '{},',
        'null,',
        '[1]//',
        '[/**/1]',
      ],
      ...[
        '[true false]',
        '[NaN]',
        '[undefined]',
        '[01]',
        '["a]',
        '{"a":tru}',
        '[\u00a01]',
        '[1\u000b]',
        '{"a":1}x',
      ],
    ];
    await expectSame(
      subject,
      texts,
      'after a comma a value (or a key) must come, and after the document nothing but white space. Is the last comma asked about, and the end of the text?',
    );
  },
);

check(
  'keys',
  'the last of two equal keys wins, and __proto__ is a key like any other',
  async ({ subject }) => {
    const texts = [
      ...[
        '{"a":1,"a":2}',
        '{"a":1,"b":2,"a":3}',
        '{"a":[1],"a":{}}',
        '{"a":1,"\\u0061":2}',
        '{"b":1,"10":2,"9":3}',
      ],
      ...['{"__proto__":1}', '{"__proto__":{"x":1}}', '{"__proto__":null}', '{"__proto__":[],"a":1}'],
      ...['{"a":1,"__proto__":2,"b":3}', '{"__proto__":1,"__proto__":2}', '{"\\u005f_proto__":{"x":1}}'],
      ...[
        '{"constructor":{"prototype":{"x":1}}}',
        '{"toString":1,"hasOwnProperty":2}',
        '{"length":1,"":2," ":3}',
      ],
      '[{"__proto__":{"polluted":true}},{"a":{"__proto__":{"b":{"__proto__":1}}}}]',
    ];
    await expectSame(
      subject,
      texts,
      'object["__proto__"] = value sets the prototype and stores nothing: use Object.defineProperty for that key. A key that comes again replaces the value and keeps its place',
    );
  },
);

check('own-values', 'every call gives values of its own', async ({ subject }) => {
  const driver = await subject.driver();
  const text = '{"a":[1,{"b":{}},[]],"c":{},"__proto__":{"polluted":1}}';
  const reply = await driver.call('areIndependent', text);
  const seen = shape('the comparison', reply, z.object({ values: z.boolean(), polluted: z.boolean() }));
  expectEqual(
    'what one call gave is untouched when what another call gave is changed',
    seen.values,
    true,
    'two calls share an array or an object: make new ones, keep none in a constant or a cache',
  );
  expectEqual(
    'Object.prototype was changed by a document with the key __proto__',
    seen.polluted,
    false,
    'object["__proto__"] is the prototype of every object: define the key, do not assign or look it up',
  );
});

check('depth', '1,000 levels are read, one more is refused, also 1,000,000', async ({ subject }) => {
  const openings: readonly (readonly [string, string])[] = [
    ['[', ']'],
    ['{"a":', '}'],
    ['[{"a":', '}]'],
  ];
  const driver = await subject.driver();
  for (const [open, close] of openings) {
    const levels = open.startsWith('[{') ? 2 : 1;
    const text = `${open.repeat(MAX_DEPTH / levels)}1${close.repeat(MAX_DEPTH / levels)}`;
    expectEqual(
      `levels of ${open} ... 1,000 levels`,
      await driver.call('levelsOf', text),
      { value: MAX_DEPTH },
      deep,
    );
  }
  for (const [open] of openings) {
    const levels = open.startsWith('[{') ? 2 : 1;
    // The bracket that is one too many: level 1,001 is opened by the first character of a repetition.
    const at = open.length * (MAX_DEPTH / levels);
    for (const count of [MAX_DEPTH / levels + 1, 10_000, 1_000_000]) {
      const [outcome] = await parseAll(subject, [open.repeat(count)]);
      expectEqual(`${open} ${count.toLocaleString('en')} times`, brief(outcome), `JsonError at ${at}`, deep);
    }
  }
  const wide = `[${Array.from({ length: 3_000 }, () => '[{}]').join(',')}]`;
  await expectSame(
    subject,
    [wide, `[${'['.repeat(900)}${']'.repeat(900)},${'['.repeat(900)}${']'.repeat(900)}]`],
    'depth counts the brackets that are open, not those that ever were: take one off when one is closed',
  );
  await expectSame(
    subject,
    [`"${tooDeep}"`, `"\\"${tooDeep}"`, `{"\\\\":"${tooDeep}"}`],
    'brackets in a string open nothing: count a level where an array or object is read, not by a search through the text',
  );
  const [early] = await parseAll(subject, [`x${tooDeep}`]);
  expectEqual(
    'parseJson of an x and 1,001 brackets',
    brief(early),
    'JsonError at 0',
    'of two mistakes the first counts: the x stands before the bracket that is one too many',
  );
  const again = await parseAll(subject, [tooDeep, '[[[]]]']);
  expectTrue('a good document after one that was too deep', Array.isArray(brief(again[1])), {
    expected: '[[[]]]',
    received: brief(again[1]),
    cause: 'a refusal left something behind: depth and position must begin anew with each call',
  });
});

function deep(received: unknown): string {
  if (typeof received === 'string' && received.startsWith('RangeError'))
    return 'the stack overflowed: count the levels, and refuse before you go deeper than MAX_DEPTH';
  if (typeof received === 'string' && received.startsWith('JsonError'))
    return 'refused at the wrong place: the offset is that of the bracket which opens level 1,001';
  return '1,000 levels are allowed, the first array or object being level 1; the one that opens level 1,001 is refused';
}
