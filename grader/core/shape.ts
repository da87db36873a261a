/**
 * Shapes of values that come from a file. Written by hand because a schema library costs about 40 ms to load
 * (zod and zod/mini, 2-core EPYC VM, Node 20.20, 2026-11-23), a third of what `craft list` may take in all.
 */

/** Says whether a value is of a kind. */
export type Test = (value: unknown) => boolean;

/** A test for each field that counts; other fields are ignored. */
export type Shape = Readonly<Record<string, Test>>;

/** Attempts and hints are small counts: a number beyond this was not written by craft. */
export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= 1e9;
export const isText = (value: unknown): value is string => typeof value === 'string';
export const isNumber: Test = (value) => typeof value === 'number';
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const optional =
  (test: Test): Test =>
  (value) =>
    value === undefined || test(value);
export const oneOf =
  (...values: readonly unknown[]): Test =>
  (value) =>
    values.includes(value);
export const listOf =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test);
export const mapOf =
  (test: Test): Test =>
  (value) =>
    isRecord(value) && Object.values(value).every(test);
export const like =
  (shape: Shape): Test =>
  (value) =>
    misfit(value, shape) === undefined;

/** The first field that is not of its shape, or undefined. */
export function misfit(value: unknown, shape: Shape): string | undefined {
  if (!isRecord(value)) return 'not an object';
  return Object.keys(shape).find((key) => shape[key]?.(value[key]) !== true);
}
