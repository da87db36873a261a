/**
 * JSON without `JSON.parse`: the same values, the same refusals, and the place of the mistake in bytes.
 *
 * The whole contract is in README.md beside this file, under "What you build" and "Invariants". The class `Parser` is
 * a proposal: any other design will do, as long as the exports stay.
 */

/** How deep arrays and objects may be nested. */
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

/** Every method begins at `#at` and leaves `#at` behind what it has read. */
class Parser {
  readonly #text: string;
  /** The character to read next; it only ever grows. */
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Given: one value, with white space around it and nothing else. */
  document(): unknown {
    const value = this.#value(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail('expected the end of the text');
    return value;
  }

  /** Any value. `depth` is the number of arrays and objects around it. */
  #value(depth: number): unknown {
    // TODO(human): 1. Skip white space, look at one character, and decide by it what this is. Read `true`, `false`,
    // `null` and numbers here or in methods of your own. Contract: invariants 1, 2 and 3. (README: Task 1)
    // TODO(human): 3. Arrays and objects call this method for what is in them, with a larger depth.
    // Contract: invariants 1, 4 and 5. (README: Task 3)
    throw new Error('TODO(human): read one value that starts at #at');
  }

  /** A string, from its opening quote to behind its closing quote. */
  #string(): string {
    // TODO(human): 2. Find the closing quote and slice the string out of the text; take it apart only when it has a
    // backslash in it. Contract: invariants 1 and 3. (README: Task 2)
    throw new Error('TODO(human): read the string that starts at #at');
  }

  /** Given: goes to the next character that is no white space, and gives its code; NaN at the end of the text. */
  #skipSpace(): number {
    let code = this.#text.charCodeAt(this.#at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      this.#at++;
      code = this.#text.charCodeAt(this.#at);
    }
    return code;
  }

  /** Refuses the text because of the character at `at`. */
  #fail(message: string, at: number = this.#at): never {
    // TODO(human): 1. Throw a JsonError. `at` counts the units of a JavaScript string, the error wants bytes of UTF-8.
    // Contract: invariant 3. (README: Task 1)
    throw new Error('TODO(human): throw a JsonError with the offset in bytes');
  }
}
