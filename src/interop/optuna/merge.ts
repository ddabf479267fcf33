import { BelayError, show } from "../../core/error.ts";
import type { Distribution } from "../../core/space/distribution.ts";
import { decode } from "../../core/space/distribution.ts";
import { compileSpace, type ParamDeclaration, type Space } from "../../core/space/space.ts";
import { distributionOf } from "./distributions.ts";

/** A param of a trial: its name, its number, and its distribution as JSON. */
export interface RawParam {
  readonly name: string;
  readonly value: number;
  readonly json: string;
}

/** How often each param was there beside each choice of another param. */
type Presence = Map<string, Map<string, Map<number, number>>>;

/**
 * Finds the space of trials whose params each have a distribution of their own.
 *
 * - A range is the smallest that holds those of all trials; a step, or the logarithm, stays only where all agree.
 * - A param that some trials lack gets the condition that explains it: the choices of another param beside which it is always
 *   there, while it never is beside the others. Without such a param it is one that some trials have no value for.
 */
export function spaceFinder() {
  const found = new Map<string, Map<string, Distribution>>();
  const totals = new Map<string, Map<number, number>>();
  const beside: Presence = new Map();
  const present = new Map<string, number>();
  let trials = 0;
  const bump = <K>(counts: Map<K, number>, key: K): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
  const at = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
    const value = map.get(key) ?? make();
    map.set(key, value);
    return value;
  };
  return {
    /** Adds a trial. `whole`: it came to an end of its own, so that a param that it lacks was not active. */
    add(params: readonly RawParam[], whole: boolean): void {
      for (const { name, json } of params) {
        const known = at(found, name, () => new Map<string, Distribution>());
        if (!known.has(json)) known.set(json, distributionOf(name, json));
      }
      if (!whole) return;
      trials++;
      const choices = params.filter(({ json }) => json.includes("Categorical"));
      for (const { name, value } of choices)
        bump(
          at(totals, name, () => new Map()),
          value,
        );
      for (const { name } of params) {
        bump(present, name);
        for (const parent of choices)
          if (parent.name !== name)
            bump(
              at(
                at(beside, name, () => new Map()),
                parent.name,
                () => new Map(),
              ),
              parent.value,
            );
      }
    },
    space(): Space {
      const merged = new Map([...found].map(([name, each]) => [name, mergedOf(name, [...each.values()])]));
      const declared: Record<string, ParamDeclaration> = {};
      const isAlways = (name: string): boolean => (present.get(name) ?? 0) === trials;
      const settled = [...merged.keys()].filter(isAlways);
      const open = new Set([...merged.keys()].filter((name) => !isAlways(name)));
      const conditions = new Map<string, ParamDeclaration["conditions"]>();
      for (const parent of settled)
        for (const name of open) {
          const values = conditionOf(totals.get(parent), beside.get(name)?.get(parent), present.get(name));
          if (!values) continue;
          const distribution = merged.get(parent)!;
          conditions.set(name, [{ parent, values: values.map((value) => decode(distribution, value)) }]);
          open.delete(name);
          settled.push(name); // it may be the parent of another one
        }
      for (const [name, distribution] of merged)
        declared[name] = { distribution, conditions: conditions.get(name) ?? [] };
      return compileSpace(declared);
    },
  };
}

/** The choices of a parent beside which a param is always there, if it never is beside the others; else null. */
function conditionOf(
  totals: ReadonlyMap<number, number> | undefined,
  beside: ReadonlyMap<number, number> | undefined,
  present: number | undefined,
): number[] | null {
  if (!totals || !beside || !present) return null;
  const some = [...beside];
  const isAll = some.every(([value, count]) => totals.get(value) === count);
  const together = some.reduce((sum, [, count]) => sum + count, 0);
  return isAll && together === present && some.length < totals.size
    ? some.map(([value]) => value).sort((a, b) => a - b)
    : null;
}

function mergedOf(name: string, all: readonly Distribution[]): Distribution {
  return all.reduce((one, other) => {
    if (one.kind === "categorical" || other.kind === "categorical") {
      if (JSON.stringify(one) === JSON.stringify(other)) return one;
      throw new BelayError(
        "usage",
        `param ${show(name)}: expected the same choices in all trials, got different ones`,
      );
    }
    if (one.kind !== other.kind)
      throw new BelayError(
        "usage",
        `param ${show(name)}: expected one kind in all trials, got int and float`,
      );
    const low = Math.min(one.low, other.low);
    const high = Math.max(one.high, other.high);
    const sameStep = one.step === other.step && one.step !== null;
    const fits = sameStep && isWhole((one.low - other.low) / one.step) && isWhole((high - low) / one.step);
    const log = one.log && other.log;
    return one.kind === "int"
      ? { kind: "int", low, high, log, step: fits ? one.step : 1 }
      : { kind: "float", low, high, log, step: fits ? one.step : null };
  });
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-8 * Math.max(1, Math.abs(value));
}
