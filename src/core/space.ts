import {
  type Choice,
  cardinality,
  checkDistribution,
  type Distribution,
  decode,
  describe,
  encode,
} from "./distribution.ts";
import { BelayError, nearest, show } from "./error.ts";

/** A conditional param is active only while its parent has one of these values. */
export interface Condition {
  /** The parent's place in `Space.params`; always before the child's. */
  readonly parent: number;
  /** The parent's values, as the numbers of a row. */
  readonly values: readonly number[];
}

/** One param: its name, where its values come from, and when it exists. All conditions must hold. */
export interface SpaceParam {
  readonly name: string;
  readonly distribution: Distribution;
  readonly when: readonly Condition[];
}

/**
 * The search space: parents stand before their children. Plain data: it survives JSON and `structuredClone`.
 *
 * A **row** is a Float64Array with a number for each param: the value of a float or int, a categorical's index,
 * NaN for a param that is inactive.
 */
export interface Space {
  readonly params: readonly SpaceParam[];
}

/**
 * The values of a trial by name, active ones only.
 *
 * @example
 * const params: Params = search.ask()!.params;
 */
export type Params = Record<string, Choice>;

/** A space as a study file declares it: conditions by name. */
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
      const near = nearest(
        parent,
        names.filter((other) => other !== name),
      );
      throw new BelayError(
        "study",
        `space.${name}: when: expected the name of a param of this space${near ? ` (did you mean ${show(near)}?)` : ""}, got ${show(parent)}`,
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

/** Declaration order, except that a child comes after its parents. */
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

/** Whether param `i` exists in this row; the entries of its parents must be set already. */
export function isActive(space: Space, row: Float64Array, i: number): boolean {
  for (const { parent, values } of space.params[i]!.when) {
    if (!values.includes(row[parent]!)) return false;
  }
  return true;
}

/** A row as an object by name, without the inactive params. */
export function toParams(space: Space, row: Float64Array): Params {
  const params: Params = {};
  space.params.forEach(({ name, distribution }, i) => {
    if (!Number.isNaN(row[i]!)) params[name] = decode(distribution, row[i]!);
  });
  return params;
}

/**
 * An object by name as a row; what is absent stays NaN.
 *
 * @throws BelayError `usage`: an unknown name, or a value that the param cannot take.
 */
export function toRow(space: Space, params: Readonly<Record<string, unknown>>): Float64Array {
  const row = new Float64Array(space.params.length).fill(Number.NaN);
  for (const [name, value] of Object.entries(params)) {
    const i = space.params.findIndex((param) => param.name === name);
    if (i < 0) {
      const near = nearest(
        name,
        space.params.map((param) => param.name),
      );
      const hint = near ? `; did you mean ${show(near)}?` : "";
      throw new BelayError(
        "usage",
        `param ${show(name)}: expected a param of the space, got an unknown name${hint}`,
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

/** Two rows are the same point exactly when their keys are equal (inactive params count as equal). */
export function rowKey(row: Float64Array): string {
  return row.join();
}

/** How many different points the space has, conditions counted in; Infinity with any continuous param. */
export function countPoints(space: Space): number {
  if (space.params.some(({ distribution }) => cardinality(distribution) === Number.POSITIVE_INFINITY)) {
    return Number.POSITIVE_INFINITY;
  }
  if (space.params.every(({ when }) => when.length === 0)) {
    return space.params.reduce((product, { distribution }) => product * cardinality(distribution), 1);
  }
  return countFrom(space, new Float64Array(space.params.length).fill(Number.NaN), 0);
}

const COUNT_LIMIT = 1e6;

/** Walks the tree of choices; spaces beyond the limit count as infinite, which is what callers need to know. */
function countFrom(space: Space, row: Float64Array, i: number): number {
  if (i === space.params.length) return 1;
  row[i] = Number.NaN;
  if (!isActive(space, row, i)) return countFrom(space, row, i + 1);
  const { distribution } = space.params[i]!;
  const isParent = space.params.some(({ when }) => when.some(({ parent }) => parent === i));
  if (!isParent) return cardinality(distribution) * countFrom(space, row, i + 1);
  let count = 0;
  for (let k = 0; k < cardinality(distribution) && count <= COUNT_LIMIT; k++) {
    row[i] = distribution.kind === "categorical" ? k : distribution.low + k * (distribution.step ?? 1);
    count += countFrom(space, row, i + 1);
  }
  return count > COUNT_LIMIT ? Number.POSITIVE_INFINITY : count;
}
