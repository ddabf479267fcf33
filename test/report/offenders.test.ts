import { describe, expect, it } from "vitest";
import { rng } from "../../src/core/rng.ts";
import { uniformRow } from "../../src/core/space/draw.ts";
import { compileSpace, type Params, toParams } from "../../src/core/space/space.ts";
import { findRepeats } from "../../src/importance/repeats.ts";
import { kills } from "../../src/report/kills/kills.ts";
import { temporaryStore } from "../support/store.ts";
import { readerOf } from "./fixture.ts";
import { COMPLETE, CRASHED, choice, FAILED, type Played, playLosses, real, whole } from "./lossy.ts";

/** `kills`: params and neighbourhoods that were lost again and again. */

const DECLARED = { optimizer: choice("adam", "sgd"), units: whole(16, 512, 1, true), rate: real(0, 1) };
const SPACE = compileSpace(DECLARED);

const drawn = (number: number, space = SPACE): Params =>
  toParams(space, uniformRow(space, rng(3, number, "offenders")));
const alive = (count: number, from = 100): Played[] =>
  Array.from({ length: count }, (_, i) => ({ params: drawn(from + i), outcome: COMPLETE }));
const BAD: Params = { optimizer: "sgd", units: 64, rate: 0.25 };

async function offenders(studies: readonly (readonly Played[])[], names = ["digits", "older"]) {
  const store = temporaryStore({ durability: "normal" });
  for (const [i, trials] of studies.entries()) await playLosses(store, DECLARED, trials, { name: names[i]! });
  return (await kills(await readerOf(store), "digits")).repeatOffenders;
}

describe("repeat offenders", () => {
  it("are equal params that were lost each time, and chance does not explain it", async () => {
    const found = await offenders([
      [...Array.from({ length: 3 }, () => ({ params: BAD, outcome: FAILED })), ...alive(40)],
    ]);
    expect(found).toEqual([
      {
        text: "tried 3 times, lost each time (error): optimizer = sgd, units = 64, rate = 0.25",
        kind: "params",
        conditions: [
          { param: "optimizer", op: "=", value: "sgd" },
          { param: "units", op: "=", value: 64 },
          { param: "rate", op: "=", value: 0.25 },
        ],
        ...{ tried: 3, lost: 3, lived: 0, reasons: { error: 3 }, studies: ["digits"] },
        p: expect.toSatisfy((p: number) => p > 0 && p < 0.01),
      },
    ]);
  });

  it("count each attempt of a trial that was lost and tried again", async () => {
    const [found] = await offenders([[{ params: BAD, outcome: CRASHED, lostAttempts: 2 }, ...alive(40)]]);
    expect(found).toMatchObject({ tried: 3, lost: 3, reasons: { interrupted: 2, crash: 1 } });
    expect(found!.text).toMatch(/^tried 3 times, lost each time \(interrupted 2, crash 1\): optimizer = sgd/);
  });

  it("count the trials of other studies, and name these", async () => {
    const twice = Array.from({ length: 2 }, () => ({ params: BAD, outcome: FAILED }));
    expect(await offenders([[twice[0]!, ...alive(20)]])).toEqual([]);
    const [found] = await offenders([
      [twice[0]!, ...alive(20)],
      [...twice, ...alive(20, 200)],
    ]);
    expect(found).toMatchObject({ tried: 3, lost: 3, studies: ["digits", "older"] });
    expect(found!.text).toContain("(error), in digits and older: optimizer = sgd");
  });

  it("compare studies with other params by those that both have", async () => {
    const store = temporaryStore({ durability: "normal" });
    const twice = [0.2, 0.9].map((rate) => ({ params: { ...BAD, rate }, outcome: FAILED }));
    await playLosses(store, DECLARED, [...twice, ...alive(40)], { name: "digits" });
    const { rate: _, ...fewer } = DECLARED;
    const older = (params: Params): Params => ({ optimizer: params.optimizer!, units: params.units! });
    const lost = Array.from({ length: 2 }, () => ({ params: older(BAD), outcome: FAILED }));
    const lived = alive(40, 200).map(({ params, outcome }) => ({ params: older(params), outcome }));
    await playLosses(store, fewer, [...lost, ...lived], { name: "older" });
    const [found] = (await kills(await readerOf(store), "digits")).repeatOffenders;
    expect(found!.text).toBe(
      "tried 4 times, lost each time (error), in digits and older: optimizer = sgd, units = 64",
    );
  });

  it("are a neighbourhood that no rule of two conditions tells of", async () => {
    const declared = { x: real(0, 1), y: real(0, 1), z: real(0, 1) };
    const space = compileSpace(declared);
    const trials = Array.from({ length: 600 }, (_, number): Played => {
      const params = drawn(number, space) as Record<string, number>;
      const isIn = Object.values(params).every((value) => value >= 0.25 && value < 0.5);
      return { params, outcome: isIn || number % 40 === 0 ? FAILED : COMPLETE };
    });
    const store = temporaryStore({ durability: "normal" });
    await playLosses(store, declared, trials, { name: "digits" });
    const found = await kills(await readerOf(store), "digits");
    expect(found.repeatOffenders).toHaveLength(1);
    const [offender] = found.repeatOffenders;
    expect(offender).toMatchObject({ kind: "neighbourhood", lived: 0, reasons: { error: offender!.lost } });
    expect(offender!.text).toMatch(/^tried \d+ times, lost each time \(error\): x 0\.\d+\.\.0\.\d+, y 0\./);
    for (const { op, value } of offender!.conditions)
      expect(op === ">=" ? Number(value) >= 0.25 : Number(value) < 0.5).toBe(true);
  });

  it("are only those of the reasons that are asked for, and of one study where there is a filter", async () => {
    const store = temporaryStore({ durability: "normal" });
    const three = Array.from({ length: 3 }, () => ({ params: BAD, outcome: FAILED }));
    await playLosses(store, DECLARED, [three[0]!, ...alive(40)], { name: "digits" });
    await playLosses(store, DECLARED, [...three, ...alive(40, 200)], { name: "older" });
    const reader = await readerOf(store);
    expect((await kills(reader, "digits")).repeatOffenders).toHaveLength(1);
    expect((await kills(reader, "digits", { where: "units > 0" })).repeatOffenders).toEqual([]);
    expect((await kills(reader, "older", { reason: ["crash"] })).repeatOffenders).toEqual([]);
    expect((await kills(reader, "older", { reason: ["error"] })).repeatOffenders).toHaveLength(1);
  });
});

describe("repeat offenders among trials that were lost at random", () => {
  const coarse = compileSpace({ optimizer: choice("adam", "sgd"), units: whole(1, 6), rate: real(0, 1) });

  it.each([
    ["with equal params", [0, 1]],
    ["without", [0, 1, 2]],
  ])("are nearly always none, %s", (_, params) => {
    const rows = Array.from({ length: 200 }, (__, i) => uniformRow(coarse, rng(5, i, "rows")));
    const columns = coarse.params.map((__, param) => Float64Array.from(rows, (row) => row[param]!));
    const shuffles = 250;
    let found = 0;
    for (let k = 0; k < shuffles; k++) {
      const stream = rng(9, k, "labels");
      const lost = Float64Array.from(rows, () => (stream.next() < 0.3 ? 1 : 0));
      const rate = lost.reduce((sum, one) => sum + one, 0) / lost.length;
      const tries = {
        ...{ columns, lost, tried: new Float64Array(rows.length).fill(1) },
        rates: new Float64Array(rows.length).fill(rate),
      };
      if (findRepeats(coarse, params, tries, new Uint8Array(rows.length)).length > 0) found++;
    }
    expect(found).toBeLessThanOrEqual(0.05 * shuffles);
  });
});
