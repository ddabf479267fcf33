import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AskTell, askTell } from "../../src/ask-tell/ask-tell.ts";
import { BelayError } from "../../src/core/error.ts";
import { categorical, float } from "../../src/core/space/param.ts";

/** Whatever plain JavaScript passes to a search, it is taken, or refused in one line. */

const space = { x: float(-5, 5), kind: categorical(["a", "b"]), only: float(0, 1).when("kind", "b") };

describe("any value in place of an argument", () => {
  const METHODS = ["tell", "report", "shouldPrune", "enqueue", "add", "load"] as const;
  /** Values of every kind, some of them nearly right. */
  const anything = fc.oneof(
    fc.anything({
      withBigInt: true,
      withMap: true,
      withDate: true,
      withTypedArray: true,
      withNullPrototype: true,
    }),
    fc.record(
      {
        ...{
          state: fc.constantFrom("complete", "pruned", "fail"),
          value: fc.anything(),
          estimate: fc.anything(),
        },
        ...{ params: fc.anything(), told: fc.anything(), reports: fc.array(fc.anything()), x: fc.double() },
      },
      { requiredKeys: [] },
    ),
    fc.constantFrom(Symbol("s"), () => 1, new Proxy({}, {}), Object.create({ state: "fail" }), [[]], [{}]),
  );

  it("is taken or refused in one line, and the search goes on", () => {
    const calls = fc.array(fc.tuple(fc.constantFrom(...METHODS), anything, anything, anything), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(calls, fc.boolean(), (made, isRunning) => {
        const options = { space, splits: 2, seed: 1 };
        const search = askTell(options);
        search.ask();
        for (const [method, ...args] of made) {
          // The first argument is right in half of the runs, so that the others are looked at.
          const takesNumber = ["tell", "report", "shouldPrune"].includes(method);
          if (takesNumber && isRunning) args[0] = 0;
          try {
            (search[method] as (...args: readonly unknown[]) => unknown)(...args);
          } catch (error) {
            expect(error).toBeInstanceOf(BelayError);
            expect((error as Error).message).toMatch(new RegExp(`^${method}: .*$`));
          }
        }
        const copy = askTell(options);
        copy.load(JSON.parse(JSON.stringify(search.save())));
        expect(copy.ask()).toEqual(search.ask());
      }),
      { numRuns: 300 },
    );
  });

  it("as options is taken or refused in one line", () => {
    const names = [
      "space",
      "direction",
      "directions",
      "sampler",
      "pruner",
      "splits",
      "seed",
      "noise",
      "trials",
    ];
    const options = fc.dictionary(fc.constantFrom(...names), anything);
    fc.assert(
      fc.property(options, fc.boolean(), (given, hasSpace) => {
        try {
          (askTell as (options: unknown) => AskTell)(hasSpace ? { ...given, space } : given);
        } catch (error) {
          expect(error).toBeInstanceOf(BelayError);
          expect((error as Error).message).not.toContain("\n");
        }
      }),
      { numRuns: 300 },
    );
  });
});
