import { sign } from "../../../../core/search/direction.ts";
import type { LegendEntry, Panel, Picture } from "../drawing/picture.ts";
import { gather, gatherSparse, pointPanel, type TrialPoints } from "../drawing/points.ts";
import { type Objective, type Trials, valueScale, valueText } from "../drawing/trials.ts";
import { drawAxes, xRoom, yRoom } from "../surface/axes.ts";
import { formatCount } from "../surface/format.ts";
import { unitsOf } from "../surface/scale.ts";
import { type Box, inset, type Mark, type Surface } from "../surface/surface.ts";
import type { Theme } from "../surface/theme.ts";

/** What a picture of a Pareto front shows. */
export interface ParetoInput {
  readonly trials: Trials;
  readonly x: Objective;
  readonly y: Objective;
  readonly showsDominated: boolean;
  readonly showsInfeasible: boolean;
}

/** The rows of a picture, by what they are. */
interface Sorted {
  /** From the smallest x to the largest. */
  readonly front: readonly number[];
  readonly dominated: Int32Array;
  readonly infeasible: Int32Array;
}

/** More trials are drawn as small squares. */
const MANY = 5_000;

/** Two objectives against each other, and the trials that no other one beats in both. */
export function paretoPicture(input: ParetoInput): Picture {
  const { trials, x, y } = input;
  const sorted = sortOut(input);
  const { front, dominated, infeasible } = sorted;
  const legend: LegendEntry[] = [
    { label: "on the front", mark: "diamond", color: (theme) => theme.best },
    ...(input.showsDominated
      ? [{ label: "dominated", mark: "circle" as const, color: (theme: Theme) => theme.states.complete }]
      : []),
    ...(input.showsInfeasible && infeasible.length > 0
      ? [{ label: "violates a constraint", mark: "cross" as const, color: (theme: Theme) => theme.soft }]
      : []),
  ];
  const better = ({ direction }: Objective): string => (direction === "minimize" ? "smaller" : "larger");
  return {
    title: `Front of ${x.name} and ${y.name}`,
    summary:
      front.length === 0
        ? "None of the trials that are shown has both values."
        : `${formatCount(front.length, "trial")} of ${front.length + dominated.length} beaten by no other in both ${x.name} (${better(x)} is better) and ${y.name} (${better(y)} is better)${infeasible.length > 0 ? `; ${infeasible.length} more violate${infeasible.length === 1 ? "s" : ""} a constraint` : ""}.`,
    legend,
    height: (width) => Math.round(Math.min(480, Math.max(280, width * 0.55))),
    draw: (surface, box, theme) => draw(surface, box, theme, input, sorted),
    table: () => ({
      columns: ["trial", x.name, y.name],
      rows: front.map((row) => [trials.numbers[row]!, x.values[row]!, y.values[row]!]),
      note: "The trials on the front.",
    }),
  };
}

function sortOut({ trials, x, y }: ParetoInput): Sorted {
  const { visible, violations, numbers } = trials;
  const feasible = new Uint8Array(numbers.length);
  const infeasible = new Int32Array(numbers.length);
  let violating = 0;
  for (let row = 0; row < numbers.length; row++) {
    if (visible !== null && visible[row] === 0) continue;
    const sum = x.values[row]! + y.values[row]!;
    if (sum - sum !== 0) continue;
    if (violations !== null && violations[row]! > 0) infeasible[violating++] = row;
    else feasible[row] = 1;
  }
  const front = frontOf(feasible, x, y);
  for (const row of front) feasible[row] = 0;
  return {
    front,
    dominated: Int32Array.from(feasible.keys()).filter((row) => feasible[row] === 1),
    infeasible: infeasible.subarray(0, violating),
  };
}

/** The rows that no other one beats in both, by one look at them in the order of x. Equal ones are all on the front. */
function frontOf(mask: Uint8Array, x: Objective, y: Objective): number[] {
  const [flipX, flipY] = [sign(x.direction), sign(y.direction)];
  const costX = (row: number): number => x.values[row]! * flipX;
  const costY = (row: number): number => y.values[row]! * flipY;
  const front: number[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const row of orderOf(x, y)) {
    if (mask[row] === 0) continue;
    const last = front.at(-1);
    const isEqual = last !== undefined && costX(last) === costX(row) && costY(last) === costY(row);
    if (costY(row) < least || isEqual) {
      front.push(row);
      least = costY(row);
    }
  }
  return flipX === 1 ? front : front.reverse();
}

const orders = new WeakMap<object, { readonly y: object; readonly order: Int32Array }>();

/** The rows with both values from the best x to the worst, of equal ones the best y first. Two columns are ordered once. */
function orderOf(x: Objective, y: Objective): Int32Array {
  const known = orders.get(x.values);
  if (known?.y === y.values) return known.order;
  const [flipX, flipY] = [sign(x.direction), sign(y.direction)];
  const order = Int32Array.from(x.values.keys()).filter((row) =>
    Number.isFinite(x.values[row]! + y.values[row]!),
  );
  order.sort(
    (a, b) => (x.values[a]! - x.values[b]!) * flipX || (y.values[a]! - y.values[b]!) * flipY || a - b,
  );
  orders.set(x.values, { y: y.values, order });
  return order;
}

function draw(surface: Surface, outer: Box, theme: Theme, input: ParetoInput, sorted: Sorted): Panel[] {
  const { trials, x, y } = input;
  const { front, dominated, infeasible } = sorted;
  const [xScale, yScale] = [x, y].map((each) => valueScale(each, trials.visible, { tail: "auto" })) as [
    ReturnType<typeof valueScale>,
    ReturnType<typeof valueScale>,
  ];
  const box = inset(outer, yRoom(yScale, outer.height, true), 8, 12, xRoom(true));
  drawAxes(surface, { box, x: xScale, y: yScale, xLabel: x.name, yLabel: y.name }, theme);
  const mask = new Uint8Array(trials.numbers.length);
  for (const row of front) mask[row] = 1;
  if (input.showsDominated) for (const row of dominated) mask[row] = 1;
  if (input.showsInfeasible) for (const row of infeasible) mask[row] = 1;
  const points = { xs: unitsOf(xScale, x.values), ys: unitsOf(yScale, y.values), mask };
  if (input.showsDominated)
    drawOthers(surface, box, points, dominated, { mark: "circle", color: theme.states.complete });
  if (input.showsInfeasible)
    drawOthers(surface, box, points, infeasible, { mark: "cross", color: theme.soft });
  drawFront(surface, box, theme, points, front, x.direction === "minimize");
  const lines = (row: number): string[] => [
    `${x.name} ${valueText(x.values[row])}`,
    `${y.name} ${valueText(y.values[row])}`,
    ...(front.includes(row) ? ["on the front"] : []),
  ];
  return [pointPanel({ box, name: "front", points, lines, numbers: trials.numbers })];
}

/** Trials behind the front; of many that would hide one another only some. */
function drawOthers(
  surface: Surface,
  box: Box,
  points: TrialPoints,
  rows: Int32Array,
  look: { readonly mark: Mark; readonly color: string },
): void {
  const isMany = rows.length > MANY;
  const mask = new Uint8Array(points.xs.length);
  for (const row of rows) mask[row] = 1;
  const { xs, ys, count } = gatherSparse({ ...points, mask }, box, isMany ? 3 : 1);
  surface.marks(xs, ys, count, {
    ...(isMany ? { ...look, mark: "square", size: 2, alpha: 0.5 } : { ...look, size: 5, alpha: 0.55 }),
  });
}

/** The front as steps: what lies behind them is dominated. */
function drawFront(
  surface: Surface,
  box: Box,
  theme: Theme,
  points: Parameters<typeof gather>[0],
  front: readonly number[],
  isSmallerBetter: boolean,
): void {
  const { xs, ys, count } = gather(points, box, { count: front.length, rowAt: (i) => front[i]! });
  const [ownX, ownY] = [Array.from(xs.subarray(0, count)), Array.from(ys.subarray(0, count))];
  const stepX: number[] = [];
  const stepY: number[] = [];
  for (let i = 0; i < count; i++) {
    if (i > 0) {
      // A corner is as bad as the worse of both trials in each objective.
      stepX.push(isSmallerBetter ? ownX[i]! : ownX[i - 1]!);
      stepY.push(isSmallerBetter ? ownY[i - 1]! : ownY[i]!);
    }
    stepX.push(ownX[i]!);
    stepY.push(ownY[i]!);
  }
  surface.line(stepX, stepY, stepX.length, { stroke: theme.best, width: 1.5 });
  surface.marks(ownX, ownY, count, { mark: "diamond", size: count > 200 ? 5 : 7, color: theme.best });
}
