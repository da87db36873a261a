/** A chart as the page's script reads it: numbers with their texts beside them, so that one place words them all. */

/** A mark on an axis. */
export interface Tick {
  readonly at: number;
  readonly text: string;
  /** Used for all marks where the texts do not fit beside each other. */
  readonly short?: string;
}

export interface Chart {
  /** Of its element. */
  readonly id: string;
  /** What a screen reader calls it. */
  readonly title: string;
  readonly kind: 'line' | 'steps' | 'bars';
  readonly x: ChartX;
  readonly y: {
    readonly scale: 'linear' | 'log';
    readonly label: string;
    /** The axis reaches at least so far. */
    readonly reach?: number;
  };
  readonly series: readonly ChartSeries[];
  /** A line across, and its name. */
  readonly limit?: { readonly value: number; readonly name: string };
  /** A dot on every value: for curves of few. */
  readonly dots: boolean;
  readonly height: number;
}

export interface ChartX {
  /** Where `values` stand: numbers as they are, log10, or seconds since 1970. */
  readonly scale: 'linear' | 'log' | 'time';
  readonly label: string;
  /** Rising. */
  readonly values: readonly number[];
  /** What each value is called: `p99`, `100 clients`. */
  readonly texts: readonly string[];
  /** Where the axis is marked; without it the chart library decides. */
  readonly ticks?: readonly Tick[];
  /** Ends of the axis. */
  readonly range: readonly [from: number, to: number];
}

export interface ChartSeries {
  readonly name: string;
  /** One per x; null where there is none. */
  readonly values: readonly (number | null)[];
  /** With all that must be said: `28,600/s, 500 clients`. */
  readonly texts: readonly string[];
  /** What is written above a bar, where there is little room. */
  readonly labels?: readonly string[];
  /** Joins the values around a null. */
  readonly spanGaps: boolean;
}

/** There are as many colours and dashes. */
export const maxSeries = 6;
