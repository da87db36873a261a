/** The place of the mistake, and documents by chance. */
import { check, expectEqual, type Random } from '../../../harness/index.ts';
import { damaged, validContainer, validDocument } from './fuzz.ts';
import { brief, expectSameOfMany, parseAll, quoted } from './lab.ts';

/** Texts and the first byte of each that cannot follow what stands before it. */
const places: readonly (readonly [string, number])[] = [
  ['', 0],
  ['x', 0],
  ['  x', 2],
  ['tru', 3],
  ['trux', 3],
  ['nul ', 3],
  ['truee', 4],
  ['01', 1],
  ['-', 1],
  ['-a', 1],
  ['1.', 2],
  ['1.e5', 2],
  ['1e', 2],
  ['1e+', 3],
  ['1ex', 2],
  ['1 2', 2],
  ['"abc', 4],
  ['"a\nb"', 2],
  ['"\\x"', 2],
  ['"\\u12G4"', 5],
  ['"\\u12"', 5],
  ['[1,]', 3],
  ['[1 2]', 3],
  ['[1}', 2],
  ['[1]]', 3],
  ['{"a":1,}', 7],
  ['{a:1}', 1],
  ['{"a" 1}', 5],
  ['{"a":}', 5],
  ['{"a":1', 6],
  ['{"a":1}x', 7],
  ['["é",x]', 6],
  ['["€€",]', 10],
  ['{"😀":tru}', 11],
  ['"é\u0001', 3],
  ['\ufeff1', 0],
];

check('offset', 'a refusal names the first byte that is wrong', async ({ subject, random }) => {
  const cases = [...places, ...cutAndSpoilt(random, 400)];
  const outcomes = await parseAll(
    subject,
    cases.map(([text]) => text),
  );
  for (const [i, [text, offset]] of cases.entries()) {
    expectEqual(`parseJson(${quoted(text)})`, brief(outcomes[i]), `JsonError at ${offset}`, (received) => {
      if (received === `JsonError at ${offsetInUnits(text, offset)}`)
        return 'the offset counts bytes of UTF-8, not the units of a string: Buffer.byteLength(text.slice(0, at))';
      return 'the offset is that of the first character that no valid document could have there; at the end of a text that is cut off, its length in bytes';
    });
  }
});

/** Valid documents that end too early, or with a character that is nowhere allowed: both places are known. */
function cutAndSpoilt(random: Random, count: number): [string, number][] {
  return Array.from({ length: count }, () => {
    const characters = [...validContainer(random)];
    const before = characters.slice(0, random.integer(0, characters.length - 1)).join('');
    const offset = Buffer.byteLength(before);
    return [random.integer(0, 1) === 0 ? before : `${before}\u0001${characters.slice(1).join('')}`, offset];
  });
}

function offsetInUnits(text: string, offset: number): number {
  return Buffer.from(text).subarray(0, offset).toString().length;
}

check(
  'fuzz',
  '10,000 documents by chance: the same value as JSON.parse, or the same refusal',
  async (context) => {
    const { subject, random } = context;
    const texts = Array.from({ length: 10_000 }, (_, i) => {
      const text = validDocument(random);
      return i % 2 === 0 ? text : damaged(random, text);
    });
    await expectSameOfMany(subject, texts);
  },
);
