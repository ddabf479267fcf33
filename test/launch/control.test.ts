import { expect, test } from "vitest";
import {
  audience,
  control,
  gatedStudy,
  isPaused,
  launchStudy,
  PLAIN,
  planResume,
  resumeStudy,
} from "./study.ts";

/** Studies that are controlled and resumed without the command line. */

test("set, pause, resume, kill and stop reach a running study, and each is answered", async () => {
  const { file, db } = gatedStudy("steered");
  const people = audience();
  const run = launchStudy({ db, file, options: { ...PLAIN, trials: 3 } }, people);
  await people.until("trial-running", 0);
  const study = "steered";

  const changed = await control({ db, study, order: { kind: "set", changes: ["trials=2"] } });
  expect(changed).toMatchObject({
    study,
    command: "set",
    ok: true,
    message: expect.stringContaining("trials"),
  });

  expect(await control({ db, study, order: { kind: "pause" } })).toMatchObject({ ok: true });
  expect(await isPaused({ db, study, options: {} }, () => {})).toBe(true);
  expect(await isPaused({ db, study, options: { trials: 9 } }, () => {})).toBe(false);
  await expect(control({ db, study, order: { kind: "pause" } })).rejects.toMatchObject({
    code: "owner",
    message: "steered is paused already: resume lets it go on",
  });

  await control({ db, study, order: { kind: "kill", number: 0 } });
  expect(await people.until("trial-ended", 0)).toMatchObject({
    outcome: { state: "fail", reason: "stopped" },
  });
  expect(people.kinds().filter((kind) => kind === "trial-started")).toHaveLength(1);
  await control({ db, study, order: { kind: "resume" } });
  await people.until("trial-running", 1);
  await expect(control({ db, study, order: { kind: "resume" } })).rejects.toMatchObject({
    message: "steered is not paused: it runs",
  });

  await control({ db, study, order: { kind: "stop" } });
  people.control.stopNow(); // The split would never end.
  expect(await run).toMatchObject({ state: "stopped", trials: { fail: 1, waiting: 1 } });
  await expect(control({ db, study, order: { kind: "stop" } })).rejects.toMatchObject({
    message: expect.stringContaining("steered is not running (stopped): "),
  });
});

test("a resume runs the waiting trials; its plan says which; a wrong request is refused", async () => {
  const { file, db, open } = gatedStudy("resumed");
  const first = audience();
  const run = launchStudy({ db, file, options: { ...PLAIN, trials: 2 } }, first);
  await first.until("trial-running", 0);
  const request = { db, study: "resumed", options: {} };
  await expect(resumeStudy(request, audience())).rejects.toMatchObject({ code: "owner" });
  first.control.stopNow();
  await run;

  const both = { ...request, options: { trials: 5 }, add: 1 };
  await expect(planResume(both, () => {})).rejects.toMatchObject({ message: /either --trials or --add/ });
  expect(await planResume({ ...request, add: 1 }, () => {})).toEqual({
    ...{ study: "resumed", trials: 3, finished: 0 },
    ...{ again: 1, new: 2 },
  });
  open();
  const second = audience();
  expect(await resumeStudy({ ...request, add: 1 }, second)).toMatchObject({
    state: "finished",
    trials: { complete: 3, waiting: 0 },
  });
  expect(await second.until("trial-started", 0)).toMatchObject({ attempt: 2 });
});
