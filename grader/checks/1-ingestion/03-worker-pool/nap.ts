/** Tasks that take their time and next to no processor: a quarter of a millisecond each. */
const cell = new Int32Array(new SharedArrayBuffer(4));

export function nap(number: number): number {
  Atomics.wait(cell, 0, 0, 0.25);
  return 2 * number;
}
