/** Documents by chance: valid ones in every spelling that JSON allows, and the same with one or two small mistakes. */
import type { Random } from '../../../harness/index.ts';

/** Arrays and objects are rarer the deeper they are, so that documents stay short. */
export function validDocument(random: Random): string {
  return space(random) + value(random, 0) + space(random);
}

/** An array or an object: every shorter beginning of it is no JSON. */
export function validContainer(random: Random): string {
  return random.integer(0, 1) === 0 ? array(random, 0) : object(random, 0);
}

/** One to three characters away from `text`; by chance still valid. */
export function damaged(random: Random, text: string): string {
  let result = text;
  for (let edits = random.integer(1, 2); edits > 0; edits--) result = edit(random, result);
  return result;
}

const intruders = [
  ...'{}[]":,\\/ \n0123456789+-.eEtfnu',
  'true',
  'null',
  '\\u',
  '\\x',
  '\u0000',
  '\u0009',
  '\u000b',
  '\u001f',
  '\u00a0',
  '\u2028',
  '\ufeff',
  "'",
  '\ud83d',
  'NaN',
  '/**/',
];

function edit(random: Random, text: string): string {
  const at = random.integer(0, text.length);
  const to = Math.min(text.length, at + random.integer(1, 3));
  switch (random.integer(0, 4)) {
    case 0:
      return text.slice(0, at) + text.slice(to);
    case 1:
      return text.slice(0, at) + random.pick(intruders) + text.slice(at);
    case 2:
      return text.slice(0, at) + random.pick(intruders) + text.slice(to);
    case 3:
      return text.slice(0, to) + text.slice(at);
    default:
      return text.slice(0, at);
  }
}

function value(random: Random, depth: number): string {
  const kind = random.integer(0, 9);
  if (kind < 2) return random.pick(['true', 'false', 'null']);
  if (kind < 4) return number(random);
  if (kind < 6 || random.integer(0, 3) < depth) return string(random);
  return kind < 8 ? array(random, depth) : object(random, depth);
}

function array(random: Random, depth: number): string {
  const items = Array.from({ length: random.integer(0, 3) }, () => padded(random, value(random, depth + 1)));
  return `[${items.length === 0 ? space(random) : items.join(',')}]`;
}

function object(random: Random, depth: number): string {
  const members = Array.from({ length: random.integer(0, 3) }, () => {
    // Few names, so that some come twice.
    const key = random.integer(0, 2) === 0 ? string(random) : random.pick(keys);
    return `${padded(random, key)}:${padded(random, value(random, depth + 1))}`;
  });
  return `{${members.length === 0 ? space(random) : members.join(',')}}`;
}

const keys = ['"a"', '"b"', '""', '"10"', '"2"', '"__proto__"', '"\\u005f_proto__"', '"constructor"'];

function number(random: Random): string {
  const digits = (from: number, to: number): string =>
    Array.from({ length: random.integer(from, to) }, () => random.integer(0, 9)).join('');
  const whole = random.integer(0, 2) === 0 ? '0' : `${random.integer(1, 9)}${digits(0, 18)}`;
  const fraction = random.integer(0, 2) === 0 ? `.${digits(1, 18)}` : '';
  const exponent =
    random.integer(0, 3) === 0 ? random.pick(['e', 'E']) + random.pick(['', '+', '-']) + digits(1, 3) : '';
  return (random.integer(0, 2) === 0 ? '-' : '') + whole + fraction + exponent;
}

const pieces = [
  ...'abz09 /{}[],:',
  'é',
  '€',
  '😀',
  '\u2028',
  '\u007f',
  '\ud800',
  '\\"',
  '\\\\',
  '\\/',
  '\\b',
  '\\f',
  '\\n',
  '\\r',
  '\\t',
  '\\u0000',
  '\\u00E9',
  '\\ud83d\\ude00',
  '\\udc00',
  '\\uFFFF',
];

function string(random: Random): string {
  return `"${Array.from({ length: random.integer(0, 6) }, () => random.pick(pieces)).join('')}"`;
}

function padded(random: Random, text: string): string {
  return space(random) + text + space(random);
}

function space(random: Random): string {
  return random.integer(0, 3) === 0 ? random.pick([' ', '\n', '\r', '\t', ' \r\n\t ']) : '';
}
