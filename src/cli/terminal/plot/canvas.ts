import type { Glyphs } from "./glyphs.ts";

/** A grid of dots, two in the width of a character and four in its height, with marks above them. */
export interface Canvas {
  /** Size in dots. */
  readonly width: number;
  readonly height: number;
  /** Counts a dot; those outside are left out. Row 0 is at the top. */
  dot(x: number, y: number): void;
  /** Puts a character over the cell of a dot. */
  mark(x: number, y: number, character: string): void;
  /** The rows of characters. */
  rows(glyphs: Glyphs): string[];
}

/** Where more than this share of the dots is set, dots are thinned so that denser places can be told from others. */
const CROWDED = 0.4;
/** An ordered 4 x 4 pattern (Bayer, 1973): a dot is drawn where its density is above the threshold of its place. */
const THRESHOLDS = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5].map((rank) => (rank + 0.5) / 16);

/** An empty canvas. @param columns - Its size in characters. */
export function canvas(columns: number, lines: number): Canvas {
  const [width, height] = [columns * 2, lines * 4];
  const counts = new Uint32Array(width * height);
  const marks = new Map<number, string>();

  function isInside(x: number, y: number): boolean {
    return x >= 0 && y >= 0 && x < width && y < height;
  }

  /** Whether a dot is drawn: all of a sparse picture; of a crowded one those that stand alone, and denser ones rather. */
  function drawn(): (x: number, y: number) => boolean {
    const set = counts.filter((count) => count > 0).sort();
    const at = (x: number, y: number): number => counts[y * width + x]!;
    if (set.length <= CROWDED * counts.length) return (x, y) => at(x, y) > 0;
    const rankOf = new Map<number, number>();
    set.forEach((count, i) => void rankOf.set(count, (i + 1) / set.length));
    return (x, y) => {
      const rank = rankOf.get(at(x, y));
      if (rank === undefined) return false;
      return rank > THRESHOLDS[(y % 4) * 4 + (x % 4)]! || isAlone(x, y);
    };
  }

  /** Whether a dot has no other beside it, above it or below it. */
  function isAlone(x: number, y: number): boolean {
    for (const [dx, dy] of [
      [-1, 0],
      [1, 0],
      [0, -1],
      [0, 1],
    ] as const)
      if (isInside(x + dx, y + dy) && counts[(y + dy) * width + x + dx]! > 0) return false;
    return true;
  }

  return {
    width,
    height,
    dot(x, y) {
      if (isInside(x, y)) counts[y * width + x]!++;
    },
    mark(x, y, character) {
      if (isInside(x, y)) marks.set((y >> 2) * columns + (x >> 1), character);
    },
    rows(glyphs) {
      const isDrawn = drawn();
      return Array.from({ length: lines }, (_, line) =>
        Array.from({ length: columns }, (_, column) => {
          const marked = marks.get(line * columns + column);
          if (marked !== undefined) return marked;
          let dots = 0;
          for (let i = 0; i < 8; i++) if (isDrawn(column * 2 + (i >> 2), line * 4 + (i & 3))) dots |= 1 << i;
          return glyphs.cell(dots);
        }).join(""),
      );
    },
  };
}
