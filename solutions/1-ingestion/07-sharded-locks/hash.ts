/**
 * FNV-1a: a few bits of an id, the same in every thread and in every process.
 *
 * Two instructions for each byte, and the low bits are well mixed, which is what a remainder needs. It is no secret:
 * anybody can find ids with the same hash, so equal hashes never mean equal ids.
 */

const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

const utf8 = new TextEncoder();

/** The 32-bit FNV-1a hash of the text's UTF-8 bytes, from 0 to 2^32 - 1. */
export function fnv1a(text: string): number {
  return hashBytes(utf8.encode(text));
}

/** The same for who has the bytes at hand. */
export function hashBytes(bytes: Uint8Array): number {
  let hash = OFFSET;
  // Math.imul keeps the low 32 bits of the product. `*` would round it: it has up to 57 bits, and a number holds 53.
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), PRIME);
  return hash >>> 0; // bit operations end in a signed number, and a negative one has a negative remainder
}
