import { existsSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { audience, checkStudy, gatedStudy, launchStudy, PLAIN } from "./study.ts";

/** Studies that are launched without the command line, as a dashboard would do it. */

afterEach(() => vi.restoreAllMocks());

test("a launch reports everything by events, prints nothing and sets no exit code", async () => {
  const { file, db, open } = gatedStudy("events");
  open();
  const written = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write"));
  const people = audience();
  const request = {
    db,
    file,
    options: { ...PLAIN, trials: 2 },
    enqueue: [{ from: "enqueue", params: { x: 0.25 } }],
  };
  const summary = await launchStudy(request, people);
  expect(summary).toMatchObject({ study: "events", state: "finished", trials: { complete: 2, fail: 0 } });
  expect(written.flatMap(({ mock }) => mock.calls)).toEqual([]);
  expect(process.exitCode).toBeUndefined();

  const kinds = people.kinds();
  expect(kinds.filter((kind) => !["output", "metrics", "memory", "late"].includes(kind))).toEqual([
    ...["stage", "stage", "ready", "running"],
    ...["trial-started", "trial-running", "split-began", "split", "trial-ended"],
    ...["trial-started", "trial-running", "split-began", "split", "trial-ended"],
    ...["closing", "ended"],
  ]);
  const first = await people.until("trial-started", 0);
  expect(first).toMatchObject({ params: { x: 0.25 } });
  expect(await people.until("ready")).toMatchObject({
    study: "events",
    workers: 1,
    sampler: "auto",
    seed: 1,
  });
  expect(await people.until("output", 0)).toMatchObject({ text: expect.stringContaining("training") });
  expect(people.events.at(-1)).toEqual({ kind: "ended", study: "events", state: "finished", detail: null });
});

test("a refused launch leaves no study, and says what to do although there is no command line to repeat", async () => {
  const { cwd, file, db, open } = gatedStudy("taken");
  open();
  const options = { ...PLAIN, trials: 1 };
  const launch = (more: object) => launchStudy({ db, file, options, ...more }, audience());
  await expect(launch({ name: "-x" })).rejects.toMatchObject({ code: "usage", message: /--name: expected/ });
  await expect(launch({ enqueue: [{ from: "enqueue", params: { y: 1 } }] })).rejects.toMatchObject({
    message: /^enqueue: param "y": expected .*x/,
  });
  await expect(launch({ file: `${cwd}/none.ts` })).rejects.toMatchObject({ message: /which does not exist/ });
  expect(existsSync(db)).toBe(false);
  await launch({});
  await expect(launch({})).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining(`\`belay launch ${file} --name taken-2\` gives this one another name`),
  });
});

test("a run can be stopped by its control, and its trial waits for a resume", async () => {
  const { file, db } = gatedStudy("halted");
  const people = audience();
  const run = launchStudy({ db, file, options: { ...PLAIN, trials: 3 } }, people);
  await people.until("trial-running", 0);
  people.control.stopNow();
  expect(await run).toMatchObject({ state: "stopped", trials: { waiting: 1 } });
  expect(people.kinds()).toContain("trial-interrupted");
});

test("a check runs one split and writes no database", async () => {
  const { file, db, open } = gatedStudy("looked-over");
  open();
  const found = await checkStudy({ db, file, options: {}, params: { x: 0.5 } }, () => {});
  expect(found).toMatchObject({ ok: true, drySplit: { params: { x: 0.5 }, values: [0.5] } });
  expect(existsSync(db)).toBe(false);
});
