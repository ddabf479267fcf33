import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Maker, registry, withoutOptions } from "../../../src/core/search/registry.ts";
import { formatSpec, type Spec, specOf } from "../../../src/core/search/spec.ts";
import type { Json } from "../../../src/core/trial.ts";

/** A factory that returns the spec that reached it. */
const made =
  (name: string) =>
  (options: Spec["options"]): Spec =>
    specOf(name, options);

const MAKERS: Readonly<Record<string, Maker<Spec>>> = {
  none: withoutOptions("none", () => specOf("none", {})),
  percentile: { make: made("percentile") },
  patient: {
    make: ({ pruner = "none", ...rest }, make) => specOf("patient", { pruner: make(pruner), ...rest }),
    first: "pruner",
  },
};
const rules = registry(MAKERS);
const read = (text: string) => rules.read("--pruner", text);

describe("a spec as text", () => {
  it.each<[text: string, name: string, options: Spec["options"]]>([
    ["none", "none", {}],
    [" none() ", "none", {}],
    ["percentile(q=25)", "percentile", { q: 25 }],
    ["percentile( q = -2.5e-3 , mode = fast )", "percentile", { q: -0.0025, mode: "fast" }],
    ['percentile(on=true, off=null, text="a, (b)")', "percentile", { on: true, off: null, text: "a, (b)" }],
    ['percentile(values={"x": [1, "]"]}, list=[])', "percentile", { values: { x: [1, "]"] }, list: [] }],
    ["patient(none, patience=3)", "patient", { pruner: "none", patience: 3 }],
    [
      "patient(percentile(q=25), patience=3)",
      "patient",
      { pruner: { name: "percentile", options: { q: 25 } }, patience: 3 },
    ],
    [
      "patient(pruner=patient(percentile(q=1)))",
      "patient",
      { pruner: { name: "patient", options: { pruner: { name: "percentile", options: { q: 1 } } } } },
    ],
  ])("%s", (text, name, options) => {
    expect(read(text)).toEqual({ name, options });
  });

  it.each([
    "",
    "percentile(",
    "percentile(q=25",
    "percentile(q=25))",
    "percentile(q=)",
    "percentile(q=25,)",
    "percentile(q=25 mode=fast)",
    "percentile q=25",
    "percentile(q=5x)",
    "percentile(q=[1)",
    "percentile(q={x: 1})",
    "percentile(q='a')",
    "25",
    `percentile(q="${"x".repeat(10_000)}")`,
  ])("refuses %j in one line", (text) => {
    expect(() => read(text)).toThrow(
      /^--pruner: expected a name, or a name with options such as .*, got "[^\n]*$/,
    );
  });

  it("is read back as it was written, whatever its options are", () => {
    const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
    const key = fc.stringMatching(/^[A-Za-z_]\w{0,5}$/);
    fc.assert(
      fc.property(fc.dictionary(key, json), (options) => {
        const spec = specOf("percentile", JSON.parse(JSON.stringify(options)) as object);
        expect(read(formatSpec(spec))).toEqual(spec);
      }),
      { numRuns: 200 },
    );
  });

  it("stays a bare name without options", () => {
    expect(formatSpec(specOf("tpe", { startupTrials: undefined }))).toBe("tpe");
    expect(
      formatSpec(specOf("patient", { pruner: { ...specOf("percentile", { q: 25 }), judge: () => {} } })),
    ).toBe("patient(pruner=percentile(q=25))");
  });
});

describe("a registry", () => {
  it("makes the thing that a text or a spec names, also nested ones", () => {
    const expected = {
      name: "patient",
      options: { pruner: { name: "percentile", options: { q: 25 } }, patience: 3 },
    };
    expect(rules.make("--pruner", "patient(percentile(q=25), patience=3)")).toEqual(expected);
    expect(rules.make("--pruner", expected)).toEqual(expected);
    expect(rules.make("--pruner", "patient")).toEqual({
      name: "patient",
      options: { pruner: specOf("none", {}) },
    });
  });

  it.each([
    [
      "percentil(q=25)",
      '--pruner: expected one of none, percentile, patient, got "percentil"; did you mean percentile?',
    ],
    ["constructor", '--pruner: expected one of none, percentile, patient, got "constructor"'],
    [
      "patient(percentil(q=25))",
      '--pruner: expected one of none, percentile, patient, got "percentil"; did you mean percentile?',
    ],
    [
      "patient(nome)",
      '--pruner: patient: expected one of none, percentile, patient, got "nome"; did you mean none?',
    ],
    ["none(q=25)", '--pruner: none: expected no options, got "q"'],
    ["percentile(25)", "--pruner: percentile: expected options by name, such as key=value"],
    ["patient(none, 3)", "--pruner: patient: expected options by name, such as key=value"],
    ["percentile(q=25, q=30)", "--pruner: percentile: expected q once, got it twice"],
  ])("refuses %s", (text, message) => {
    expect(() => rules.make("--pruner", text)).toThrow(new RegExp(`^${message.replace(/[?()]/g, "\\$&")}$`));
  });

  it("refuses a value that is neither a text nor a spec", () => {
    expect(() => rules.make("pruner", 5)).toThrow("pruner: expected a name, got 5");
    expect(() => rules.make("pruner", { name: "none" })).toThrow(
      "pruner: expected a name, got an object with keys",
    );
  });
});
