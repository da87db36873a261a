/** The hash: known answers, and what JavaScript's numbers and strings do to it. */
import { check, expectEqual, shape, z } from '../../../harness/index.ts';
import { fnvByBigInt } from './lab.ts';

/** From the authors' own list of test vectors, and longer ones. */
const known: readonly (readonly [string, number])[] = [
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['b', 0xe70c2de5],
  ['foobar', 0xbf9cf968],
];

check('vectors', 'fnv1a gives the known answers', async ({ subject, random }) => {
  const module = await subject.load('hash.ts');
  for (const [text, hash] of known) {
    const received = shape('fnv1a', await module.call('fnv1a', text), z.number());
    expectEqual(`fnv1a(${JSON.stringify(text)})`, received, hash, causeOf(text, hash));
  }
  const driver = await subject.driver('limits.ts');
  const texts = Array.from({ length: 200 }, () => `client-${random.integer(0, 1e9)}`);
  texts.push('Client', 'x'.repeat(127), 'x'.repeat(128), 'x'.repeat(129), 'y'.repeat(5_000));
  const received = shape('the hashes', await driver.call('hashes', texts), z.array(z.number()));
  for (const [i, text] of texts.entries())
    expectEqual(
      `fnv1a('${text.slice(0, 30)}')`,
      received[i],
      fnvByBigInt(text),
      causeOf(text, fnvByBigInt(text)),
    );
});

check('utf8', 'the bytes are those of UTF-8', async ({ subject }) => {
  const driver = await subject.driver('limits.ts');
  const texts = [
    'é',
    'ü-27',
    'ÿ',
    'Ā',
    '日本',
    'naïve',
    '\u0000',
    '\u07ff\u0800\uffff',
    '😀',
    'a😀b',
    'e\u0301',
  ];
  const received = shape('the hashes', await driver.call('hashes', texts), z.array(z.number()));
  for (const [i, text] of texts.entries()) {
    expectEqual(
      `fnv1a('${text}')`,
      received[i],
      fnvByBigInt(text),
      'the hash is of the bytes that travel: new TextEncoder().encode(text). charCodeAt gives UTF-16, in which é is 233 and in UTF-8 two bytes',
    );
  }
});

function causeOf(text: string, hash: number) {
  return (received: unknown): string => {
    if (typeof received !== 'number') return 'a number is asked for';
    if (received < 0 || received === (hash | 0))
      return 'bit operations end in a signed number: `hash >>> 0` makes it one from 0 to 2^32 - 1';
    if (received === fnv1(text)) return 'this is FNV-1: in FNV-1a the xor comes before the product';
    return 'for each byte: hash ^= byte, then the product with 0x01000193. `*` rounds beyond 2^53: Math.imul keeps the low 32 bits';
  };
}

/** The order that is easily taken for the other. */
function fnv1(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash, 0x01000193) ^ byte;
  return hash >>> 0;
}
