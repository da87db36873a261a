/** What a check and its threads say to each other. */

export type Task =
  /** Writes the records of this seed with these numbers, waiting for room. */
  | {
      readonly role: 'write';
      readonly buffer: SharedArrayBuffer;
      readonly seed: number;
      readonly from: number;
      readonly to: number;
      readonly longest: number;
    }
  /** Reads so many of them, and compares each. */
  | {
      readonly role: 'read';
      readonly buffer: SharedArrayBuffer;
      readonly seed: number;
      readonly to: number;
      readonly longest: number;
      readonly batch: number;
    }
  /** Waits for a record, and sleeps in the `Bed` that `shared` holds. */
  | {
      /** Whether it reads first what is there. */
      readonly drains: boolean;
      readonly role: 'sleep';
      readonly buffer: SharedArrayBuffer;
      readonly shared: SharedArrayBuffer;
      readonly ms: number;
    };

export interface Done {
  readonly problem?: string;
  readonly error?: string;
  /** Records read, or calls of tryWrite that were refused. */
  readonly count?: number;
  readonly returned?: boolean;
  /** What each sleep ended with. */
  readonly sleeps?: string[];
}
