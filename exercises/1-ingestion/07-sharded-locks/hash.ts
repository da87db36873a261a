/**
 * A small number for an id, the same in every thread and in every process.
 *
 * The whole contract is in README.md beside this file, under "What you build" and "Invariants".
 */

/** The 32-bit FNV-1a hash of the text's UTF-8 bytes, from 0 to 2^32 - 1. */
export function fnv1a(text: string): number {
  // TODO(human): 1. Begin with 0x811c9dc5. For each byte: xor, then times 0x01000193, and keep 32 bits.
  // Contract: invariant 1. (README: Task 1)
  throw new Error('TODO(human): hash the UTF-8 bytes of the text');
}
