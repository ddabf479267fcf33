import { formatValue } from "../../core/units.ts";
import type { StripCellJson, StripJson, TrialStripJson } from "../../report/strip.ts";

/** The bars from the lowest value to the highest. */
const BARS = "▁▂▃▄▅▆▇█";
/** The marks for a split or report that a trial does not have, and for the one in which it was ended. */
const MISSING = "·";
const ENDED = "x";
/** The most columns of the terminal that a strip takes. */
const WIDTH = 40;

/** A trial's strip for each objective: a heading, its own line, that of the incumbent, and the cells on which it is better. */
export function stripLines(number: number, { of, objectives }: TrialStripJson): string[] {
  return objectives.flatMap((strip) => {
    const { incumbent, cells } = strip;
    const several = objectives.length > 1 ? `objective ${strip.objective}, ` : "";
    const [low, high] = rangeOf(cells);
    const range =
      low <= high ? `: ${BARS[0]} ${formatValue(low)} to ${BARS.at(-1)} ${formatValue(high)}` : "";
    const own = cells.map(({ trial, ended }) => (ended ? ENDED : bar(trial, low, high)));
    const its = cells.map((cell) => bar(cell.incumbent, low, high));
    const names = [`trial ${number}`, incumbent === null ? "" : `trial ${incumbent}`];
    const width = Math.max(...names.map((name) => name.length));
    const line = (name: string, marks: readonly string[], remark: string): string =>
      `  ${name.padEnd(width)}  ${spread(marks).padEnd(WIDTH)}  ${remark}`.trimEnd();
    return [
      `${several}${placesText(of, cells)}, ${strip.direction}${range}`,
      line(names[0]!, own, legend(own, of)),
      ...(incumbent === null ? [] : [line(names[1]!, its, bestText(strip, objectives.length > 1))]),
      ...(strip.pairs === 0
        ? []
        : [
            line(
              "",
              cells.map((cell) => comparison(cell, strip)),
              `better on ${strip.better} of ${strip.pairs}`,
            ),
          ]),
    ];
  });
}

function rangeOf(cells: readonly StripCellJson[]): [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of cells.flatMap(({ trial, incumbent }) => [trial, incumbent])) {
    if (value === null) continue;
    [low, high] = [Math.min(low, value), Math.max(high, value)];
  }
  return [low, high];
}

/** The bar of a value; if all values are equal, bars have half the height. */
function bar(value: number | null, low: number, high: number): string {
  if (value === null) return MISSING;
  const share = high > low ? (value - low) / (high - low) : 0.5;
  return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))]!;
}

function comparison({ difference }: StripCellJson, { direction }: StripJson): string {
  if (difference === null) return " ";
  if (difference === 0) return "=";
  return difference < 0 === (direction === "minimize") ? "+" : "-";
}

/** Joins the marks; if there are few, with space between them, so that they can be counted. */
function spread(marks: readonly string[]): string {
  if (marks.length * 3 <= WIDTH)
    return marks.map((mark) => `${BARS.includes(mark) ? mark + mark : `${mark} `} `).join("");
  return marks.join(marks.length * 2 <= WIDTH ? " " : "");
}

/** The range of the cells, such as `splits 0 to 4` or `splits 0 to 199 in 40 columns`. */
function placesText(of: TrialStripJson["of"], cells: readonly StripCellJson[]): string {
  const [first, last] = [cells[0]!.from, cells.at(-1)!.to];
  const places = of === "splits" ? `splits ${first} to ${last}` : `reports, steps ${first} to ${last}`;
  return cells.some(({ from, to }) => from !== to) ? `${places} in ${cells.length} columns` : places;
}

function legend(marks: readonly string[], of: TrialStripJson["of"]): string {
  return [
    ...(marks.includes(ENDED) ? [`${ENDED} ended there`] : []),
    ...(marks.includes(MISSING) ? [`${MISSING} no ${of === "splits" ? "split" : "report"}`] : []),
  ].join(", ");
}

function bestText({ best }: StripJson, isOneOfSeveral: boolean): string {
  if (isOneOfSeveral) return "the best in this one";
  return best === "now" ? "the best other trial" : "the best at the verdict";
}
