import { dirname } from "node:path";
import { expect, test } from "vitest";
import { compileSpace } from "../../src/core/space/space.ts";
import type { StudyCardJson, StudyHeadJson, TrialsJson } from "../../src/report/page/page.ts";
import type { TrialDetailJson } from "../../src/report/show.ts";
import { FINAL, ownedStudy, temporaryStore } from "../support/store.ts";
import { serve } from "./served.ts";

/** Names and texts of the worst kind reach the page as they are, as data that no browser takes for anything else. */

const NAMES = [
  '<script>alert(1)</script>"',
  "a/b?c#d&e=f",
  "..",
  "line\nbreak\r\ndata: x",
  "%2e%2e",
  "\u202eabc\u0000",
];
const PARAM = '"><img src=x onerror=alert(1)>,\n__proto__';
const CHOICES = ["</script>", "\u2028", "constructor", ""];
const MESSAGE = "<b>bold</b>\u001b[31m\nevent: hello\ndata: {}\n\n";

test("hostile names, params, choices and errors", async () => {
  const store = temporaryStore();
  const space = compileSpace({
    [PARAM]: { distribution: { kind: "categorical", choices: CHOICES } as const, conditions: [] },
    constructor: {
      distribution: { kind: "float", low: 0, high: 1, log: false, step: null } as const,
      conditions: [],
    },
  });
  for (const name of NAMES) {
    const owned = await ownedStudy(store, { name, space });
    for (const [number, choice] of CHOICES.entries()) {
      const params = { [PARAM]: choice, constructor: 0.5 };
      const key = await owned.startTrial({ number, params, origin: { by: MESSAGE, why: MESSAGE } });
      await owned.recordStart(key, { slot: 0, hostPid: 1, baselineBytes: 1 });
      const error = { name: MESSAGE, message: MESSAGE, stack: MESSAGE };
      await owned.finish(
        key,
        { state: "fail", reason: "error", detail: { [PARAM]: MESSAGE }, error },
        FINAL,
        {
          durationMs: 1,
        },
      );
    }
    await owned.release("stopped");
  }
  const served = await serve(dirname(store.location), ["--db", store.location]);
  const cards = await served.json<StudyCardJson[]>("/api/studies");
  expect(cards.map(({ study }) => study)).toEqual(NAMES);
  for (const name of NAMES.filter((each) => each !== "..")) {
    const study = `/api/studies/${encodeURIComponent(name)}`;
    const head = await served.json<StudyHeadJson>(study);
    expect(head.study).toBe(name);
    expect(head.params.map((param) => param.name)).toEqual([PARAM, "constructor"]);
    const column = await served.frame(`${study}/columns?names=param.constructor,proposer`);
    expect(column.columns.get("proposer")!.head.words).toEqual([MESSAGE]);
    const page = await served.json<TrialsJson>(`${study}/trials`);
    expect(page.trials.map(({ params }) => params[PARAM])).toEqual(CHOICES);
    const trial = await served.json<TrialDetailJson>(`${study}/trials/1`);
    expect(trial.error!.message).toBe(MESSAGE);
    const events = await served.events(name);
    expect((await events.wait("hello")).versions).toHaveProperty([name]);
    expect((await events.wait("trials")).study).toBe(name);
    for (const path of [
      study,
      `${study}/trials`,
      `${study}/audit`,
      `${study}/analyses/summary`,
      `${study}/nothing`,
    ]) {
      const { headers } = await served.get(path);
      expect(headers.get("content-type")).toBe("application/json");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
    const download = await served.get(`${study}/export?format=csv`);
    expect(download.headers.get("content-disposition")).toMatch(/^attachment; filename="[\w.-]+\.csv"$/);
    await download.text();
  }
});
