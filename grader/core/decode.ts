/** Values that a file held, checked before they are believed: anybody may have edited it, and craft may be the older one. */
import { isCount, isRecord, isText, misfit, type Shape } from './shape.ts';

export type Decoded<T> =
  | { readonly value: T }
  /** The first field that is not as it should be. */
  | { readonly wrong: string }
  /** The version of craft that wrote it, which is newer than this one. */
  | { readonly newerCraft: string };

/** The value as what `shape` describes, in version 1 of its schema. `T` must be what fits the shape. */
export function decode<T>(value: unknown, shape: Shape): Decoded<T> {
  if (isRecord(value) && isCount(value.schema) && value.schema > 1) {
    return { newerCraft: isText(value.craft) ? value.craft.slice(0, 40) : 'unknown version' };
  }
  const wrong = misfit(value, shape);
  return wrong === undefined ? { value: value as T } : { wrong };
}
