import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rankingOf } from "../../../src/dashboard/client/plots/drawing/ranking.ts";
import {
  type HistoryInput,
  historyPicture,
  improvementsOf,
} from "../../../src/dashboard/client/plots/pictures/history.ts";
import { toSvg } from "../../../src/dashboard/client/plots/pictures/output.ts";
import { slicesPicture } from "../../../src/dashboard/client/plots/pictures/slices.ts";
import { svgSurface } from "../../../src/dashboard/client/plots/surface/svg.ts";
import { themeOf } from "../../../src/dashboard/client/plots/surface/theme.ts";
import { categorical, numeric, trialsOf } from "./trials-of.ts";

function inputOf(results: Parameters<typeof trialsOf>[0]): HistoryInput {
  const { trials, objective } = trialsOf(results);
  return {
    ...{ trials, objective, estimates: null, isLog: false, tail: "auto", range: null },
    axis: { label: "trial", kind: "linear", cells: trials.numbers, format: String },
    zoom: () => {},
  };
}

const BOX = { x: 0, y: 0, width: 800, height: 300 };
const panelsOf = (picture: ReturnType<typeof historyPicture>) =>
  picture.draw(svgSurface(800, 300), BOX, themeOf());

describe("the history", () => {
  test("says which trial is the best, and tells each improvement in its table", () => {
    const picture = historyPicture(inputOf([5, "error", 3, 4, 2]));
    expect(picture.summary).toBe("The best value of 4 trials is 2, found by trial 4; it got better 3 times.");
    expect(picture.table().rows).toEqual([
      [0, "0", 5],
      [2, "2", 3],
      [4, "4", 2],
    ]);
    expect(picture.legend.map(({ label }) => label)).toContain("error");
  });

  test("leaves out what the filter leaves out, and what violates its constraints", () => {
    const input = inputOf([5, 4, 3, 2]);
    const filtered = { ...input.trials, visible: Uint8Array.of(1, 0, 1, 1) };
    expect(improvementsOf({ ...input, trials: filtered }).map(({ row }) => row)).toEqual([0, 2, 3]);
    const constrained = { ...input.trials, violations: Float64Array.of(0, 0, 0, 1) };
    expect(improvementsOf({ ...input, trials: constrained }).at(-1)?.row).toBe(2);
  });

  test("says so if there is nothing to see", () => {
    for (const results of [[], ["error"] as const])
      expect(historyPicture(inputOf([...results])).summary).toBe(
        "None of the trials that are shown has a value.",
      );
  });

  test("is better when it is larger, if the study maximizes", () => {
    const input = inputOf([1, 3, 2]);
    const found = improvementsOf({ ...input, objective: { ...input.objective, direction: "maximize" } });
    expect(found.map(({ value }) => value)).toEqual([1, 3]);
  });

  test("finds the trial that is pointed at, and walks from one to the next", () => {
    const [panel] = panelsOf(historyPicture(inputOf([5, "error", 3])));
    const last = panel!.hit(2);
    expect(panel!.find(last.x + 3, last.y - 3)).toBe(2);
    expect(panel!.find(last.x - 100, last.y)).toBe(-1);
    expect([last.title, last.trial, last.lines[0]]).toEqual(["trial 2", 2, "value 3"]);
    expect(panel!.step(0, 1)).toBe(2);
    expect(panel!.step(-1, 1)).toBe(0);
    expect(panel!.step(-1, Number.POSITIVE_INFINITY)).toBe(2);
  });

  test("shows a few bad values at the edge, and not the others pressed together", () => {
    const values = Array.from({ length: 40 }, (_, i) => 1 + i / 100);
    const points = panelsOf(historyPicture(inputOf([...values, 1e9])))[0]!;
    expect(Math.abs(points.hit(0).y - points.hit(30).y)).toBeGreaterThan(100);
    const all = panelsOf(historyPicture({ ...inputOf([...values, 1e9]), tail: "all" }))[0]!;
    expect(Math.abs(all.hit(0).y - all.hit(30).y)).toBeLessThan(1);
  });

  test("is drawn whatever the values are", () => {
    const odd = fc.oneof(
      fc.double(),
      fc.constantFrom(0, 1e300, -1e300, 1e-300, 2 ** 53),
      fc.constantFrom("error" as const, "pruner" as const, "memory-limit" as const),
    );
    fc.assert(
      fc.property(fc.array(odd, { maxLength: 30 }), fc.boolean(), (results, isLog) => {
        const svg = toSvg(historyPicture({ ...inputOf(results), isLog }));
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      }),
    );
  });
});

describe("ranks", () => {
  test("put each value into the sixteenth in which it is, the best last", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: false }), { minLength: 1 }), (list) => {
        const values = Float64Array.from(list);
        const { classes, order, starts } = rankingOf(values, "minimize");
        const finite = list.filter(Number.isFinite).length;
        expect(order.length).toBe(finite);
        expect(starts[16]).toBe(finite);
        for (const [i, row] of order.entries()) {
          const better = order[i + 1];
          if (better !== undefined) expect(classes[better]!).toBeLessThanOrEqual(classes[row]!);
          const share =
            list.filter((value) => Number.isFinite(value) && value < values[row]!).length / finite;
          expect(classes[row]).toBe(Math.min(15, Math.floor(share * 16)));
        }
      }),
    );
  });
});

describe("slices", () => {
  const { trials, objective } = trialsOf([3, 1, "error", 2]);
  const input = (names: readonly string[]) => ({
    ...{ trials, objective, isLog: false, tail: "auto" as const },
    params: names.map((name, k) => ({
      ...(k === 0
        ? numeric(name, [1, 2, 3, Number.NaN])
        : categorical(name, ["adam", "sgd"], [0, 1, 255, 0])),
      importance: k === 0 ? 0.75 : 0.25,
    })),
  });

  test("say which param matters most, and have the best trials in their table", () => {
    const picture = slicesPicture(input(["lr", "optimizer"]));
    expect(picture.summary).toBe(
      "The value of 3 trials against each of 2 params. The most important is lr (75 %).",
    );
    expect(picture.table().rows).toEqual([
      [1, 1, "2", "sgd"],
      [3, 2, "inactive", "adam"],
      [0, 3, "1", "adam"],
    ]);
  });

  test("are a panel for each param, without the trials in which it was inactive", () => {
    const panels = slicesPicture(input(["lr", "optimizer"])).draw(svgSurface(800, 300), BOX, themeOf());
    expect(panels.map(({ name }) => name)).toEqual(["lr", "optimizer"]);
    const walk = (panel: number): number[] => [0, 1].map((from) => panels[panel]!.step(from, 1));
    expect(walk(0)).toEqual([1, 1]);
    expect(walk(1)).toEqual([1, 3]);
  });

  test("hold 300 params, and names of any length and content", () => {
    const names = Array.from({ length: 300 }, (_, k) => `<script>alert("${k}")</script>`.repeat(20));
    const svg = toSvg(slicesPicture(input(names)));
    expect(svg).not.toContain("<script");
    expect(svg.length).toBeLessThan(2_000_000);
  });
});
