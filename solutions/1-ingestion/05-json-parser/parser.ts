/**
 * JSON without `JSON.parse`: the same values, the same refusals, and the place of the mistake in bytes.
 *
 * One position moves through the text from left to right and never back, so every character is looked at a fixed
 * number of times. Nothing is cut off the text and nothing is copied but what the result holds.
 */
/** How deep arrays and objects may be nested. Each level costs stack, and a sender must not choose how much. */
export const MAX_DEPTH = 1_000;

/** The text is no JSON, or the bytes are no UTF-8. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  /** The first byte, counted in UTF-8, that cannot follow what stands before it. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} at byte ${offset}`);
    this.offset = offset;
  }
}

/** The value of a JSON text, as `JSON.parse` would give it. Throws a JsonError. */
export function parseJson(text: string): unknown {
  return new Parser(text).document();
}

// What the parser looks for, as numbers: `charCodeAt` gives a number without making a string. At the end of the text
// it gives NaN, which equals nothing and is not >= anything, so the end needs no question of its own.
const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** `e` or `E`: setting the bit 0x20 makes a capital letter small. */
const EXPONENT = 0x65;

/** What a backslash and one letter stand for; `\u` is not here. */
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Integers of so many digits are below 2^53: adding up their digits is exact. */
const EXACT_DIGITS = 15;

/** Every method begins at `#at` and leaves `#at` behind what it has read. */
class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    const value = this.#value(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail('the end of the text');
    return value;
  }

  /** `depth` is the number of arrays and objects around this value. */
  #value(depth: number): unknown {
    switch (this.#skipSpace()) {
      case QUOTE:
        return this.#string();
      case OPEN_OBJECT:
        return this.#object(depth + 1);
      case OPEN_ARRAY:
        return this.#array(depth + 1);
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #array(depth: number): unknown[] {
    this.#enter(depth);
    const array: unknown[] = [];
    if (this.#skipSpace() === CLOSE_ARRAY) {
      this.#at++;
      return array;
    }
    for (;;) {
      array.push(this.#value(depth));
      const next = this.#skipSpace();
      if (next !== COMMA && next !== CLOSE_ARRAY) this.#fail('"," or "]"');
      this.#at++;
      if (next === CLOSE_ARRAY) return array;
    }
  }

  #object(depth: number): object {
    this.#enter(depth);
    const object: Record<string, unknown> = {};
    if (this.#skipSpace() === CLOSE_OBJECT) {
      this.#at++;
      return object;
    }
    for (;;) {
      if (this.#skipSpace() !== QUOTE) this.#fail('a key in double quotes');
      const key = this.#string();
      if (this.#skipSpace() !== COLON) this.#fail('":"');
      this.#at++;
      const value = this.#value(depth);
      // Assigning to `__proto__` would change the object's prototype instead of giving it a property.
      if (key === '__proto__') define(object, key, value);
      else object[key] = value;
      const next = this.#skipSpace();
      if (next !== COMMA && next !== CLOSE_OBJECT) this.#fail('"," or "}"');
      this.#at++;
      if (next === CLOSE_OBJECT) return object;
    }
  }

  /** Steps over the bracket that opens level `depth`. */
  #enter(depth: number): void {
    if (depth > MAX_DEPTH) this.#fail(`at most ${MAX_DEPTH} levels`);
    this.#at++;
  }

  #word<T>(word: string, value: T): T {
    for (let i = 0; i < word.length; i++) {
      if (this.#text.charCodeAt(this.#at) !== word.charCodeAt(i)) this.#fail(word);
      this.#at++;
    }
    return value;
  }

  /** -? (0 | 1-9 digits) (. digits)? ((e | E) (+ | -)? digits)? */
  #number(): number {
    const text = this.#text;
    const start = this.#at;
    const isNegative = text.charCodeAt(start) === MINUS;
    const first = isNegative ? start + 1 : start;
    let at = first;
    let next = text.charCodeAt(at);
    let sum = 0;
    if (next === ZERO) {
      next = text.charCodeAt(++at); // alone before the point: 01 is refused, since its 1 cannot follow a value
    } else {
      for (; next >= ZERO && next <= NINE; next = text.charCodeAt(++at)) sum = sum * 10 + (next - ZERO);
      if (at === first) this.#fail(isNegative ? 'a digit' : 'a value', at);
    }
    // Most numbers of metrics are short integers: the sum is the number, and -0 keeps its sign.
    if (next !== POINT && (next | 0x20) !== EXPONENT && at - first <= EXACT_DIGITS) {
      this.#at = at;
      return isNegative ? -sum : sum;
    }
    if (next === POINT) {
      at = this.#digits(at + 1);
      next = text.charCodeAt(at);
    }
    if ((next | 0x20) === EXPONENT) {
      const sign = text.charCodeAt(++at);
      at = this.#digits(sign === PLUS || sign === MINUS ? at + 1 : at);
    }
    this.#at = at;
    // The one exact way from decimal digits to the nearest double takes all of them at once.
    return Number(text.slice(start, at));
  }

  /** The position behind one or more digits. */
  #digits(start: number): number {
    let at = start;
    for (let next = this.#text.charCodeAt(at); next >= ZERO && next <= NINE; ) {
      next = this.#text.charCodeAt(++at);
    }
    if (at === start) this.#fail('a digit', at);
    return at;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at + 1;
    for (let at = start; ; at++) {
      const next = text.charCodeAt(at);
      if (next === QUOTE) {
        // Nearly every string ends here: one slice, whatever its length.
        this.#at = at + 1;
        return text.slice(start, at);
      }
      if (next === BACKSLASH) return this.#escapedString(start, at);
      // Control characters are below the space; NaN, the end, is not >= anything.
      if (!(next >= SPACE)) this.#fail('a character of the string or its closing quote', at);
    }
  }

  /** A string with a backslash at `backslash`: pieces without one, and what the backslashes stand for. */
  #escapedString(start: number, backslash: number): string {
    const text = this.#text;
    let string = '';
    let piece = start;
    for (let at = backslash; ; ) {
      const next = text.charCodeAt(at);
      if (next === BACKSLASH) {
        string += text.slice(piece, at) + this.#escape(at + 1);
        at = this.#at;
        piece = at;
      } else if (next === QUOTE) {
        this.#at = at + 1;
        return string + text.slice(piece, at);
      } else if (next >= SPACE) {
        at++;
      } else {
        this.#fail('a character of the string or its closing quote', at);
      }
    }
  }

  /** What follows a backslash. Half of a surrogate pair alone is a character too: JSON.parse accepts it. */
  #escape(at: number): string {
    const letter = this.#text.charAt(at);
    this.#at = at + 1;
    if (letter === 'u') return String.fromCharCode(this.#hex4());
    return ESCAPES.get(letter) ?? this.#fail('one of "\\/bfnrtu', at);
  }

  #hex4(): number {
    let code = 0;
    for (let i = 0; i < 4; i++) {
      const next = this.#text.charCodeAt(this.#at);
      const letter = next | 0x20; // small
      if (next >= ZERO && next <= NINE) code = code * 16 + (next - ZERO);
      else if (letter >= 0x61 && letter <= 0x66) code = code * 16 + (letter - 0x61 + 10);
      else this.#fail('a hexadecimal digit');
      this.#at++;
    }
    return code;
  }

  /** Goes to the next character that is no white space, and gives it; NaN at the end. */
  #skipSpace(): number {
    let next = this.#text.charCodeAt(this.#at);
    // Between most tokens there is nothing: one comparison, and `#at` is not written.
    if (next > SPACE) return next;
    while (next === SPACE || next === NEWLINE || next === RETURN || next === TAB) {
      next = this.#text.charCodeAt(++this.#at);
    }
    return next;
  }

  /** The offset in bytes is worked out here and nowhere else: keeping count of it would cost every character. */
  #fail(expected: string, at: number = this.#at): never {
    throw new JsonError(`expected ${expected}`, Buffer.byteLength(this.#text.slice(0, at)));
  }
}

/** A property like any other, whatever its name. */
function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}
