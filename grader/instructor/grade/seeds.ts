/** Where the chance of a class comes from, and who is graded by which shard: both from the student's id alone. */
import { createHash, createHmac, randomBytes } from 'node:crypto';

/** A key of our own, for a class that names none: nobody can know its seeds before. */
export function newKey(): string {
  return randomBytes(16).toString('hex');
}

/** Eight hexadecimal digits: random for each student and exercise, and the same whenever they are graded again. */
export function seedOf(key: string, exercise: string, student: string): string {
  return createHmac('sha256', key).update(`${exercise}\0${student}`).digest('hex').slice(0, 8);
}

/** Tells keys apart without telling them. */
export function fingerprintOf(key: string): string {
  return createHmac('sha256', key).update('craft grade: fingerprint').digest('hex').slice(0, 16);
}

/** The `index`-th of `count` parts of a class, from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Which part a student belongs to: it depends on nobody else in the class. */
export function shardOf(student: string, count: number): number {
  const digest = createHash('sha256').update(student).digest();
  return Number(digest.readBigUInt64BE() % BigInt(count)) + 1;
}
