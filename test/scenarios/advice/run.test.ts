import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Finished, type Running, until, write } from "../../support/belay.ts";
import { studyText } from "../../support/refused.ts";
import { commandBefore, commandIn, oddPlace, runIn, startIn, startTyped, type } from "./follow.ts";

/** Commands that a run suggests when it is over or held up. */

/** Trials that wait in their first split until a file `go` exists. */
const GATED = studyText(`
  train: async ({ params }) => {
    const { existsSync } = await import("node:fs");
    while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 20));
    return params.x ** 2;
  },`);

/** Every trial throws until a file `mended` exists. */
const BROKEN = studyText(`
  train: async ({ params }) => {
    const { existsSync } = await import("node:fs");
    if (!existsSync("mended")) throw new Error("no cat in sight");
    return params.x ** 2;
  },`);

test("Ctrl-C: the resume that the summary names runs the waiting trials", async () => {
  const place = oddPlace(GATED);
  const run = startIn(place, "launch", place.file, "--trials", "3");
  await until("a trial", () => run.output().stderr.includes("trial 0 started"));
  run.child.kill("SIGINT");
  await until("the line about it", () => run.output().stderr.includes("stopping"));
  write(place.cwd, { go: "" });
  const { stdout, code } = await run.finished;
  expect(code).toBe(130);
  const resumed = await type(place.cwd, commandBefore(stdout, "goes on"));
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(resumed.stdout).toContain("3 complete");
});

/** Sends Ctrl-C, and once the run has answered a second one. */
async function stopNow(run: Running): Promise<Finished> {
  run.child.kill("SIGINT");
  await until("what to do", () => run.output().stderr.includes("Ctrl-C again ends them now"));
  run.child.kill("SIGINT");
  return run.finished;
}

test("a second Ctrl-C ends a run whose split does not finish", async () => {
  const place = oddPlace(GATED);
  const run = startIn(place, "launch", place.file, "--trials", "3");
  await until("a trial", () => run.output().stderr.includes("trial 0 started"));
  expect((await stopNow(run)).code).toBe(130);
});

test("a converged study: the resume that is named continues it without rules, and so does that of a refused pause", async () => {
  const place = oddPlace(studyText("train: () => 1,"));
  const rule = ["--stop", "no-improvement(trials=2)"];
  const launched = await runIn(place, "launch", place.file, "--trials", "6", ...rule);
  expect(launched.stdout).toContain("bowl: converged");
  const paused = await runIn(place, "pause", "bowl");
  const resumed = await type(place.cwd, commandBefore(launched.stdout, "goes on without rules"));
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(resumed.stdout).toContain("6 complete");
  expect((await runIn(place, "resume", "bowl", "--add", "2", ...rule)).stdout).toContain("6 complete");
  const on = await type(place.cwd, commandBefore(paused.stderr, "runs it that way"));
  expect(on.stdout).toContain("8 complete");
});

test("enqueued trials beyond the study's total: the resume that is named runs them", async () => {
  const place = oddPlace(studyText("train: ({ params }) => params.x ** 2,"));
  const asked = [0.25, 0.5, 0.75].flatMap((x) => ["--enqueue", JSON.stringify({ x })]);
  const launched = await runIn(place, "launch", place.file, "--trials", "1", ...asked);
  expect(launched.stdout, launched.stderr).toContain("1 complete");
  const resumed = await type(place.cwd, commandBefore(launched.stderr, "goes on with them"));
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(resumed.stdout).toContain("3 complete");
});

test("a run that another terminal paused or stopped: the resume that is named continues it", async () => {
  const place = oddPlace(GATED);
  const run = startIn(place, "launch", place.file, "--trials", "3");
  await until("a trial", () => run.output().stderr.includes("trial 0 started"));
  const paused = await runIn(place, "pause", "bowl");
  const lets = await type(place.cwd, commandBefore(paused.stdout, "lets it go on"));
  expect(lets).toMatchObject({ code: 0, stdout: "bowl: goes on\n" });
  const stopped = await runIn(place, "stop", "bowl");
  write(place.cwd, { go: "" });
  expect((await run.finished).code).toBe(130);
  const resumed = await type(place.cwd, commandBefore(stopped.stdout, "goes on with it"));
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(resumed.stdout).toContain("3 complete");
});

test("a waiting trial: show names the resume that runs it", async () => {
  const place = oddPlace(GATED);
  const run = startIn(place, "launch", place.file, "--trials", "1");
  await until("a trial", () => run.output().stderr.includes("trial 0 started"));
  await stopNow(run);
  const shown = await runIn(place, "show", "bowl", "0");
  write(place.cwd, { go: "" });
  const resumed = await type(place.cwd, commandIn(shown.stdout, /waits for `(belay [^`]+)`/));
  expect(resumed.stdout).toContain("1 complete");
});

test("a study that is not running: the command that a refused pause, kill or set names runs it", async () => {
  const place = oddPlace(GATED);
  const run = startIn(place, "launch", place.file, "--trials", "4");
  await until("a trial", () => run.output().stderr.includes("trial 0 started"));
  await stopNow(run);
  write(place.cwd, { go: "" });
  const changed = await runIn(place, "set", "bowl", "workers=2", "trials=2", "splitTimeout=1m");
  const set = await type(place.cwd, commandBefore(changed.stderr, "runs it that way"));
  expect(set.stderr).toContain("2 workers");
  expect(set.stdout).toContain("2 complete");
  const refused = await runIn(place, "pause", "bowl");
  const more = await type(place.cwd, commandBefore(refused.stderr, "runs ten trials more"));
  expect(more.stdout).toContain("12 complete");
});

test("a study that has all its trials: the enqueue that is named adds to them, and the resume that it names runs it", async () => {
  const place = oddPlace(studyText());
  await runIn(place, "launch", place.file, "--trials", "2");
  const full = await runIn(place, "enqueue", "bowl", '{"x":0.25}');
  const added = await type(place.cwd, commandBefore(full.stderr, "adds to them"));
  const resumed = await type(place.cwd, commandBefore(added.stdout, "runs it"));
  expect(resumed.stdout).toContain("3 complete");
});

test("a study whose trials all fail: the trial that the summary names shows why, and so does the one that best names", async () => {
  const place = oddPlace(BROKEN);
  const { stdout, code } = await runIn(place, "launch", place.file, "--trials", "2");
  expect(code).toBe(1);
  const best = await runIn(place, "best", "bowl");
  for (const text of [stdout, best.stderr]) {
    const shown = await type(place.cwd, commandBefore(text, "shows all of it"));
    expect(shown.stdout).toMatch(/Error: no cat in sight\n\s+at /);
  }
});

test("a study without a feasible trial: the query that is named shows by how much each violates its constraints", async () => {
  const place = oddPlace(
    studyText("train: ({ params }) => ({ values: [params.x], constraints: [2 + params.x] }),"),
  );
  const { stdout } = await runIn(place, "launch", place.file, "--trials", "3");
  const shown = await type(place.cwd, commandBefore(stdout, "shows by how much"));
  expect(shown.stdout.split("\n")[0]).toContain("violation");
  expect(shown.stdout.trim().split("\n").length).toBeGreaterThan(3);
});

test("several directions: best shows the Pareto front", async () => {
  const place = oddPlace(
    studyText()
      .replace('direction: "minimize"', 'directions: ["minimize", "maximize"]')
      .replace("params.x ** 2", "[params.x ** 2, params.x]"),
  );
  const { stdout } = await runIn(place, "launch", place.file, "--trials", "4");
  const [, count] = /Pareto front: (\d+) trials/.exec(stdout)!;
  const shown = await type(place.cwd, commandIn(stdout, /Pareto front: \d+ trials \(`(belay [^`]+)`\)/));
  expect(shown.stdout.match(/^trial \d+/gm)).toHaveLength(Number(count));
});

test("the breaker: the option that it names switches it off in a launch, and the command that it names in a resume", async () => {
  const place = oddPlace(BROKEN);
  const run = startIn(place, "launch", place.file, "--trials", "14", "--breaker", "on");
  await until("the breaker", () => run.output().stderr.includes("no trial starts for now"));
  const option = commandIn(run.output().stderr, /\((--breaker off) goes on regardless\)/);
  const other = await runIn(
    place,
    "launch",
    place.file,
    "--trials",
    "14",
    "--name",
    "other",
    ...option.split(" "),
  );
  expect(other.stdout).toContain("14 fail");
  const { stdout } = await run.finished;
  expect(stdout).toContain("breaker");
  writeFileSync(join(place.cwd, "mended"), "");
  const resumed = await type(place.cwd, commandBefore(stdout, "goes on regardless"));
  expect(resumed.stdout).toMatch(/finished .*13 fail|[1-4] complete/);
  expect(resumed.stderr).not.toContain("breaker open");
});

test("a trial that kills a run without isolation: the resume that is named at its start continues it", async () => {
  const place = oddPlace(
    studyText(`
  train: async ({ params }) => {
    const { existsSync } = await import("node:fs");
    if (!existsSync("mended")) process.kill(process.pid, "SIGKILL");
    return params.x ** 2;
  },`),
  );
  const run = await runIn(place, "launch", place.file, "--trials", "2", "--isolation", "thread");
  expect(run.signal).toBe("SIGKILL");
  writeFileSync(join(place.cwd, "mended"), "");
  const resumed = await type(place.cwd, commandIn(run.stderr, /takes this run along until `(belay [^`]+)`/));
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(resumed.stdout).toContain("2 complete");
});

test("a reached target with waiting trials: no resume is named, as it would end at once; after a timeout one is", async () => {
  const place = oddPlace(studyText());
  const three = [0.1, 0.2, 0.3].flatMap((x) => ["--enqueue", JSON.stringify({ x })]);
  const launch = ["launch", place.file, "--trials", "3", ...three];
  const reached = await runIn(place, ...launch, "--target", "1");
  expect(reached.stdout).toMatch(/^bowl: target .*2 waiting/);
  expect(reached.stdout).not.toContain("belay resume");
  const late = await runIn(place, ...launch, "--name", "late", "--study-timeout", "1ms");
  expect(late.stdout).toMatch(/^late: timeout .*[23] waiting/);
  const command = `${commandBefore(late.stdout, "goes on")} --study-timeout 10m`;
  expect((await type(place.cwd, command)).stdout).toContain("3 complete");
});

test("the default database: the command has no --db", async () => {
  const place = { ...oddPlace(BROKEN), db: "belay.db" };
  const { stdout } = await runIn(place, "launch", place.file, "--trials", "1");
  const command = commandBefore(stdout, "shows all of it");
  expect(command).not.toContain("--db");
  expect((await type(place.cwd, command)).stdout).toContain("no cat in sight");
  const env = { BELAY_DB: "other.db" };
  const other = await startTyped(place.cwd, `belay launch '${place.file}' --trials 1`, env).finished;
  expect(commandBefore(other.stdout, "shows all of it")).not.toContain("--db");
});
