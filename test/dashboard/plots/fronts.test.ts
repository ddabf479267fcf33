import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hypervolume } from "../../../src/core/search/hypervolume.ts";
import { nonDominated } from "../../../src/core/search/pareto.ts";
import { edfPicture, shareAt, sortedOf } from "../../../src/dashboard/client/plots/pictures/edf.ts";
import { toSvg } from "../../../src/dashboard/client/plots/pictures/output.ts";
import { paretoPicture } from "../../../src/dashboard/client/plots/pictures/pareto.ts";
import { rankMapPicture } from "../../../src/dashboard/client/plots/pictures/rank-map.ts";
import { growthOf, volumePicture } from "../../../src/dashboard/client/plots/pictures/volume.ts";
import { svgSurface } from "../../../src/dashboard/client/plots/surface/svg.ts";
import { themeOf } from "../../../src/dashboard/client/plots/surface/theme.ts";
import { categorical, numeric, trialsOf } from "./trials-of.ts";

describe("the Pareto front", () => {
  const small = fc.integer({ min: 0, max: 6 });
  const directions = fc.constantFrom("minimize" as const, "maximize" as const);

  test("holds the trials that no other beats, as the command line finds them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(small, small), { maxLength: 30 }),
        directions,
        directions,
        (points, dx, dy) => {
          const { trials } = trialsOf(points.map(() => 0));
          const [x, y] = [dx, dy].map((direction, k) => ({
            ...{ name: `values.${k}`, direction, values: Float64Array.from(points, (point) => point[k]!) },
          }));
          const picture = paretoPicture({
            trials,
            x: x!,
            y: y!,
            showsDominated: true,
            showsInfeasible: true,
          });
          const costs = points.map(([a, b]) => [dx === "minimize" ? a : -a, dy === "minimize" ? b : -b]);
          const found = picture.table().rows.map(([number]) => Number(number));
          expect(found.sort((a, b) => a - b)).toEqual(nonDominated(costs).sort((a, b) => a - b));
        },
      ),
    );
  });

  test("leaves out trials that violate a constraint, and counts them", () => {
    const { trials, objective } = trialsOf([1, 2, 3]);
    const other = { ...objective, name: "values.1", values: Float64Array.of(1, 0, 0) };
    const violations = Float64Array.of(0, 0, 1);
    const picture = paretoPicture({
      ...{ trials: { ...trials, violations }, x: { ...objective, name: "values.0" }, y: other },
      ...{ showsDominated: true, showsInfeasible: true },
    });
    expect(picture.summary).toBe(
      "2 trials of 2 beaten by no other in both values.0 (smaller is better) and values.1 (smaller is better); 1 more violates a constraint.",
    );
    expect(toSvg(picture)).toContain("violates a constraint");
  });
});

describe("a distribution", () => {
  test("tells the share of trials that are at least as good as a value", () => {
    const sorted = sortedOf([3, Number.NaN, 1, 2, Number.POSITIVE_INFINITY, 4], null);
    expect([...sorted]).toEqual([1, 2, 3, 4]);
    expect([0, 1, 2.5, 4].map((value) => shareAt(sorted, "minimize", value))).toEqual([0, 0.25, 0.5, 1]);
    expect([5, 4, 2.5, 1].map((value) => shareAt(sorted, "maximize", value))).toEqual([0, 0.25, 0.5, 1]);
  });

  test("says which value half of the trials reach, of each curve", () => {
    const picture = edfPicture({
      ...{ title: "t", objective: "value", direction: "minimize" },
      curves: [
        { label: "digits", sorted: Float64Array.of(1, 2, 3) },
        { label: "empty", sorted: new Float64Array(0) },
      ],
    });
    expect(picture.summary).toBe("Half of the trials are at least as good as these: digits: 2 (3 trials).");
    expect(picture.table().rows.at(-1)).toEqual(["100 %", 3, null]);
    expect(toSvg(picture)).not.toMatch(/NaN|Infinity/);
  });
});

describe("the rank map", () => {
  const { trials, objective } = trialsOf([3, 1, "error"]);
  const x = numeric("lr", [1, 2, 3]);
  const y = categorical("optimizer", ["adam", "sgd"], [0, 1, 1]);

  const brushing = { brushes: {}, brush: () => {} };

  test("lets people choose a part of it by dragging, and take the choice back", () => {
    const chosen: unknown[] = [];
    const picture = rankMapPicture({
      ...{ trials, objective, x, y, brushes: { lr: { low: 1, high: 2 } } },
      brush: (ranges) => chosen.push(ranges),
    });
    const surface = svgSurface(600, 400);
    const [panel] = picture.draw(surface, { x: 0, y: 0, width: 600, height: 400 }, themeOf());
    panel!.brush!.done({ x: [0, 0.5], y: [0.6, 0.9] });
    panel!.brush!.done(null);
    expect(chosen).toEqual([
      { lr: { low: expect.closeTo(-0.2, 5), high: expect.closeTo(5, 5) }, optimizer: { low: 1, high: 1 } },
      { lr: null, optimizer: null },
    ]);
    expect(surface.document("")).toContain(`fill="${themeOf().brush}"`);
  });

  test("says where the best trial lies", () => {
    const picture = rankMapPicture({ trials, objective, x, y, ...brushing });
    expect(picture.summary).toBe(
      "2 trials with a value, by two params. The best one, trial 1, has lr 2 and optimizer sgd.",
    );
    expect(picture.table().rows).toEqual([
      [1, 1, "2", "sgd"],
      [0, 3, "1", "adam"],
    ]);
  });

  test("needs two different params", () => {
    expect(rankMapPicture({ trials, objective, x, y: x, ...brushing }).summary).toBe(
      "Two different params are needed.",
    );
  });
});

describe("the growth of the hypervolume", () => {
  test("ends at what the command line measures, and never shrinks", () => {
    const value = fc.integer({ min: 0, max: 20 });
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 30 }), (points) => {
        const { trials } = trialsOf(points.map(() => 0));
        const objectives = [0, 1, 2].map((k) => ({
          ...{ name: `values.${k}`, direction: k === 1 ? ("maximize" as const) : ("minimize" as const) },
          values: Float64Array.from(points, (point) => point[k]!),
        }));
        const { volumes, front } = growthOf(trials, objectives)!;
        expect(volumes).toEqual([...volumes].sort((a, b) => a - b));
        const costs = points.map(([a, b, c]) => [a, -b, c]);
        const best = nonDominated(costs).map((place) => costs[place]!);
        const reference = [0, 1, 2].map((k) => {
          const own = best.map((point) => point[k]!);
          const worst = Math.max(...own);
          return worst + 0.1 * (worst - Math.min(...own) || Math.abs(worst) || 1);
        });
        expect(volumes.at(-1)).toBeCloseTo(hypervolume(best, reference), 6);
        expect(front).toBe(new Set(best.map((point) => point.join())).size);
      }),
    );
  });

  test("says so if there is no front", () => {
    const { trials, objective } = trialsOf(["error"]);
    expect(volumePicture(trials, [objective, objective]).summary).toContain("There is no front");
  });
});
