import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { StudyCardJson } from "../../../src/report/page/page.ts";
import { serve } from "../../dashboard/served.ts";
import { folder, type Running, until, write } from "../../support/belay.ts";
import {
  commandBefore,
  commandIn,
  oddPlace,
  type Place,
  runIn,
  startIn,
  startTyped,
  type,
} from "./follow.ts";

/** What the dashboard, and a run beside which it runs, tell people to type. */

const STUDY = `import { existsSync } from "node:fs";
import { defineStudy, float } from "belay";
export default defineStudy({
  name: "calm", direction: "minimize", space: { x: float(0, 1) },
  train: async ({ params }) => {
    while (existsSync("wait")) await new Promise((done) => setTimeout(done, 10));
    return params.x;
  },
});
`;

/** What a dashboard that was typed shows of the studies. */
async function studiesOf(running: Running): Promise<readonly StudyCardJson[]> {
  const link = await until("the link", () => /(http:\S+)\/#token=([\w-]+)/.exec(running.output().stdout));
  const response = await fetch(`${link[1]}/api/studies`, { headers: { authorization: `Bearer ${link[2]}` } });
  return (await response.json()) as readonly StudyCardJson[];
}

/** The card of the only study, as a dashboard of the place has it. */
async function cardOf({ cwd, db }: Place): Promise<StudyCardJson> {
  const served = await serve(cwd, ["--db", db]);
  const [card] = await served.json<readonly StudyCardJson[]>("/api/studies");
  return card!;
}

test("a run with a dashboard: the command that its end names shows the study again", async () => {
  const place = oddPlace(STUDY);
  const { code, stderr } = await runIn(place, "launch", place.file, "--trials", "1", "--dashboard-port", "0");
  expect(code, stderr).toBe(0);
  const command = commandBefore(stderr, "shows the study again");
  const again = startTyped(place.cwd, `${command} --port 0`);
  expect(await studiesOf(again)).toMatchObject([{ study: "calm", state: "finished" }]);
});

test("a run whose dashboard finds no port: the command that it names shows the run", async () => {
  const place = oddPlace(STUDY);
  const other = await serve(folder());
  const port = ["--dashboard-port", `${other.port}`];
  write(place.cwd, { wait: "" });
  const run = startIn(place, "launch", place.file, "--trials", "1", ...port);
  await until("the note", () => run.output().stderr.includes("the run goes on"));
  const command = commandBefore(run.output().stderr, "shows it");
  rmSync(join(place.cwd, "wait"));
  const { code, stderr } = await run.finished;
  expect(code, stderr).toBe(0);
  const shown = startTyped(place.cwd, `${command} --port 0`);
  expect(await studiesOf(shown)).toMatchObject([{ study: "calm" }]);
});

test("a dashboard that only shows: the command that a refused order names starts one that may act", async () => {
  const place = oddPlace(STUDY);
  await runIn(place, "launch", place.file, "--trials", "1");
  const served = await serve(place.cwd, ["--db", place.db]);
  const body = JSON.stringify({ kind: "pause" });
  const headers = { "content-type": "application/json" };
  const refused = await served.get("/api/studies/calm/orders", { method: "POST", headers, body });
  const { error } = (await refused.json()) as { readonly error: string };
  const acting = startTyped(place.cwd, `${commandBefore(error, "starts one that may act")} --port 0 --json`);
  await until("the link", () => acting.output().stdout.includes('"control":true'));
});

test("a study that is over, or has converged: the resume in the list of studies runs it on", async () => {
  const place = oddPlace(STUDY);
  const rule = ["--stop", "no-improvement(trials=2)"];
  const run = await runIn(place, "launch", place.file, "--trials", "200", "--sampler", "random", ...rule);
  expect(run.code, run.stderr).toBe(0);
  const converged = await cardOf(place);
  expect(converged).toMatchObject({
    state: "converged",
    resume: { command: expect.stringContaining("--stop") },
  });
  const fewer = ` --trials ${converged.trials.complete + 1}`;
  const first = await type(place.cwd, converged.resume!.command + fewer);
  expect(first.code, first.stderr).toBe(0);
  const finished = await cardOf(place);
  expect(finished.state).toBe("finished");
  const second = await type(place.cwd, finished.resume!.command);
  expect(second.code, second.stderr).toBe(0);
  expect((await cardOf(place)).trials.complete).toBe(finished.trials.complete + 10);
});

test("trials that wait for a resume: the page's command for them, and that of the list of studies, run them", async () => {
  const place = oddPlace(STUDY);
  const { code, stderr } = await runIn(place, "launch", place.file, "--trials", "2");
  expect(code, stderr).toBe(0);
  const added = await runIn(place, "enqueue", "calm", '{"x":0.5}', "--add");
  expect(added.code, added.stderr).toBe(0);
  const served = await serve(place.cwd, ["--db", place.db]);
  const events = await served.events("calm");
  const { waiting } = await events.wait("live", (live) => live.waiting.length > 0);
  const command = commandIn(waiting.at(-1)!.why, /^`(belay [^`]+)`$/);
  expect((await cardOf(place)).resume?.command).toBe(command);
  const resumed = await type(place.cwd, command);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect((await cardOf(place)).trials).toMatchObject({ waiting: 0, complete: 3 });
});
