import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  brushesIn,
  brushesText,
  rangeOfSpan,
  selectionOf,
  spanOfRange,
} from "../../../src/dashboard/client/plots/drawing/brushes.ts";
import { paramScale } from "../../../src/dashboard/client/plots/drawing/trials.ts";
import { toSvg } from "../../../src/dashboard/client/plots/pictures/output.ts";
import {
  type ParallelInput,
  parallelPicture,
} from "../../../src/dashboard/client/plots/pictures/parallel.ts";
import { lineRaster } from "../../../src/dashboard/client/plots/surface/line-raster.ts";
import { svgSurface } from "../../../src/dashboard/client/plots/surface/svg.ts";
import { themeOf } from "../../../src/dashboard/client/plots/surface/theme.ts";
import { categorical, numeric, trialsOf } from "./trials-of.ts";

const { trials, objective } = trialsOf([4, 3, 2, 1, "error"]);
const lr = numeric("lr", [1e-5, 1e-4, 0.01, 1, 0.1], [1e-5, 1], true);
const optimizer = categorical("optimizer", ["adam", "sgd", "rmsprop"], [0, 1, 2, 255, 1]);
const params = [lr, optimizer];
const input = (more: Partial<ParallelInput> = {}): ParallelInput => ({
  ...{ trials, filtered: null, objective, params, isLog: false, brushes: {}, brush: () => {}, ...more },
});

describe("a range that is dragged on an axis", () => {
  test("over all of a log axis holds the trials at both of its ends", () => {
    const range = rangeOfSpan(paramScale(lr), [0, 1]);
    expect([...selectionOf({ objective, params }, { lr: range }, 1)!]).toEqual([1, 1, 1, 1, 1]);
    const lower = rangeOfSpan(paramScale(lr), [0, 0.3]);
    expect([...selectionOf({ objective, params }, { lr: lower }, 1)!]).toEqual([1, 1, 0, 0, 0]);
    const upper = rangeOfSpan(paramScale(lr), [0.9, 1]);
    expect([...selectionOf({ objective, params }, { lr: upper }, 1)!]).toEqual([0, 0, 0, 1, 0]);
  });

  test("of a categorical axis holds choices, at least the nearest one", () => {
    const scale = paramScale(optimizer);
    expect(rangeOfSpan(scale, [0.3, 1])).toEqual({ low: 1, high: 2 });
    expect(rangeOfSpan(scale, [0.4, 0.45])).toEqual({ low: 1, high: 1 });
    expect([...selectionOf({ objective, params }, { optimizer: { low: 1, high: 1 } }, 1)!]).toEqual([
      0, 1, 0, 0, 1,
    ]);
  });

  test("is drawn where it was dragged", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (a, b) => {
          const span = [Math.min(a, b), Math.max(a, b)] as const;
          const scale = paramScale(lr);
          const [low, high] = spanOfRange(scale, rangeOfSpan(scale, span));
          expect(low).toBeCloseTo(span[0], 6);
          expect(high).toBeCloseTo(span[1], 6);
        },
      ),
    );
  });

  test("comes back from an address, whatever the param is called", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1 });
    const value = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value, value), { maxLength: 4 }), (ranges) => {
        const brushes = Object.fromEntries(
          ranges.map(([axis, a, b]) => {
            const [low, high] = [Math.min(a, b), Math.max(a, b)].map((each) => Number(each.toPrecision(9)));
            return [axis, { low: low! + 0, high: high! + 0 }];
          }),
        );
        expect({ ...brushesIn(brushesText(brushes)) }).toEqual(brushes);
      }),
    );
    for (const text of ["", "lr", "lr~1", "lr~x~y", "lr~2~1", "%E0%A4%A~1~2", "~1~2"])
      expect({ ...brushesIn(text) }).toEqual({});
  });
});

describe("the selection", () => {
  test("is none as long as nothing is chosen", () => {
    expect(selectionOf({ objective, params }, {}, 1)).toBeNull();
  });

  test("holds the best share of the values, at least one trial, in both directions", () => {
    expect([...selectionOf({ objective, params }, {}, 0.5)!]).toEqual([0, 0, 1, 1, 0]);
    expect([...selectionOf({ objective, params }, {}, 0.01)!]).toEqual([0, 0, 0, 1, 0]);
    const maximize = { ...objective, direction: "maximize" as const };
    expect([...selectionOf({ objective: maximize, params }, {}, 0.25)!]).toEqual([1, 0, 0, 0, 0]);
  });
});

describe("parallel coordinates", () => {
  test("have a place to drag on every axis, and find the line that is pointed at", () => {
    const chosen: unknown[] = [];
    const picture = parallelPicture(input({ brush: (axis, range) => chosen.push([axis, range]) }));
    const [lines, ...axes] = picture.draw(
      svgSurface(800, 380),
      { x: 0, y: 0, width: 800, height: 380 },
      themeOf(),
    );
    expect(axes.map(({ name }) => name)).toEqual(["lr", "optimizer", "value"]);
    axes[2]!.brush!.done({ x: [0, 1], y: [0, 0.5] });
    axes[0]!.brush!.done(null);
    expect(chosen).toEqual([
      ["value", { low: expect.closeTo(0.88, 5), high: expect.closeTo(2.5, 5) }],
      ["lr", null],
    ]);
    const hit = lines!.hit(2);
    expect(lines!.find(hit.x, hit.y)).toBe(2);
    expect(hit.lines).toEqual(["value 2", "lr 0.01", "optimizer rmsprop"]);
    // The trial that failed has no line.
    expect(lines!.step(3, 1)).toBe(3);
  });

  test("say how many trials are chosen", () => {
    const visible = Uint8Array.of(0, 0, 1, 1, 0);
    const picture = parallelPicture(
      input({ trials: { ...trials, visible }, brushes: { value: { low: 1, high: 2 } } }),
    );
    expect(picture.summary).toContain("2 trials with a value, chosen on 1 axis.");
    expect(picture.table().rows.map(([number]) => number)).toEqual([3, 2]);
    expect(toSvg(picture)).not.toMatch(/NaN|Infinity/);
  });

  test("draw many lines as cells, in which each is found again", () => {
    const count = 5_000;
    const left = Float32Array.from({ length: count }, (_, i) => i / count);
    const ranks = new Uint8Array(count);
    const raster = lineRaster({ axes: [left, left], ranks, mask: null }, 60, 64, themeOf());
    for (let row = 0; row < 64; row++)
      for (let column = 0; column < 60; column++) expect(raster.cells[row * 60 + column]).toBeGreaterThan(0);
    const none = lineRaster({ axes: [left, left], ranks, mask: new Uint8Array(count) }, 60, 64, themeOf());
    expect(none.cells.every((cell) => cell === 0)).toBe(true);
  });
});
