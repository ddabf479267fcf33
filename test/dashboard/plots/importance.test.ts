import { describe, expect, test } from "vitest";
import { importancePicture } from "../../../src/dashboard/client/plots/pictures/importance.ts";
import { svgSurface } from "../../../src/dashboard/client/plots/surface/svg.ts";
import { themeOf } from "../../../src/dashboard/client/plots/surface/theme.ts";

const found = (shares: readonly number[]) => ({
  ...{ study: "digits", target: "value", evaluator: "ped-anova" as const, trials: 100, targetTrials: 10 },
  importance: shares.map((importance, k) => ({ param: `p${k}`, importance })),
});

describe("the bars of importance", () => {
  test("say which param matters most, and how much the others do at most", () => {
    const picture = importancePicture(found([0.6, 0.3, 0.1]), 2);
    expect(picture.summary).toBe(
      "p0 matters most: 60 % of what sets the 10 best of 100 trials apart. 1 param more, each at most 10 %.",
    );
    expect(picture.table().rows).toHaveLength(3);
  });

  test("say so if nothing matters, or there is nothing that could", () => {
    expect(importancePicture(found([0, 0])).summary).toContain("No param sets");
    expect(importancePicture(found([])).summary).toBe("This study has no params.");
  });

  test("are as long as the shares are, and can be pointed at", () => {
    const surface = svgSurface(500, 80);
    const [panel] = importancePicture(found([0.75, 0.25])).draw(
      surface,
      { x: 0, y: 0, width: 500, height: 80 },
      themeOf(),
    );
    const widths = [...surface.document("").matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) =>
      Number(width),
    );
    expect(widths[0]! / widths[1]!).toBeCloseTo(3, 1);
    expect(panel!.hit(panel!.find(250, 12)).title).toBe("p0");
    expect(panel!.hit(panel!.find(250, 36)).title).toBe("p1");
  });
});
