import { expect, it } from "vitest";
import { partialAggregate } from "../../src/core/aggregate.ts";
import { mean, worst } from "../../src/index.ts";
import { belay, folder, trials, write } from "../support/belay.ts";

/** A study of three splits with the values 1, 3 and 5; a trial may not survive the last one. */
const study = (directions: string, returned: string): string => `
  import { categorical, defineStudy } from "belay";
  export default defineStudy({
    name: "x",
    ${directions},
    space: { last: categorical(["good", "hangs", "not a number"]) },
    splits: () => [0, 1, 2].map((row) => ({ train: [3], validation: [row] })),
    train: ({ params, splitIndex }) => {
      if (splitIndex === 2 && params.last === "hangs") for (;;);
      const value = splitIndex === 2 && params.last === "not a number" ? NaN : 1 + 2 * splitIndex;
      return ${returned};
    },
  });`;

async function details(file: string): Promise<Record<string, unknown>> {
  const cwd = folder();
  write(cwd, { "x.mjs": file });
  const options = ["--sampler", "grid", "--trials", "3", "--split-timeout", "1s"];
  const { code, stderr } = await belay(cwd, ["launch", "x.mjs", ...options]);
  expect(code, stderr).toBe(0);
  const found = await trials(cwd, "x");
  expect(found.map(({ state, value }) => (state === "pruned" ? value : "complete")).sort()).toEqual([
    "complete",
    null,
    null,
  ]);
  return Object.fromEntries(found.map(({ params, detail }) => [params.last, detail?.partial]));
}

it("the detail of a trial that was pruned, or killed by a guard, has the aggregate of its finished splits", async () => {
  expect(await details(study('direction: "maximize"', "value"))).toEqual({
    good: undefined,
    hangs: 2,
    "not a number": 2,
  });
});

it("there is a partial aggregate for each direction", async () => {
  expect(await details(study('directions: ["maximize", "minimize"]', "[value, 10 * value]"))).toEqual({
    good: undefined,
    hangs: [2, 20],
    "not a number": [2, 20],
  });
});

it("there is no partial aggregate without a split, or if the study's own function returns no finite number", () => {
  expect(partialAggregate(worst, ["minimize"], [[1], [2]])).toEqual([2]);
  expect(
    partialAggregate(
      [mean, worst],
      ["maximize", "maximize"],
      [
        [1, 1],
        [2, 2],
      ],
    ),
  ).toEqual([1.5, 1]);
  expect(partialAggregate(mean, ["minimize"], [])).toBeNull();
  expect(partialAggregate((values) => values[4]!, ["minimize"], [[1]])).toBeNull();
  const throws = (): number => {
    throw new Error("too few");
  };
  expect(partialAggregate(throws, ["minimize"], [[1]])).toBeNull();
});
