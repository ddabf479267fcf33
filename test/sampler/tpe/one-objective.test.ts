import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { askTell } from "../../../src/ask-tell/ask-tell.ts";
import type { Told } from "../../../src/core/search/told.ts";
import type { Distribution } from "../../../src/core/space/distribution.ts";
import type { ParamDeclaration, Params } from "../../../src/core/space/space.ts";

const of = (distribution: Distribution, ...conditions: ParamDeclaration["conditions"]): ParamDeclaration => ({
  distribution,
  conditions,
});
const float = (low: number, high: number, log = false): Distribution => ({
  kind: "float",
  low,
  high,
  log,
  step: null,
});

/** A study of which every ask is compared. */
interface Case {
  readonly space: Readonly<Record<string, ParamDeclaration>>;
  readonly direction: "minimize" | "maximize";
  /** How many trials run at any time. */
  readonly parallel: number;
  readonly outcome: (params: Params, number: number) => Told | number;
}

const bowl = ({ x, y, z }: Params): number => (Number(x) - 0.3) ** 2 + (Number(y) + 1) ** 2 + Number(z) ** 4;

const CASES: Readonly<Record<string, Case>> = {
  floats: {
    space: { x: of(float(0, 1)), y: of(float(-5, 5)), z: of(float(-1, 1)) },
    direction: "minimize",
    parallel: 1,
    outcome: bowl,
  },
  parallel: {
    space: { x: of(float(0, 1)), y: of(float(-5, 5)), z: of(float(-1, 1)) },
    direction: "maximize",
    parallel: 4,
    outcome: (params) => -bowl(params),
  },
  conditional: {
    space: {
      rate: of(float(1e-4, 1, true)),
      units: of({ kind: "int", low: 1, high: 512, log: true, step: 1 }),
      kind: of({ kind: "categorical", choices: ["adam", "sgd"] }),
      momentum: of(float(0, 1), { parent: "kind", values: ["sgd"] }),
    },
    direction: "minimize",
    parallel: 2,
    outcome: ({ rate, units, kind, momentum }, number) => {
      const value =
        (Number(rate) - 0.1) ** 2 + 1 / Number(units) + (kind === "sgd" ? 0.1 * Number(momentum) : 0.05);
      if (Number(units) > 300)
        return { state: "pruned", reason: "memory-limit", overrun: Number(units) / 300 - 1 };
      if (number % 7 === 3) return { state: "pruned", estimate: { value, sd: 0.01 } };
      if (number % 11 === 5) return { state: "pruned", value };
      if (number % 13 === 8) return { state: "fail" };
      return { state: "complete", value, constraints: [Number(rate) - 0.5] };
    },
  },
};

/** The params of all asks of a study, as arrays of their values. */
function asked({ space, direction, parallel, outcome }: Case): unknown[][] {
  const search = askTell({ space, direction, sampler: "tpe", seed: 11 });
  const going: { number: number; params: Params }[] = [];
  const rows: unknown[][] = [];
  for (let i = 0; i < 60; i++) {
    const trial = search.ask()!;
    rows.push(Object.values(trial.params));
    going.push(trial);
    if (going.length < parallel) continue;
    const { number, params } = going.shift()!;
    search.tell(number, outcome(params, number));
  }
  return rows;
}

/** What `tpe` asked for before it knew of several objectives; where trials die, since its model of that sees pairs. */
const before = JSON.parse(readFileSync(new URL("asked.json", import.meta.url), "utf8")) as Readonly<
  Record<string, readonly unknown[][]>
>;

it.each(Object.entries(CASES))(
  "asks in a study of one objective (%s) for the same params as ever",
  (name, one) => {
    expect(asked(one)).toEqual(before[name]);
  },
);
