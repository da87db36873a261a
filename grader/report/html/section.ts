/** What a part of the page is made of; page.ts writes it as HTML. */
import type { Chart } from './chart.ts';

export interface Section {
  readonly id: string;
  readonly title: string;
  /** What is shown and how to read it, in plain words. */
  readonly lead: string;
  readonly figures: readonly Figure[];
  /** What to do to see something here; with it there are no figures. */
  readonly empty?: Empty;
}

export interface Empty {
  readonly text: string;
  /** A command of ours, without `npx craft`. */
  readonly command: string;
}

/** A chart, its numbers as a table, or only one of them. */
export interface Figure {
  readonly title: string;
  readonly caption?: string;
  readonly chart?: Chart;
  readonly table: Table;
  /** The table is what there is to see: not folded away. */
  readonly open?: boolean;
  /** Half as wide where there is room. */
  readonly small?: boolean;
}

export interface Table {
  readonly head: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** Below it. */
  readonly notes?: readonly string[];
}

/** Numbers stand on the right. */
export interface Column {
  readonly text: string;
  readonly number?: true;
}
