/** The characters of a plot. */
export interface Glyphs {
  /** The character of a cell of 2 x 4 dots: bit 4 * column + row is set for each dot, from the top. */
  readonly cell: (dots: number) => string;
  readonly tick: string;
  readonly side: string;
  readonly corner: string;
  readonly floor: string;
  /** A point that stands out: the best trial, or one of the front. */
  readonly mark: string;
  /** A trial that was lost. */
  readonly lost: string;
}

/** In Unicode's order the dots of a braille cell are 1, 2, 3, 7 in the left column and 4, 5, 6, 8 in the right one. */
const BRAILLE_BITS = [0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80] as const;

/** Braille: eight dots in a character. */
export const BRAILLE: Glyphs = {
  cell: (dots) =>
    dots === 0
      ? " "
      : String.fromCharCode(
          BRAILLE_BITS.reduce((code, bit, i) => (dots & (1 << i) ? code + bit : code), 0x2800),
        ),
  ...{ tick: "┤", side: "│", corner: "└", floor: "─", mark: "●", lost: "×" },
};

/** ASCII: a character that is the darker the more dots it stands for; the height tells a single row of dots. */
export const ASCII: Glyphs = {
  cell: (dots) => {
    const count = [...dots.toString(2)].filter((bit) => bit === "1").length;
    if (dots === 0) return " ";
    if (count > 4) return "#";
    const isHigh = (dots & 0b11001100) === 0;
    const isLow = (dots & 0b00110011) === 0;
    if (count > 2) return isHigh || isLow ? "=" : "*";
    return isHigh ? "'" : isLow ? "." : ":";
  },
  ...{ tick: "+", side: "|", corner: "+", floor: "-", mark: "O", lost: "x" },
};

/** The characters that a terminal can show: ASCII where the locale has no UTF-8, and on terminals without its fonts. */
export function glyphsFor(env: NodeJS.ProcessEnv): Glyphs {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  const isOther = locale !== "" && !/utf-?8/i.test(locale);
  return isOther || env.TERM === "dumb" || env.TERM === "linux" ? ASCII : BRAILLE;
}
