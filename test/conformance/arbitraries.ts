import fc from "fast-check";
import type { Distribution } from "../../src/core/space/distribution.ts";
import { compileSpace, type ParamDeclaration, type Space } from "../../src/core/space/space.ts";

/** An outcome that a trial may be told. */
export type TrialResult =
  | { readonly kind: "value"; readonly value: number; readonly violation?: number }
  | { readonly kind: "fail" }
  | { readonly kind: "pruned"; readonly overrun: number }
  | { readonly kind: "running" };

const outcome: fc.Arbitrary<TrialResult> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("value" as const),
      value: fc.double({ min: -1, max: 1, noNaN: true }),
    }),
  },
  fc.constantFrom<TrialResult>(
    { kind: "fail" },
    { kind: "running" },
    { kind: "pruned", overrun: 0 },
    { kind: "pruned", overrun: 0.3 },
    { kind: "pruned", overrun: Number.POSITIVE_INFINITY },
    { kind: "value", value: 0 },
    { kind: "value", value: 0, violation: 2 },
    { kind: "value", value: -1, violation: 1e300 },
    { kind: "value", value: 1e308 },
    { kind: "value", value: -1e308 },
    { kind: "value", value: 1e-320 },
  ),
);

/** Outcomes of a study's trials, usual and unusual. */
export const outcomes: fc.Arbitrary<TrialResult[]> = fc.oneof(
  fc.array(outcome, { maxLength: 40 }),
  fc
    .integer({ min: 1, max: 40 })
    .map((count) => Array.from({ length: count }, (): TrialResult => ({ kind: "value", value: 7 }))),
  fc
    .integer({ min: 1, max: 40 })
    .map((count) => Array.from({ length: count }, (): TrialResult => ({ kind: "fail" }))),
);

const choices = fc.constantFrom(["a"], ["a", "b"], [1, 2, 3], [null, true, false, "x"]);
const discrete: fc.Arbitrary<Distribution> = fc.oneof(
  fc.record({ kind: fc.constant("categorical" as const), choices }),
  fc.constantFrom<Distribution>(
    { kind: "int", low: 0, high: 3, log: false, step: 1 },
    { kind: "int", low: -4, high: 4, log: false, step: 4 },
    { kind: "int", low: 1, high: 5, log: true, step: 1 },
    { kind: "float", low: 0, high: 0.3, log: false, step: 0.1 },
    { kind: "float", low: 2, high: 2, log: false, step: null },
  ),
);
const anyDistribution: fc.Arbitrary<Distribution> = fc.oneof(
  discrete,
  fc.constantFrom<Distribution>(
    { kind: "float", low: -5, high: 5, log: false, step: null },
    { kind: "float", low: 1e-300, high: 1e300, log: true, step: null },
    { kind: "float", low: -1.7e308, high: 1.7e308, log: false, step: null },
    { kind: "float", low: 1, high: 1 + 1e-15, log: false, step: null },
    { kind: "float", low: -1, high: 1, log: false, step: 0.25 },
    { kind: "int", low: 0, high: 1e15, log: false, step: 1 },
    { kind: "int", low: 1, high: 100_000, log: true, step: 1 },
    { kind: "int", low: 0, high: Number.MAX_SAFE_INTEGER, log: false, step: 1 },
    { kind: "int", low: 1, high: Number.MAX_SAFE_INTEGER, log: true, step: 1 },
  ),
);

/** Spaces with all kinds of params. */
export const spaces = spacesOf(anyDistribution, 6);
/** Spaces with finitely many points. */
export const discreteSpaces = spacesOf(discrete, 3);

/** Spaces of flat and nested params; a param may depend on the one before it. */
function spacesOf(distribution: fc.Arbitrary<Distribution>, maxParams: number): fc.Arbitrary<Space> {
  const param = fc.record({ distribution, hangs: fc.boolean() });
  return fc.array(param, { minLength: 1, maxLength: maxParams }).map((params) => {
    const declared: Record<string, ParamDeclaration> = {};
    params.forEach(({ distribution: own, hangs }, i) => {
      const above = i > 0 ? params[i - 1]!.distribution : undefined;
      const parent = hangs && above?.kind === "categorical" ? above : undefined;
      const conditions = parent ? [{ parent: `p${i - 1}`, values: [parent.choices[0]!] }] : [];
      declared[`p${i}`] = { distribution: own, conditions };
    });
    return compileSpace(declared);
  });
}
