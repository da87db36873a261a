import { expect, test } from 'vitest';
import { decode } from './decode.ts';
import { isCount, oneOf } from './shape.ts';

interface Sheep {
  readonly schema: 1;
  readonly legs: number;
}
const shape = { schema: oneOf(1), legs: isCount };

test.each<[string, unknown, unknown]>([
  ['a value that fits', { schema: 1, legs: 4 }, { value: { schema: 1, legs: 4 } }],
  [
    'one with more fields',
    { schema: 1, legs: 4, wool: 'much' },
    { value: { schema: 1, legs: 4, wool: 'much' } },
  ],
  ['one with a wrong field', { schema: 1, legs: 'four' }, { wrong: 'legs' }],
  ['one without a version', { legs: 4 }, { wrong: 'schema' }],
  ['no object', [4], { wrong: 'not an object' }],
  ['one of a newer craft', { schema: 2, craft: '3.0.0' }, { newerCraft: '3.0.0' }],
  ['one of a newer craft that does not say which', { schema: 2 }, { newerCraft: 'unknown version' }],
  ['a newer one with a long name', { schema: 9, craft: 'x'.repeat(99) }, { newerCraft: 'x'.repeat(40) }],
])('%s', (_, value, expected) => {
  expect(decode<Sheep>(value, shape)).toEqual(expected);
});
