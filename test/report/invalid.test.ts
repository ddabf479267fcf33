import { expect, test } from "vitest";
import { rng } from "../../src/core/rng.ts";
import { uniformRow } from "../../src/core/space/draw.ts";
import { toParams } from "../../src/core/space/space.ts";
import type { Outcome } from "../../src/core/trial.ts";
import { currentIdentity } from "../../src/machine/identity.ts";
import { bestTrials } from "../../src/report/best.ts";
import { compareStudies } from "../../src/report/compare/compare.ts";
import { importanceOf } from "../../src/report/importance.ts";
import { kills } from "../../src/report/kills/kills.ts";
import { listStudies } from "../../src/report/list.ts";
import { showStudy, showTrial } from "../../src/report/show.ts";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import { FINAL, newStudy, ownedStudy, SPACE, splitResult, temporaryStore } from "../support/store.ts";
import { readerOf } from "./fixture.ts";

/** Reports on a study of which a person has made trials invalid: they are those of a study without them. */

const paramsAt = (number: number) => toParams(SPACE, uniformRow(SPACE, rng(3, number, "invalid")));
const LOST: Outcome = {
  state: "pruned",
  reason: "memory-limit",
  detail: { limitBytes: 1e9, seenBytes: 2e9 },
};

async function add(owned: OwnedStudy, number: number, outcome: Outcome): Promise<void> {
  const key = await owned.startTrial({ number, params: paramsAt(number) });
  await owned.recordStart(key, { slot: 0, hostPid: 1, baselineBytes: null });
  if (outcome.state === "complete")
    for (let split = 0; split < 3; split++)
      await owned.recordSplit(key, splitResult(split, outcome.values[0]!));
  await owned.finish(key, outcome, FINAL, { durationMs: 1_000 });
}

test.each([1, 2])(
  "with %i direction(s) reports leave invalid trials out, and count them",
  async (directions) => {
    let now = Date.UTC(2026, 0, 1);
    const store = temporaryStore({ durability: "normal", now: () => now++ });
    const all = { directions: (["maximize", "maximize"] as const).slice(0, directions) };
    const owned = await ownedStudy(store, all);
    const worth = (value: number): Outcome => ({
      ...{ state: "complete", constraints: [] },
      values: [value, -value].slice(0, directions),
    });
    for (let number = 0; number < 40; number++)
      await add(
        owned,
        number,
        number % 5 === 4 ? LOST : worth(Number(paramsAt(number).learningRate) + number / 1e3),
      );
    const reader = await readerOf(store);
    const other = await store.createStudy(newStudy({ name: "other", ...all }), currentIdentity());
    if (directions === 1) await add(other, 0, worth(0.5));
    const reports = async () => ({
      best: await bestTrials(reader, "digits"),
      importance: await importanceOf(reader, "digits"),
      kills: await kills(reader, "digits"),
      ...(directions === 1 && { history: (await showStudy(reader, "digits")).bestHistory }),
      ...(directions === 1 && { compared: (await compareStudies(reader, ["digits", "other"])).studies }),
      ...(directions === 1 && { strip: (await showTrial(reader, "digits", 3)).strip }),
    });
    const before = await reports();
    await add(owned, 40, worth(99));
    await add(owned, 41, LOST);
    const wrong = await reports();
    for (const [name, report] of Object.entries(before))
      expect(wrong[name as "best"], name).not.toEqual(report);
    for (const number of [40, 41]) await owned.invalidate({ number, undo: false, reason: null }, "ada@lab");
    expect(await reports()).toEqual(before);
    expect((await listStudies(reader))[0]).toMatchObject({ invalid: 2, trials: { complete: 33, pruned: 9 } });
    expect(await showTrial(reader, "digits", 40)).toMatchObject({
      invalid: { at: expect.stringMatching(/^2026-01-01T/), who: "ada@lab", reason: null },
    });
  },
);
