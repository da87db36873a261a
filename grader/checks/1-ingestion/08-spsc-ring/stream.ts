/** A long row of records that both threads can make: the seed and the number decide length and bytes. */

const PATTERN = new Uint8Array(8_192);
let state = 12_345;
for (let i = 0; i < PATTERN.length; i++) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  PATTERN[i] = state >>> 24;
}

function mix(seed: number, number: number): number {
  let h = Math.imul(number ^ seed, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return (h ^ (h >>> 13)) >>> 0;
}

/** 0 to `longest` bytes. */
export function lengthOf(seed: number, number: number, longest: number): number {
  return mix(seed, number) % (longest + 1);
}

function contentOf(seed: number, number: number, length: number): Uint8Array {
  const at = mix(seed + 1, number) % (PATTERN.length - 1_024);
  return PATTERN.subarray(at, at + length);
}

/** Every byte of the record is compared, which is more than a checksum says. */
export function matches(view: Uint8Array, seed: number, number: number, longest: number): boolean {
  const length = lengthOf(seed, number, longest);
  return view.length === length && Buffer.compare(view, contentOf(seed, number, length)) === 0;
}

export function fill(record: Uint8Array, seed: number, number: number, length: number): void {
  record.set(contentOf(seed, number, length));
}
