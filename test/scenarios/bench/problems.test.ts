import { describe, expect, test } from "vitest";
import { gaussOf, uniforms } from "../../../scripts/bench/noise.ts";
import { rotation } from "../../../scripts/bench/problems/bbob/instance.ts";
import { FIRST_FRONTS, FIRST_SCALAR } from "../../../scripts/bench/problems/first.ts";
import type { Problem, ScalarProblem } from "../../../scripts/bench/problems/problem.ts";
import { SECOND_FRONTS, SECOND_SCALAR } from "../../../scripts/bench/problems/second.ts";
import { hypervolume } from "../../../src/core/search/hypervolume.ts";
import { rowKey, toRow } from "../../../src/core/space/space.ts";
import { askTell } from "../../../src/index.ts";
import { SECOND_SET } from "./second-set.ts";

/** Quasi-random points of a space. */
function* points(problem: Problem, count: number) {
  const search = askTell({ space: problem.space, sampler: "qmc", noise: true });
  for (let i = 0; i < count; i++) yield search.ask()!.params;
}

const violationOf = (problem: ScalarProblem, params: Parameters<ScalarProblem["evaluate"]>[0]): number =>
  Math.max(0, ...(problem.constraints?.(params) ?? []));

/** How far below the optimum a value may lie by rounding errors alone. */
const slackOf = ({ optimum }: ScalarProblem): number => 1e-9 * Math.max(1, Math.abs(optimum));

describe.each(Object.entries(SECOND_SCALAR))("%s", (_, problem) => {
  const best = problem.best!;

  test("has its optimum where it is said to be, and that is allowed", () => {
    const { space } = askTell({ space: problem.space });
    expect(() => rowKey(toRow(space, best))).not.toThrow();
    expect(Math.abs(problem.evaluate(best) - problem.optimum)).toBeLessThanOrEqual(slackOf(problem));
    expect(violationOf(problem, best)).toBeLessThan(1e-12);
    expect(problem.death?.(best) ?? null).toBeNull();
  });

  test("is nowhere better: not at 10,000 Sobol points", () => {
    const least = problem.optimum - slackOf(problem);
    const better = [...points(problem, 10_000)].filter(
      (params) =>
        problem.evaluate(params) < least && violationOf(problem, params) <= 0 && !problem.death?.(params),
    );
    expect(better).toEqual([]);
  });

  test("is nowhere better: not close to the optimum", () => {
    const uniform = uniforms(1, 1);
    const numeric = Object.entries(problem.space).filter(
      ([name, { distribution }]) => distribution.kind === "float" && name in best,
    );
    for (let i = 0; i < 1000; i++) {
      const size = 10 ** (-1 - (i % 5));
      const moved = Object.fromEntries(
        numeric.map(([name, { distribution }]) => {
          if (distribution.kind !== "float") throw new Error("a float");
          const { low, high, log } = distribution;
          const step = size * gaussOf(uniform);
          const at = Number(best[name]);
          const to = log ? at * Math.exp(step * Math.log(high / low)) : at + step * (high - low);
          return [name, Math.min(high, Math.max(low, to))];
        }),
      );
      const params = { ...best, ...moved };
      if (violationOf(problem, params) > 0 || problem.death?.(params)) continue;
      expect(problem.evaluate(params)).toBeGreaterThanOrEqual(problem.optimum - slackOf(problem));
    }
  });
});

describe.each(Object.entries({ ...FIRST_FRONTS, ...SECOND_FRONTS }))("%s", (_, problem) => {
  test("has a front whose hypervolume comes close to the stated one from below", () => {
    const front = problem.front().map(problem.objectives);
    const found = hypervolume(front, problem.reference);
    expect(found).toBeLessThanOrEqual(problem.hypervolume * (1 + 1e-12));
    expect(found).toBeGreaterThan(problem.hypervolume * 0.995);
  });

  test("has no point beyond its front: 1,000 Sobol points add nothing to the hypervolume", () => {
    const others = [...points(problem, 1000)].map(problem.objectives);
    const front = problem.front().map(problem.objectives);
    expect(hypervolume(others, problem.reference)).toBeGreaterThan(0);
    expect(hypervolume([...front, ...others], problem.reference)).toBeLessThanOrEqual(
      problem.hypervolume * (1 + 1e-12),
    );
  });
});

describe("the second set", () => {
  test("stays as it was when it was made, so that no sampler is judged by problems that were chosen for it", () => {
    const seen = Object.entries({ ...SECOND_SCALAR, ...SECOND_FRONTS }).map(([name, problem]) => {
      const params = [...points(problem, 2)][1]!;
      const value = "objectives" in problem ? problem.objectives(params).at(-1)! : problem.evaluate(params);
      return [name, Number(value.toPrecision(9))] as const;
    });
    expect(seen.map(([name]) => name)).toEqual(Object.keys(SECOND_SET));
    // Mathematical functions may differ in the last digits from one version of Node to another.
    for (const [name, value] of seen) expect(value / SECOND_SET[name]!, name).toBeCloseTo(1, 6);
  });

  test("shares no name with the first", () => {
    const first = new Set(Object.keys({ ...FIRST_SCALAR, ...FIRST_FRONTS }));
    expect(Object.keys(SECOND_SET).filter((name) => first.has(name))).toEqual([]);
  });

  test("kills a quarter of all trials, more or less, where it kills", () => {
    const shares = Object.values(SECOND_SCALAR).flatMap((problem) => {
      if (!problem.death) return [];
      const killed = [...points(problem, 2000)].filter((params) => problem.death!(params) !== null);
      return [killed.length / 2000];
    });
    expect(shares).toHaveLength(4);
    for (const share of shares) expect(Math.abs(share - 0.25)).toBeLessThan(0.05);
  });
});

test("a rotation keeps lengths and angles", () => {
  const turn = rotation(7, uniforms(3, 3));
  const products = turn.map((a) => turn.map((b) => a.reduce((total, value, i) => total + value * b[i]!, 0)));
  products.forEach((row, i) => {
    row.forEach((value, j) => {
      expect(value).toBeCloseTo(i === j ? 1 : 0, 12);
    });
  });
});
