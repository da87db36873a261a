/**
 * Where everything stands in the shared buffer. Given: both threads, and the checks, must agree on it.
 *
 *   byte 0      128    256
 *   |  writer's |  reader's |  the ring: a power of two of bytes
 *
 * Processors move memory between one another in lines of 64 bytes, and often two lines at a time. So what the writer
 * changes all the time and what the reader changes all the time are 128 bytes apart: neither takes the other's line.
 */

/** Counts all bytes that the writer has ever used up, modulo 2^32. A record is there when this says so. */
export const WRITTEN = 0;
/** 1 while the reader sleeps or is about to, 0 otherwise. Changed seldom, so it may stand beside WRITTEN. */
export const WAITING = 1;
/** How often `tryWrite` has returned false, modulo 2^32. */
export const REFUSED = 2;
/** Counts all bytes that the reader has given back, modulo 2^32. WRITTEN - READ bytes are in use. */
export const READ = 32;

/** The four above are indices of an `Int32Array` of this length at the beginning of the buffer. */
export const CELLS = 64;
/** Where the ring's own bytes begin in the buffer. */
export const DATA = 4 * CELLS;

/** What stands in front of each record: its length, four bytes. */
export const PREFIX = 4;
/** The ring's own bytes, a power of two: at least, at most. */
export const SMALLEST = 16;
export const LARGEST = 2 ** 30;
