import { describe, expect, it } from "vitest";
import { askTell } from "../src/ask-tell.ts";
import type { Distribution } from "../src/core/distribution.ts";
import { compileSpace, type ParamDeclaration } from "../src/core/space.ts";
import { random } from "../src/sampler/random.ts";

const float = (low: number, high: number): ParamDeclaration =>
  of({ kind: "float", low, high, log: false, step: null });
const categorical = (...choices: string[]): ParamDeclaration => of({ kind: "categorical", choices });
const of = (distribution: Distribution): ParamDeclaration => ({ distribution, conditions: [] });
const space = {
  x: float(-5, 5),
  kind: categorical("a", "b"),
  only: { ...float(0, 1), conditions: [{ parent: "kind", values: ["b"] }] },
};

describe("askTell", () => {
  it("numbers trials from 0, and finds the best in the study's direction", () => {
    const search = askTell({ space, direction: "maximize", sampler: "random", seed: 4 });
    expect(search.best()).toBeNull();
    const asked = [search.ask()!, search.ask()!, search.ask()!];
    expect(asked.map(({ number }) => number)).toEqual([0, 1, 2]);
    search.tell(2, 3);
    search.tell(0, 9);
    search.tell(1, { state: "complete", value: 10, constraints: [0.5] });
    expect(search.best()).toEqual({ ...asked[0], value: 9 });
  });

  it("proposes the same trials for the same seed and outcomes, by name or by factory", () => {
    const run = (sampler: "random" | ReturnType<typeof random>) => {
      const search = askTell({ space, sampler, seed: 7 });
      return Array.from({ length: 20 }, () => search.ask());
    };
    expect(run("random")).toEqual(run(random()));
  });

  it("tries enqueued params first, and fills in what they leave out", () => {
    const search = askTell({ space });
    search.enqueue({ kind: "b", x: 1 });
    search.enqueue({ only: 0.5 });
    expect(search.ask()!.params).toMatchObject({ kind: "b", x: 1, only: expect.any(Number) });
    expect(Object.keys(search.ask()!.params)).toContain("x");
    expect(() => search.enqueue({ kind: "a", only: 0.5 })).toThrow(
      "enqueue: only: expected no value, since it is inactive",
    );
    expect(() => search.enqueue({ y: 1 })).toThrow('param "y"');
    expect(() => search.enqueue({ x: 6 })).toThrow("param x: expected -5..5, got 6");
  });

  it("takes pruned and failed trials, and prunes what is not finite", () => {
    const search = askTell({ space });
    for (const told of [
      { state: "pruned", reason: "memory-limit", overrun: 0.4 },
      { state: "pruned", value: 3 },
      { state: "fail" },
      Number.NaN,
    ] as const) {
      search.tell(search.ask()!.number, told);
    }
    expect([...search.history.state.subarray(0, 4)]).toEqual([1, 1, 2, 1]);
    expect(search.history.overrun[0]).toBe(0.4);
    expect(search.best()).toBeNull();
  });

  it("ends with null when every point was tried", () => {
    const search = askTell({ space: { kind: categorical("a", "b") } });
    const seen = [search.ask()!.params.kind, search.ask()!.params.kind];
    expect(seen.sort()).toEqual(["a", "b"]);
    expect(search.ask()).toBeNull();
  });

  it("takes a value for each of several directions, of which none is the best", () => {
    const search = askTell({ space, directions: ["minimize", "maximize"] });
    search.tell(search.ask()!.number, [1, 2]);
    expect(search.history.values.map((column) => column[0])).toEqual([1, 2]);
    expect(() => search.tell(search.ask()!.number, 1)).toThrow("tell: value: expected 2 numbers, got 1");
    expect(() => search.best()).toThrow("expected one direction, got 2");
  });

  it("refuses misuse", () => {
    expect(() => askTell({ space, sampler: "tpee" })).toThrow("did you mean tpe?");
    expect(() => askTell({ space, seed: 0.5 })).toThrow("seed: expected a whole number, got 0.5");
    expect(() => askTell({ space, direction: "up" as "minimize" })).toThrow(
      'expected "minimize" or "maximize", got "up"',
    );
    expect(() => askTell({ space, direction: "minimize", directions: ["minimize"] })).toThrow("got both");
    expect(() => askTell({ space: { x: float(1, 0) } })).toThrow("space.x: expected low <= high");
    const search = askTell({ space });
    expect(() => search.tell(0, 1)).toThrow("tell: expected the number of a running trial, got 0");
    const { number } = search.ask()!;
    expect(() => search.tell(number, "1" as unknown as number)).toThrow(
      'tell: value: expected a number, got "1"',
    );
    search.tell(number, 1);
    expect(() => search.tell(number, 1)).toThrow("running trial");
  });
});

it("compiles the space that it is given", () => {
  expect(askTell({ space }).space).toEqual(compileSpace(space));
});
