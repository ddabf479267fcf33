import type { Box, Mark, Surface } from "../surface/surface.ts";
import type { Theme } from "../surface/theme.ts";

/** What a person points at. */
export interface Hit {
  /** Its place in pixels. */
  readonly x: number;
  readonly y: number;
  /** `trial 17`. */
  readonly title: string;
  readonly lines: readonly string[];
  /** The trial that a click opens; null: none. */
  readonly trial: number | null;
}

/** A part of a plot's area that was chosen: 0 to 1 from the left, and from the bottom. */
export interface Span {
  readonly x: readonly [from: number, to: number];
  readonly y: readonly [from: number, to: number];
}

/** A part of a picture in which people can point at things, walk through them by keys, and choose a range. */
export interface Panel {
  readonly box: Box;
  readonly name: string;
  /** The item near a place; -1 if there is none. */
  readonly find: (x: number, y: number) => number;
  /** The item that comes so many after another one, or before it; from -1 the first or last. -1 if there is none. */
  readonly step: (item: number, by: number) => number;
  readonly hit: (item: number) => Hit;
  /** Which ranges can be chosen by dragging, and what becomes of them. @default none */
  readonly brush?: {
    readonly axis: "x" | "y" | "xy";
    /** @param span - null: the choice is taken back. */
    readonly done: (span: Span | null) => void;
  };
}

/** What a colour, a mark or a dash of a picture stands for. */
export interface LegendEntry {
  readonly label: string;
  readonly color: (theme: Theme) => string;
  /** A point of this shape; without one it is a line. */
  readonly mark?: Mark;
  readonly dash?: readonly number[];
  /** A row of colours instead, from the best rank to the worst. */
  readonly isRanks?: boolean;
}

/** The same as a picture in words and numbers. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** What the rows leave out; null if nothing. */
  readonly note: string | null;
}

/** A plot without a browser: what it says, what it is drawn like, and its table. */
export interface Picture {
  /** What it shows, for its title and the name of its file. */
  readonly title: string;
  /** What there is to see, in one or two sentences: for those who do not see it, and for all others. */
  readonly summary: string;
  readonly legend: readonly LegendEntry[];
  /** The height in pixels that it needs at a width. */
  readonly height: (width: number) => number;
  /** Draws into a box. @returns where people can point at things. */
  readonly draw: (surface: Surface, box: Box, theme: Theme) => readonly Panel[];
  readonly table: () => Table;
}

/** The most rows of a table that a page shows. */
export const TABLE_ROWS = 500;

/** A picture of nothing, which says why. */
export function emptyPicture(title: string, summary: string): Picture {
  return {
    ...{ title, summary, legend: [] },
    // Its sentence stands above it.
    height: () => 4,
    draw: () => [],
    table: () => ({ columns: [], rows: [], note: summary }),
  };
}

/** The colours of the ranks in a legend. */
export const RANK_LEGEND: LegendEntry = {
  label: "rank of the value, best to worst",
  color: (theme) => theme.ink,
  isRanks: true,
};
