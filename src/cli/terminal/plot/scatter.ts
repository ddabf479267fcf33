import { formatTrials } from "../../../core/units.ts";
import { humanCell } from "../../../report/format.ts";
import type { PlotAxis, Points } from "../../../report/query/points.ts";
import { toIso } from "../../../report/study.ts";
import { wrap } from "../wrap.ts";
import { canvas } from "./canvas.ts";
import { framed, insideWidth, type Labels } from "./frame.ts";
import type { Glyphs } from "./glyphs.ts";
import { type Scale, scaleOf } from "./scale.ts";

/** How large a plot is, in characters. */
export interface PlotSize {
  readonly columns: number;
  readonly lines: number;
}

/** Points of words are spread over this share of the room of a word, so that equal ones can be told apart. */
const SPREAD = 0.6;
/** The golden section spreads any number of points evenly. */
const GOLDEN = 0.618034;

/** Draws two columns of trials as points: denser places darker, the best or the front marked. */
export function scatterLines(points: Points, glyphs: Glyphs, { columns, lines }: PlotSize): string[] {
  const { study, x, y, xs, ys, numbers, left, marked } = points;
  const count = ys.length;
  const head = `${study}: ${y.name} over ${x.name}, ${formatTrials(count)}`;
  const without = left > 0 ? `${left} without a number in one of them` : null;
  const wrapped = (text: string): string[] => wrap(text.split(" "), columns);
  if (count === 0) return wrapped(`${head}${without === null ? "" : ` (${without})`}`);
  const right = x.words ? wordScale(x.words) : scaleOf(xs, x.isLog ? "positive" : "wide");
  const up = scaleOf(ys, y.isLog ? "positive" : "wide");
  const beside = numberLabels(up, y);
  const drawn = canvas(insideWidth(columns, beside), lines);
  const at = (i: number): [number, number] => {
    const shift = x.words ? ((((i * GOLDEN) % 1) - 0.5) * SPREAD) / x.words.length : 0;
    return [
      Math.round((right.place(xs[i]!) + shift) * (drawn.width - 1)),
      Math.round((1 - up.place(ys[i]!)) * (drawn.height - 1)),
    ];
  };
  let marks = 0;
  for (let i = 0; i < count; i++) {
    const [column, row] = at(i);
    drawn.dot(column, row);
    if (!marked?.numbers.has(numbers[i]!)) continue;
    drawn.mark(column, row, glyphs.mark);
    marks++;
  }
  const below = x.words ? wordLabels(x.words) : numberLabels(right, x);
  const notes = [
    ...(marks === 0 ? [] : [`${glyphs.mark} ${marked?.as === "front" ? "the Pareto front" : "the best"}`]),
    ...(right.isLog ? [`${x.name} logarithmic`] : []),
    ...(up.isLog ? [`${y.name} logarithmic`] : []),
    ...(without === null ? [] : [without]),
  ];
  return [
    ...wrapped(head),
    ...framed(drawn.rows(glyphs), { beside, below, glyphs }),
    ...(notes.length > 0 ? wrapped(notes.join("; ")) : []),
  ];
}

/** Puts each word into the middle of its room. */
function wordScale(words: readonly string[]): Scale {
  const place = (value: number): number => (value + 0.5) / words.length;
  return { low: 0, high: words.length - 1, isLog: false, place, at: (at) => at };
}

function wordLabels(words: readonly string[]): Labels {
  return words.map((word, i) => [(i + 0.5) / words.length, word] as const);
}

/** The ends and the middle of an axis. */
function numberLabels(scale: Scale, { kind }: PlotAxis): Labels {
  return [0, 0.5, 1].map((place) => {
    const value = scale.at(place);
    const text = kind === "time" ? toIso(value).slice(0, 16) : humanCell(Number(value.toPrecision(4)), kind);
    return [place, text] as const;
  });
}
