import { expect, test } from "vitest";
import { growthText, hypervolumeText } from "../../src/cli/terminal/hypervolume-text.ts";

test("the line of a front has its hypervolume and the reference point", () => {
  expect(hypervolumeText({ value: 10.23456789, reference: [1.1, -7] })).toBe(
    "hypervolume 10.2346 up to (1.1, -7)",
  );
  expect(hypervolumeText({ value: null, reference: [1, 1, 1, 1, 1] })).toBe(
    "hypervolume (not computed: too many objectives) up to (1, 1, 1, 1, 1)",
  );
});

test("the line of a study has the hypervolume after each part of the trials", () => {
  const growth = [
    { trials: 25, value: 4.5 },
    { trials: 50, value: 10.25 },
  ];
  expect(growthText({ value: 10.25, reference: [1.1, 7] }, growth)).toBe(
    "hypervolume up to (1.1, 7): 4.5 after 25, 10.25 after 50 trials",
  );
});
