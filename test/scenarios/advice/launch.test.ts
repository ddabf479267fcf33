import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { belay, rows, start, until, write } from "../../support/belay.ts";
import { studyText } from "../../support/refused.ts";
import { commandBefore, commandIn, oddPlace, runIn, startIn, type } from "./follow.ts";

/** Commands that launch, check and resume suggest when they refuse something or warn. */

const SOUND = studyText();

test("a name that is taken: one command resumes the study, the other launches under another name", async () => {
  const place = oddPlace(SOUND);
  await runIn(place, "launch", place.file, "--trials", "1");
  const asked = ["--trials", "3", "--enqueue", '{"x":0.5}', "--name", "bowl"];
  const { stderr, code } = await runIn(place, "launch", place.file, ...asked);
  expect(code).toBe(2);
  const resumed = await type(place.cwd, commandBefore(stderr, "goes on with it"));
  expect(resumed.stdout).toContain("bowl: finished");
  const launched = await type(place.cwd, commandBefore(stderr, "gives this one another name"));
  expect(launched.stdout).toMatch(/^bowl-2: finished .*: 3 complete/);
  const first = await runIn(place, "query", "bowl-2", "--where", "x = 0.5", "--json");
  expect(JSON.parse(first.stdout)).toHaveLength(1);
});

test("a name that is taken by a running study: the command launches beside it", async () => {
  const place = oddPlace(
    studyText(`
  train: async ({ params }) => {
    const { existsSync } = await import("node:fs");
    while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 20));
    return params.x ** 2;
  },`),
  );
  const run = startIn(place, "launch", place.file, "--trials", "1");
  await until("a trial", () => run.output().stderr.includes("trial 0 started"));
  const { stderr } = await runIn(place, "launch", place.file, "--trials=1");
  write(place.cwd, { go: "" });
  expect(stderr).not.toContain("belay resume");
  const launched = await type(place.cwd, commandBefore(stderr, "gives this one another name"));
  expect(launched.stdout).toMatch(/^bowl-2: finished .*: 1 complete/);
  expect((await run.finished).code).toBe(0);
});

test("two launches of one name at the same time: the second one prints a command that launches it", async () => {
  const place = oddPlace(
    studyText(`
  data: async () => {
    const { existsSync, writeFileSync } = await import("node:fs");
    writeFileSync("loads-" + process.pid, "");
    while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 20));
  },`),
  );
  const both = [1, 2].map(() => startIn(place, "launch", place.file, "--trials", "1"));
  const loading = () => readdirSync(place.cwd).filter((name) => name.startsWith("loads-"));
  await until("both to load", () => loading().length >= 2);
  write(place.cwd, { go: "" });
  const ends = await Promise.all(both.map(({ finished }) => finished));
  expect(ends.map(({ code }) => code).sort()).toEqual([0, 2]);
  const { stderr } = ends.find(({ code }) => code === 2)!;
  const launched = await type(place.cwd, commandBefore(stderr, "takes another name"));
  expect(launched.stdout).toMatch(/^bowl-2: finished/);
});

test("a changed study file: one command resumes anyway, the other launches a new study", async () => {
  const place = oddPlace(SOUND);
  await runIn(place, "launch", place.file, "--trials", "1");
  writeFileSync(join(place.cwd, place.file), studyText("noise: true,"));
  const refused = await runIn(place, "resume", "bowl", "--add", "2");
  expect(refused.code).toBe(2);
  const resumed = await type(place.cwd, commandBefore(refused.stderr, "goes on all the same"));
  expect(resumed.stdout).toMatch(/^bowl: finished .*: 3 complete/);
  const anew = await type(place.cwd, `${commandBefore(refused.stderr, "begins anew")} --trials 1`);
  expect(anew.stdout).toMatch(/^bowl-2: finished/);
});

test("a change after which trials could not be compared: the only command launches a new study", async () => {
  const place = oddPlace(SOUND);
  await runIn(place, "launch", place.file, "--trials", "1");
  writeFileSync(join(place.cwd, place.file), SOUND.replace("minimize", "maximize"));
  const { stderr } = await runIn(place, "resume", "bowl", "--add", "2", "--accept-changes");
  expect(stderr).not.toContain("goes on all the same");
  const anew = await type(place.cwd, `${commandBefore(stderr, "begins anew")} --trials 1`);
  expect(anew.stdout).toMatch(/^bowl-2: finished/);
});

test("a check of a study whose name is taken prints a launch that works", async () => {
  const place = oddPlace(SOUND);
  await runIn(place, "launch", place.file, "--trials", "1");
  const { stdout } = await runIn(place, "check", place.file);
  const command = commandBefore(stdout, "gives this one another name");
  expect((await type(place.cwd, `${command} --trials 1`)).stdout).toMatch(/^bowl-2: finished/);
});

test("a stop rule that lacks a limit for a study of one split: with the limit that is named it can hold", async () => {
  const place = oddPlace(studyText("splits: () => [{ train: [0], validation: [1] }],"));
  const launch = ["launch", place.file, "--trials", "1"];
  const { stderr } = await runIn(place, ...launch, "--stop", "regret");
  const rule = commandIn(stderr, /give below, as in (regret\(below=[\d.]+\)); it never ends the study/);
  const limited = await runIn(place, ...launch, "--name", "limited", "--stop", rule);
  expect(limited.code, limited.stderr).toBe(0);
  expect(limited.stderr).not.toContain("it never ends the study");
});

test("a check that warns of too many workers: with fewer workers it does not warn", async () => {
  const place = oddPlace(studyText("data: () => new Float64Array(4e7).fill(1),"));
  const doctor = JSON.parse((await runIn(place, "doctor", "--json")).stdout) as {
    subject: string;
    data: { availableBytes: number };
  }[];
  const { availableBytes } = doctor.find(({ subject }) => subject === "memory")!.data;
  const reserve = ["--memory-limit", "2GB", "--memory-reserve", `${Math.round(availableBytes / 2e6)}MB`];
  const { stdout } = await runIn(place, "check", place.file, "--workers", "256", ...reserve);
  const option = commandIn(stdout, /take fewer (--workers)/);
  const fewer = await runIn(place, "check", place.file, option, "1", ...reserve);
  expect(fewer.stdout).not.toContain("take fewer");
});

test("a host that exceeds the memory limit before any trial: with a higher limit it runs", async () => {
  const place = oddPlace(studyText("data: () => new Float64Array(2e7).fill(1),"));
  const low = ["--trials", "1", "--memory-limit", "100MB"];
  const { stderr, code } = await runIn(place, "launch", place.file, ...low);
  expect(code).toBe(1);
  const option = commandIn(stderr, /raise (--memory-limit), or load less/);
  const got = Number(commandIn(stderr, /got ([\d.]+) GB/));
  const raised = ["--trials", "1", option, `${Math.ceil(got * 2_000)}MB`];
  expect((await runIn(place, "launch", place.file, ...raised)).stdout).toContain("1 complete");
});

test("a new study: the printed commands, and those in the file, work one after the other", async () => {
  const { cwd } = oddPlace(SOUND);
  const { stdout } = await belay(cwd, ["new", "moons"]);
  const printed = [...stdout.matchAll(/^ {2}(belay .*)$/gm)].map(([, command]) => command!);
  expect(printed).toHaveLength(3);
  for (const command of printed) {
    const done = await type(cwd, command);
    expect(done.code, `${command}: ${done.stderr}`).toBe(0);
  }
  const written = readFileSync(join(cwd, "moons.ts"), "utf8");
  const inFile = [...written.matchAll(/^\/\/ {3}(belay .*?) {2,}/gm)].map(([, command]) => command!);
  expect(inFile).toEqual(printed);
});

test("the examples of --help work unchanged", async () => {
  const { cwd } = oddPlace(SOUND);
  const gated = studyText(`
  train: async ({ params, trial }) => {
    const { existsSync } = await import("node:fs");
    while (trial.number >= 7 && !existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 20));
    return params.x ** 2;
  },`).replace('"bowl"', '"digits"');
  write(cwd, { "studies/digits.ts": gated });
  const example = async (command: string, number = 0): Promise<string> => {
    const { stdout } = await belay(cwd, [command, "--help"]);
    const found = [...stdout.matchAll(/^ {2}(belay .*?) {2,}\S/gm)];
    return found.map(([, text]) => text!)[number]!;
  };
  const follow = async (command: string, number = 0) => {
    const text = await example(command, number);
    const done = await type(cwd, text);
    expect(done.code, `${text}: ${done.stderr}`).toBe(0);
    return done.stdout;
  };
  await follow("new");
  await follow("check");
  await follow("doctor", 1);
  const run = start(cwd, (await example("launch")).split(" ").slice(1));
  await until("trial 7", () => run.output().stderr.includes("trial 7 started"));
  await follow("snapshot");
  for (const command of ["set", "pause", "kill"]) await follow(command);
  expect((await belay(cwd, ["pause", "--help"])).stdout).toContain("then: belay resume digits");
  await type(cwd, "belay resume digits");
  await follow("stop");
  write(cwd, { go: "" });
  expect((await run.finished).code).toBe(130);
  expect(await follow("resume")).toContain("29 complete, 1 fail");
  for (const command of ["query", "sql", "list", "show", "best", "memory", "backup", "prune-data", "repair"])
    await follow(command);
  expect(await rows(cwd, "select count(*) as count from trials")).toEqual([{ count: 30 }]);
});
