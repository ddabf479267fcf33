import { BelayError, didYouMean, show } from "../error.ts";
import {
  type Choice,
  cardinality,
  checkDistribution,
  type Distribution,
  decode,
  describe,
  encode,
} from "./distribution.ts";

/** A condition of a param: it is active only if its parent has one of these values. */
export interface Condition {
  /** Index of the parent in `Space.params`, less than that of the child. */
  readonly parent: number;
  /** Values of the parent, as the numbers of a row. */
  readonly values: readonly number[];
}

/** A param: its name, which values it can take, and when it exists: all conditions must hold. */
export interface SpaceParam {
  readonly name: string;
  readonly distribution: Distribution;
  readonly when: readonly Condition[];
}

/**
 * The search space, in which parents come before their children. It is plain data: it survives JSON and
 * `structuredClone`.
 *
 * A **row** is a Float64Array with one number for each param: the value of a float or int, the index of a categorical's
 * choice, NaN for an inactive param.
 */
export interface Space {
  readonly params: readonly SpaceParam[];
}

/**
 * The values of a trial's active params, by name.
 *
 * @example
 * const params: Params = search.ask()!.params;
 */
export type Params = Record<string, Choice>;

/** A param as a study file declares it, with parents by name. */
export interface ParamDeclaration {
  readonly distribution: Distribution;
  readonly conditions: readonly { readonly parent: string; readonly values: readonly Choice[] }[];
}

/**
 * Checks a declared space and puts parents before children.
 *
 * @throws BelayError `study`: a bad range, an unknown parent, a value that the parent cannot take, a cycle.
 */
export function compileSpace(declared: Readonly<Record<string, ParamDeclaration>>): Space {
  const names = Object.keys(declared);
  for (const name of names) {
    checkDistribution(name, declared[name]!.distribution);
    for (const { parent } of declared[name]!.conditions) {
      if (Object.hasOwn(declared, parent)) continue;
      const others = names.filter((other) => other !== name);
      throw new BelayError(
        "study",
        `space.${name}: when: expected the name of a param of this space, got ${show(parent)}${didYouMean(parent, others, show)}`,
      );
    }
  }
  const order = parentsFirst(names, declared);
  const params = order.map((name): SpaceParam => {
    const { distribution, conditions } = declared[name]!;
    return {
      name,
      distribution,
      when: conditions.map((condition) => compileCondition(name, condition, order, declared)),
    };
  });
  return { params };
}

function compileCondition(
  name: string,
  condition: ParamDeclaration["conditions"][number],
  order: readonly string[],
  declared: Readonly<Record<string, ParamDeclaration>>,
): Condition {
  const parent = declared[condition.parent]!.distribution;
  const values = condition.values.map((value) => {
    const encoded = encode(parent, value);
    if (!Number.isNaN(encoded)) return encoded;
    const expected = `a value of ${condition.parent} (${describe(parent)})`;
    throw new BelayError("study", `space.${name}: when: expected ${expected}, got ${show(value)}`);
  });
  if (values.length === 0)
    throw new BelayError("study", `space.${name}: when: expected at least one value, got none`);
  return { parent: order.indexOf(condition.parent), values };
}

/** The names in the order of declaration, except that parents come before their children. */
function parentsFirst(
  names: readonly string[],
  declared: Readonly<Record<string, ParamDeclaration>>,
): string[] {
  const order: string[] = [];
  const visit = (name: string, path: readonly string[]): void => {
    if (order.includes(name)) return;
    if (path.includes(name)) {
      const cycle = [...path.slice(path.indexOf(name)), name].join(" -> ");
      throw new BelayError("study", `space.${name}: when: expected no cycle, got ${cycle}`);
    }
    for (const { parent } of declared[name]!.conditions) visit(parent, [...path, name]);
    order.push(name);
  };
  for (const name of names) visit(name, []);
  return order;
}

/** Whether param `i` is active in this row, in which its parents must be set already. */
export function isActive(space: Space, row: Float64Array, i: number): boolean {
  for (const { parent, values } of space.params[i]!.when) {
    if (!values.includes(row[parent]!)) return false;
  }
  return true;
}

/** Whether each active param of a row has a value. */
export function isWhole(space: Space, row: Float64Array): boolean {
  return space.params.every((_, i) => !Number.isNaN(row[i]!) || !isActive(space, row, i));
}

/** The values of a row by name, without the inactive params. */
export function toParams(space: Space, row: Float64Array): Params {
  const params: Params = {};
  space.params.forEach(({ name, distribution }, i) => {
    if (!Number.isNaN(row[i]!)) params[name] = decode(distribution, row[i]!);
  });
  return params;
}

/**
 * The row for values by name; params without a value are NaN.
 *
 * @throws BelayError `usage`: an unknown name, or a value that the param cannot take.
 */
export function toRow(space: Space, params: Readonly<Record<string, unknown>>): Float64Array {
  const row = new Float64Array(space.params.length).fill(Number.NaN);
  for (const [name, value] of Object.entries(params)) {
    const i = space.params.findIndex((param) => param.name === name);
    if (i < 0) {
      const names = space.params.map((param) => param.name);
      throw new BelayError(
        "usage",
        `param ${show(name)}: expected a param of the space, got an unknown name${didYouMean(name, names, show)}`,
      );
    }
    const { distribution } = space.params[i]!;
    row[i] = encode(distribution, value);
    if (Number.isNaN(row[i]!)) {
      throw new BelayError("usage", `param ${name}: expected ${describe(distribution)}, got ${show(value)}`);
    }
  }
  return row;
}

/** A text that is equal for two rows exactly when they are the same point; inactive params count as equal. */
export function rowKey(row: Float64Array): string {
  return row.join();
}

/** How many different points the space has, with its conditions; Infinity if any param is continuous. */
export function countPoints(space: Space): number {
  if (space.params.some(({ distribution }) => cardinality(distribution) === Number.POSITIVE_INFINITY)) {
    return Number.POSITIVE_INFINITY;
  }
  // The values of each param that conditions name; all its other values have the same effect.
  const named = space.params.map(
    (_, i) =>
      new Set(
        space.params
          .flatMap(({ when }) => when.filter(({ parent }) => parent === i))
          .flatMap(({ values }) => values),
      ),
  );
  return countFrom(space, named, new Float64Array(space.params.length).fill(Number.NaN), 0);
}

/** Stands for any value that no condition names. */
const OTHER = Number.POSITIVE_INFINITY;

/**
 * Counts the points from param `i` on, given the values before it, of which only those in conditions are told apart.
 */
function countFrom(
  space: Space,
  named: readonly ReadonlySet<number>[],
  row: Float64Array,
  i: number,
): number {
  if (i === space.params.length) return 1;
  const rest = (value: number): number => {
    row[i] = value;
    return countFrom(space, named, row, i + 1);
  };
  if (!isActive(space, row, i)) return rest(Number.NaN);
  const others = cardinality(space.params[i]!.distribution) - named[i]!.size;
  let count = others > 0 ? others * rest(OTHER) : 0;
  for (const value of named[i]!) count += rest(value);
  return count;
}
