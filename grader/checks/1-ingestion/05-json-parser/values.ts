/** Words, numbers and strings. */
import { check } from '../../../harness/index.ts';
import { expectSame } from './lab.ts';

check(
  'words-and-numbers',
  'true, false, null and numbers, with white space around them',
  async ({ subject }) => {
    const texts = [
      ...[
        'true',
        'false',
        'null',
        '0',
        '7',
        '42',
        '-1',
        '1.5',
        '-0.25',
        '100',
        '1e3',
        '1E3',
        '2.5e+2',
        '5e-1',
      ],
      ...['0.0', '0e1', '-0', '-0.0', '-0e5', ' 1', '1 ', '\t\r\n true \n'],
    ];
    await expectSame(
      subject,
      texts,
      'decide by the first character: t, f and n begin a word, a digit or - a number. Is -0 kept? 0 * -1 is -0, 0 - 0 is not',
    );
  },
);

check('bad-numbers', 'what only looks like a word or a number is refused', async ({ subject }) => {
  const texts = [
    ...['01', '-01', '00', '+1', '.5', '-.5', '1.', '1.e1', '1e', '1e+', '1E-', '1e1.5', '-', '--1', '- 1'],
    ...[
      '0x10',
      '0b1',
      '1_000',
      '1n',
      'NaN',
      '-NaN',
      'Infinity',
      '-Infinity',
      '1,5',
      '1 2',
      '1a',
      '\u0661',
      '１',
    ],
    ...[
      'tru',
      'truE',
      'True',
      'truee',
      'true1',
      'nul',
      'nulll',
      'undefined',
      'fals',
      'false false',
      'none',
      '',
    ],
    ...[' ', '\u00a01', '1\u000b', '1\f', '\ufeff1', '1\u2028', '1\u0000', '1;', '1//', '/**/1', '#'],
  ];
  await expectSame(
    subject,
    texts,
    'Number() and trim() accept more than JSON does: read the number character by character by the grammar, and let nothing but white space follow the value',
  );
});

check('exact-numbers', 'a number is the nearest double, whatever its length', async ({ subject, random }) => {
  const texts = [
    ...['0.1', '0.30000000000000004', '9007199254740991', '9007199254740993', '-9007199254740993'],
    ...['12345678901234567', '123456789012345678901234567890', '1.7976931348623157e308', '5e-324', '2e-324'],
    ...['1e400', '-1e400', '1e-400', '-1e-400', '1e23', '8.41', '0.1e-5', '1.0000000000000002', '4.35'],
    ...[
      '2.2250738585072011e-308',
      `0.${'3'.repeat(400)}`,
      `1${'0'.repeat(400)}`,
      '1e00000000001',
      '1e999999999',
    ],
  ];
  for (let i = 0; i < 300; i++) {
    const number = (random.next() - 0.5) * 10 ** random.integer(-20, 20);
    texts.push(`${number}`, number.toFixed(random.integer(0, 6)), number.toExponential(16));
  }
  await expectSame(subject, texts, (text) =>
    Number.isFinite(Number(text))
      ? 'digits added up one by one are rounded again and again: slice the whole number out of the text and call Number() once'
      : `${text.slice(0, 10)} is Infinity for JSON.parse and for Number(), and not a mistake: let it pass here, parseMetrics will refuse it`,
  );
});

check(
  'strings',
  'strings of every length, with every character that needs no escape',
  async ({ subject }) => {
    const texts = [
      ...[
        '""',
        '"a"',
        '" "',
        '"cpu_usage"',
        '"{}[],:"',
        '"true"',
        '"/"',
        '"\'"',
        '"\u007f"',
        '"\u2028\u2029"',
      ],
      ...[
        '"é€😀"',
        '"\ud83d"',
        '"\ude00\ud83d"',
        '"\ufeff"',
        '"\uffff"',
        '"`$`"',
        `"${'x'.repeat(100_000)}"`,
      ],
    ];
    await expectSame(
      subject,
      texts,
      'a string ends at the first quote that has no backslash before it; every other character from the space up is part of it',
    );
  },
);

check('escapes', 'every escape, also halves of surrogate pairs', async ({ subject }) => {
  const texts = [
    ...[
      '"\\""',
      '"\\\\"',
      '"\\/"',
      '"\\b\\f\\n\\r\\t"',
      '"\\u0041"',
      '"\\u00e9\\u00E9"',
      '"\\u0000"',
      '"a\\nb"',
    ],
    ...[
      '"\\ud83d\\ude00"',
      '"\\ud83d"',
      '"\\ude00"',
      '"\\ude00\\ud83d"',
      '"\\ud83dx\\ude00"',
      '"\\uFFFF\\ufeff"',
    ],
    ...['"\\\\n"', '"\\\\\\""', '"\\\\"', '"\\\\\\\\"', '"x\\u005c"', '"\\u0022"', '"\\\\u0041"'],
    `"${'\\n'.repeat(20_000)}"`,
    `"${'plain \\u00e9 '.repeat(5_000)}"`,
    `"\\n${'x'.repeat(300_000)}"`,
  ];
  await expectSame(
    subject,
    texts,
    'go from left to right: what follows a backslash is read with it, so that in \\\\n the n is an n, and in \\\\" the quote ends the string. String.fromCharCode gives halves of pairs too',
  );
});

check(
  'bad-strings',
  'raw control characters, unknown escapes and open ends are refused',
  async ({ subject }) => {
    // What tricks with bits take for a digit or a letter: 0x10 | 0x20 is 0, the low byte of U+0141 is A.
    const notHex = [
      ...Array.from({ length: 10 }, (_, digit) => String.fromCharCode(0x10 + digit)),
      ...['@', '`', 'G', 'g', '/', ':', '\u0001', '!', '&', '\u0130', '\u0141', '\uff11'],
    ];
    const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code));
    const texts = [
      ...controls.map((control) => `"a${control}b"`),
      // Behind an escape another loop may be at work.
      ...controls.map((control) => `"\\n${control}"`),
      ...controls.map((control) => `{"a${control}":1}`),
      ...[
        '"',
        '"a',
        '"a\\',
        '"\\"',
        '"\\u',
        '"\\u1',
        '"\\u12',
        '"\\u123',
        '"\\u123"',
        '"\\u12G4"',
        '"\\uG123"',
      ],
      ...[
        '"\\u+123"',
        '"\\u 123"',
        '"\\u-123"',
        '"\\u0x41"',
        '"\\u1.23"',
        '"\\u{41}"',
        '"\\U0041"',
        '"\\x41"',
      ],
      ...[
        '"\\a"',
        '"\\0"',
        '"\\v"',
        '"\\\'"',
        '"\\N"',
        '"\\ "',
        '"\\\n"',
        '"\\\u2028"',
        "'x'",
        'x',
        '`x`',
        '""""',
      ],
      ...notHex.flatMap((sign) =>
        [0, 1, 2, 3].map((i) => `"\\u${'0041'.slice(0, i)}${sign}${'0041'.slice(i + 1)}"`),
      ),
      ...['"a""b"', '"a"b', '\\u0022a"', '"\\ud83d\\u"', '"\\constructor"', '"\\__proto__"'],
    ];
    await expectSame(
      subject,
      texts,
      'inside a string only the space and what is above it may stand for itself; after a backslash only " \\ / b f n r t, or u and four hexadecimal digits. parseInt and Number accept signs, spaces and 0x, and `code | 0x20` makes digits of control characters',
    );
  },
);
