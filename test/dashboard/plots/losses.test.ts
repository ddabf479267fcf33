import { describe, expect, test } from "vitest";
import {
  compareEdfPicture,
  comparePicture,
  courseOf,
} from "../../../src/dashboard/client/plots/pictures/compare.ts";
import {
  foldStripPicture,
  pairedDifference,
} from "../../../src/dashboard/client/plots/pictures/fold-strip.ts";
import { killsMapPicture } from "../../../src/dashboard/client/plots/pictures/kills-map.ts";
import { toSvg } from "../../../src/dashboard/client/plots/pictures/output.ts";
import { splitsPicture } from "../../../src/dashboard/client/plots/pictures/splits.ts";
import { svgSurface } from "../../../src/dashboard/client/plots/surface/svg.ts";
import { themeOf } from "../../../src/dashboard/client/plots/surface/theme.ts";
import type { KillsJson } from "../../../src/report/kills/kills.ts";
import { categorical, numeric, trialsOf } from "./trials-of.ts";

const BOX = { x: 0, y: 0, width: 600, height: 260 };

describe("the map of losses", () => {
  const { trials } = trialsOf([1, "memory-limit", 2, "memory-limit", "pruner"]);
  const x = numeric("units", [1, 9, 1, 9.2, 5]);
  const y = categorical("optimizer", ["adam", "sgd"], [0, 0, 1, 1, 0]);
  const kills: KillsJson = {
    ...{ study: "digits", trials: 5, lost: 2, successRate: 0.6, timeMs: 1e7, timeLostMs: 7.2e6 },
    reasons: [
      {
        ...{ reason: "memory-limit", count: 2, share: 0.4, timeLostMs: 7.2e6 },
        rules: [
          {
            ...{
              text: "2 of 2 where units >= 8",
              support: 2,
              trials: 2,
              lift: 2.5,
              p: 1e-4,
              timeLostMs: 7.2e6,
            },
            conditions: [{ param: "units", op: ">=", value: 8 }],
          },
        ],
      },
    ],
    repeatOffenders: [],
    advice: [
      {
        ...{ text: "", command: "", savesMs: 7.2e6 },
        narrow: {
          param: "units",
          declaration: "float(0, 8)",
          lost: 2,
          trials: 2,
          keepsBest: 1,
          savesMs: 7.2e6,
        },
      },
    ],
  };

  test("says where trials are lost and what a narrower range would have saved", () => {
    const picture = killsMapPicture({ trials, x, y, kills });
    expect(picture.summary).toBe(
      "2 trials of 5 lost. memory-limit: 2 of 2 where units >= 8. With units as float(0, 8) 2 h 0 m would not have been lost.",
    );
    expect(picture.table().rows).toEqual([
      ["memory-limit", "8.12 to 9.16", "adam", 1, 1, "100 %"],
      ["memory-limit", "9.16 to 10", "sgd", 1, 1, "100 %"],
    ]);
  });

  test("has a panel for each reason, with the share in each part and the bound as a line", () => {
    const surface = svgSurface(600, 260);
    const panels = killsMapPicture({ trials, x, y, kills }).draw(surface, BOX, themeOf());
    expect(panels.map(({ name }) => name)).toEqual(["memory-limit"]);
    const lines = Array.from({ length: 5 }, (_, k) => k).flatMap((k) => {
      const item = panels[0]!.step(-1, k + 1);
      return panels[0]!.hit(item).lines[0]!;
    });
    expect(lines.filter((line) => line === "1 of 1 lost")).toHaveLength(2);
    expect(surface.document("")).toContain('stroke-dasharray="5 3"');
  });

  test("says so if nothing was lost", () => {
    const fine = trialsOf([1, 2, "pruner"]);
    const own = { x: numeric("units", [1, 2, 3]), y: numeric("lr", [1, 2, 3]) };
    expect(killsMapPicture({ ...own, trials: fine.trials, kills: null }).summary).toBe(
      "None of the 3 trials that ended was lost.",
    );
  });
});

describe("values by split", () => {
  const { trials, objective } = trialsOf([1, 2, 3, "pruner"]);
  const splits = [
    [1, 2, 3, 9],
    [2, 3, 4, Number.NaN],
  ];

  test("tell the middle of the trials and the best one in each split", () => {
    const picture = splitsPicture({ trials, objective, splits, trial: 2 });
    expect(picture.summary).toBe(
      "4 trials with a first split, 3 with the last; the worst median is that of split 1, 3.",
    );
    expect(picture.table().rows).toEqual([
      [0, 4, 1.75, 2.5, 4.5, 1],
      [1, 3, 2.5, 3, 3.5, 2],
    ]);
    expect(picture.legend.map(({ label }) => label)).toEqual([
      ...["half of the trials", "median", "best, trial 0", "trial 2", "the newest 25"],
    ]);
    expect(toSvg(picture)).not.toMatch(/NaN|Infinity/);
  });

  test("say so if there are none", () => {
    const nothing = { trials, objective, trial: null };
    expect(splitsPicture({ ...nothing, splits: [[1, 2, 3, 4]] }).summary).toBe("This study has one split.");
    const empty = [new Float64Array(4).fill(Number.NaN), new Float64Array(4).fill(Number.NaN)];
    expect(splitsPicture({ ...nothing, splits: empty }).summary).toContain("None of the trials");
  });
});

describe("a trial beside the incumbent", () => {
  const cell = (at: number, trial: number | null, incumbent: number | null, ended = false) => ({
    ...{ from: at, to: at, trial, incumbent, ended },
    difference: trial === null || incumbent === null ? null : trial - incumbent,
  });
  const strip = {
    of: "splits" as const,
    objectives: [
      {
        ...{
          objective: 0,
          direction: "minimize" as const,
          incumbent: 3,
          best: "now" as const,
          pairs: 3,
          better: 3,
        },
        cells: [cell(0, 0.8, 1), cell(1, 0.7, 1), cell(2, 0.9, 1), cell(3, null, 1, true)],
      },
    ],
  };

  test("says whether it is better by more than chance, and where it ended", () => {
    expect(foldStripPicture(7, strip, ["value"]).summary).toBe(
      "Better than trial 3 (the best now) in 3 of 3 splits; the difference in value, 0.2 ± 0.248, may be chance. It ended in split 3.",
    );
    expect(pairedDifference([-0.2, -0.3, -0.1])!.half).toBeCloseTo(0.248, 3);
    expect(pairedDifference([0.5])).toEqual({ mean: 0.5, half: null });
    expect(pairedDifference([])).toBeNull();
  });

  test("lets people open the incumbent", () => {
    const [panel] = foldStripPicture(7, strip, ["value"]).draw(svgSurface(600, 260), BOX, themeOf());
    const hit = panel!.hit(1);
    expect([hit.title, hit.lines, hit.trial]).toEqual(["split 1", ["trial 7: 0.7", "trial 3: 1"], 3]);
    expect(panel!.hit(3).lines[0]).toBe("trial 7: ended here");
  });
});

describe("studies side by side", () => {
  const study = (
    name: string,
    values: readonly number[],
    direction: "minimize" | "maximize" = "minimize",
  ) => ({
    ...{ study: name, direction, values, violations: values.map(() => 0) },
    ...{ finishedAtMs: values.map((_, k) => k), durationMs: values.map(() => 60_000) },
  });

  test("show the best value over the trials that had finished, or over their time", () => {
    const trials = { ...study("a", [3, 2, Number.NaN, 1, 5]), finishedAtMs: [4, 3, 2, Number.NaN, 1] };
    expect(courseOf(trials, "trials")).toEqual({ at: [1, 3, 4], best: [5, 2, 2] });
    expect(courseOf(trials, "time").at).toEqual([60_000, 180_000, 240_000]);
  });

  test("say where each stands", () => {
    const picture = comparePicture([study("a", [3, 1]), study("b", [])], "trials");
    expect(picture.summary).toBe("a: 1 after 2 trials; b: no value yet.");
    expect(picture.table().rows).toEqual([
      ["a", 1, 3],
      ["a", 2, 1],
    ]);
    expect(compareEdfPicture([study("a", [3, 1]), study("b", [])]).summary).toContain("a: 1 (2 trials).");
  });

  test("are not compared if they have different directions", () => {
    expect(comparePicture([study("a", [1]), study("b", [1], "maximize")], "time").summary).toContain(
      "different directions",
    );
  });
});
