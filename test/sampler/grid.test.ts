import { expect, it } from "vitest";
import { askTell } from "../../src/ask-tell/ask-tell.ts";
import { float, int } from "../../src/core/space/param.ts";
import { grid } from "../../src/sampler/grid.ts";
import { conforms } from "../conformance/sampler.ts";

conforms(() => grid(), { ends: true });

it("tries the given values of a param, whatever its name", () => {
  const values = { constructor: [0.25, 0.75] };
  const search = askTell({ space: { constructor: float(0, 1), x: int(1, 2) }, sampler: grid({ values }) });
  const asked = Array.from({ length: 4 }, () => search.ask()!.params.constructor);
  expect(asked.map(Number).sort()).toEqual([0.25, 0.25, 0.75, 0.75]);
  expect(search.ask()).toBeNull();
  const standard = askTell({ space: { constructor: int(1, 2) }, sampler: grid() });
  expect([standard.ask()!.params.constructor, standard.ask()!.params.constructor].map(Number).sort()).toEqual(
    [1, 2],
  );
});

it.each([
  [{ rat: [0.5] }, 'grid: values: expected names of params, got "rat"; did you mean "rate"?'],
  [{ rate: 0.5 }, "grid: values.rate: expected an array of values, got 0.5"],
  [{ rate: [2] }, "grid: values.rate: expected values of the param, got 2"],
] as const)("refuses values that fit no param: %j", (values, message) => {
  const search = askTell({ space: { rate: float(0, 1) }, sampler: grid({ values: values as never }) });
  expect(() => search.ask()).toThrow(message);
});
