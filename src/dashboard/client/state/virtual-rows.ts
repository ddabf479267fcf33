/** Which rows of a long table are drawn. */
export interface RowWindow {
  /** The first row that is drawn, and the first one after it that is not. */
  readonly from: number;
  readonly to: number;
}

/** More rows are drawn above and below those that can be seen, so that a quick scroll shows no gap. */
const AROUND = 8;

/**
 * The rows to draw.
 *
 * @param scrollTop - How far the table is scrolled, in pixels.
 * @param viewHeight - How much of it can be seen, in pixels.
 * @param rowHeight - In pixels.
 * @param rows - How many there are.
 */
export function rowWindow(scrollTop: number, viewHeight: number, rowHeight: number, rows: number): RowWindow {
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight);
  const from = Math.max(0, Math.min(first, rows) - AROUND);
  return { from, to: Math.min(rows, first + Math.ceil(viewHeight / rowHeight) + AROUND) };
}

/** The pages of so many rows that a window needs, by their indexes. */
export function pagesOf({ from, to }: RowWindow, pageRows: number): number[] {
  if (to <= from) return [];
  const [first, last] = [Math.floor(from / pageRows), Math.floor((to - 1) / pageRows)];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
