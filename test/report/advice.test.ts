import { describe, expect, it } from "vitest";
import { rng } from "../../src/core/rng.ts";
import { uniformRow } from "../../src/core/space/draw.ts";
import { compileSpace, type ParamDeclaration, type Params, toParams } from "../../src/core/space/space.ts";
import type { Outcome } from "../../src/core/trial.ts";
import { kills } from "../../src/report/kills/kills.ts";
import type { NewStudy } from "../../src/store/records.ts";
import { FINAL, ownedStudy } from "../support/store.ts";
import { readerOf } from "./fixture.ts";
import { CRASHED, choice, complete, FAILED, playLosses, real, timedStore, whole } from "./lossy.ts";

/** `kills`: what to do about losses, and the time that it would have saved. */

type Numbers = Record<string, number>;

/** The advice about 200 random trials whose ends follow from their params. */
async function adviceOn(
  declared: Readonly<Record<string, ParamDeclaration>>,
  outcomeOf: (params: Numbers) => Outcome,
  changes: Partial<NewStudy> = {},
) {
  const space = compileSpace(declared);
  const { store } = timedStore();
  const trials = Array.from({ length: 200 }, (_, number) => {
    const params: Params = toParams(space, uniformRow(space, rng(3, number, "advice")));
    return { params, outcome: outcomeOf(params as Numbers) };
  });
  await playLosses(store, declared, trials, {
    ...{ directions: ["maximize"], sampler: "auto", studyFile: "/studies/digits.ts", ...changes },
  });
  return (await kills(await readerOf(store), "digits")).advice;
}

describe("a smaller range", () => {
  it.each<[string, ParamDeclaration, (value: number) => boolean, string]>([
    ["int", whole(16, 2048, 1, true), (value) => value >= 512, "int(16, 511, { log: true })"],
    ["int with a step", whole(4, 64, 4), (value) => value >= 32, "int(4, 28, { step: 4 })"],
    ["int from below", whole(0, 100), (value) => value <= 20, "int(21, 100)"],
    ["float", real(1e-4, 1, true), (value) => value >= 0.1, "float(0.0001, 0.1, { log: true })"],
  ])("is named as the study file declares it: %s", async (_, declared, isLost, declaration) => {
    const found = await adviceOn({ size: declared, rate: real(0, 1) }, ({ size, rate }) =>
      isLost(size!) ? FAILED : complete(rate!),
    );
    expect(found).toHaveLength(1);
    const [{ text, command, savesMs, narrow }] = found as [(typeof found)[number]];
    expect(narrow).toMatchObject({ param: "size", declaration, keepsBest: 1 });
    expect(narrow!.lost).toBe(narrow!.trials);
    expect(savesMs).toBe(narrow!.lost * 1_000);
    expect(command).toMatch(/^belay launch \/studies\/digits\.ts --name digits-2 --learn-from digits --db /);
    expect(text).toBe(
      `in the study file make size \`${declaration}\`, which holds 100 % of the best tenth and leaves out ${narrow!.trials} trials of which ${narrow!.lost} were lost; then \`${command}\` begins anew and learns from this study`,
    );
  });

  it("lacks the choice that is lost, and does not learn where the sampler cannot", async () => {
    const declared = { optimizer: choice("adam", "sgd", "rmsprop"), rate: real(0, 1) };
    const outcomeOf = ({ optimizer, rate }: Record<string, unknown>) =>
      optimizer === "sgd" ? FAILED : complete(Number(rate));
    const [advice] = await adviceOn(declared, outcomeOf, { sampler: "random" });
    expect(advice!.narrow!.declaration).toBe('categorical(["adam", "rmsprop"])');
    expect(advice!.command).not.toContain("learn-from");
  });

  it("is never advised where the best trials are, where most trials live, or where nothing is known of the best", async () => {
    const declared = { size: whole(16, 2048, 1, true), rate: real(0, 1) };
    const isLost = ({ size, rate }: Numbers): boolean => size! >= 512 && (rate! * 1_000) % 10 < 7;
    // Most trials of large sizes are lost, and those that live are the best.
    expect(await adviceOn(declared, (p) => (isLost(p) ? FAILED : complete(p.size!)))).toEqual([]);
    // Every third trial of large sizes is lost.
    const seldom = ({ size, rate }: Numbers): boolean => size! >= 512 && (rate! * 1_000) % 9 < 3;
    expect(await adviceOn(declared, (p) => (seldom(p) ? FAILED : complete(-p.size!)))).toEqual([]);
    expect(await adviceOn(declared, (p) => (p.size! >= 20 ? FAILED : complete(1)))).toEqual([]);
  });

  it("never leaves out values on which another param depends", async () => {
    const declared = {
      model: choice("small", "large"),
      depth: { ...whole(1, 9), conditions: [{ parent: "model", values: ["large"] }] },
    };
    const found = await adviceOn(declared, (p) => (String(p.model) === "large" ? CRASHED : complete(1)));
    expect(found.filter(({ narrow }) => narrow?.param === "model")).toEqual([]);
  });
});

describe("a limit", () => {
  const declared = { rate: real(0, 1) };
  const timedOut: Outcome = { state: "pruned", reason: "trial-timeout", detail: {} };
  const limits = (trialTimeoutMs: number): Pick<NewStudy, "limits"> => ({
    limits: {
      ...{ setupTimeoutMs: 60_000, splitTimeoutMs: null, trialTimeoutMs, memoryBytes: 1e9 },
      ...{ reserveBytes: 0, graceMs: 1 },
    },
  });

  it("is raised where complete trials come near it, and lowered where they are far from it", async () => {
    const outcomeOf = ({ rate }: Numbers) => ((rate! * 1_000) % 7 < 1 ? timedOut : complete(1));
    const [raised] = await adviceOn(declared, outcomeOf, limits(1_500));
    expect(raised!.text).toMatch(
      /^`belay resume digits --trial-timeout 3000ms --add \d+ --db \S+` tries as many/,
    );
    const [lowered] = await adviceOn(declared, outcomeOf, limits(60_000));
    expect(lowered!.text).toMatch(
      /^`belay resume digits --trial-timeout 2000ms --db \S+` gives such trials up sooner: no complete trial took longer than 1\.0 s$/,
    );
    const lost = Number(/--add (\d+)/.exec(raised!.text)![1]);
    expect(lowered!.savesMs).toBe(lost * 58_000);
  });
});

describe("fewer workers", () => {
  /** Rounds in which `width` trials run at once, and in every third of which the reserve takes one. */
  async function crowded(width: number, peakBytes: number) {
    const { store, clock } = timedStore();
    const owned = await ownedStudy(store, { space: compileSpace({ rate: real(0, 1) }) });
    for (let round = 0; round < 12; round++) {
      const keys = [];
      for (let i = 0; i < width; i++)
        keys.push(await owned.startTrial({ number: round * width + i, params: { rate: (round + i) / 40 } }));
      for (const [i, key] of keys.entries()) {
        clock.at += 1_000;
        const detail = { reserveBytes: 2e9, availableBytes: 1.9e9, rssBytes: peakBytes };
        const outcome: Outcome =
          i === 0 && round % 3 === 0 ? { state: "pruned", reason: "memory-reserve", detail } : complete(1);
        await owned.finish(key, outcome, { ...FINAL, peakBytes }, { durationMs: clock.at % 9_000 });
      }
    }
    await owned.release("stopped");
    return (await kills(await readerOf(store), "digits")).advice;
  }

  it("are advised where several trials at once needed more memory than there was", async () => {
    const [advice] = await crowded(4, 3e9);
    expect(advice!.text).toMatch(
      /^`belay resume digits --workers 3 --add 4 --db \S+` runs 3 at a time: 4 needed more memory than the machine had$/,
    );
    expect(advice!.savesMs).toBeGreaterThan(0);
  });

  it("are not advised for a trial that was alone", async () => {
    expect(await crowded(1, 3e9)).toEqual([]);
  });
});
