import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "../../../src/sqlite/database.ts";
import type { Finished } from "../../support/belay.ts";
import { until } from "../../support/belay.ts";
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

/** What `belay kills` tells people to type about losses. */

const study = (
  name: string,
  space: string,
  train: string,
): string => `import { defineStudy, float, int } from "belay";
export default defineStudy({
  name: "${name}",
  direction: "minimize",
  space: { ${space} },
  splits: () => [{ train: [0], validation: [1] }],
  train: async ({ params }) => { ${train} },
});
`;
const sleeping = (ms: string) => `await new Promise((done) => setTimeout(done, ${ms})); return params.x;`;

/** What `belay kills` prints, with its lines joined as they were before they were wrapped. */
async function said(place: Place, name: string): Promise<string> {
  const { stdout } = await runIn(place, "kills", name);
  return stdout.replace(/\n {2,3}(?=\S)/g, " ");
}

async function lossesOf(place: Place, name: string): Promise<{ trials: number; lost: number }> {
  return JSON.parse((await runIn(place, "kills", name, "--json")).stdout);
}

const ok = ({ code, stderr }: Finished): void => expect(code, stderr).toBe(0);

test("a study that loses trials to a limit: the resume that kills names runs as many with twice the limit", async () => {
  const place = oddPlace(study("slow", "x: float(0, 1)", sleeping("700")));
  await runIn(place, "launch", place.file, "--trials", "2", "--split-timeout", "500ms", "--breaker", "off");
  const text = await said(place, "slow");
  expect(text).toContain("slow: 100 % lost: 2 of 2 trials");
  ok(await type(place.cwd, commandBefore(text, "tries as many new trials with twice the limit")));
  expect(await lossesOf(place, "slow")).toMatchObject({ trials: 4, lost: 2 });
});

test("a running study that loses trials to a limit: the set that kills names doubles it", async () => {
  const place = oddPlace(study("slow", "x: float(0, 1)", sleeping("700")));
  const limits = ["--split-timeout", "500ms", "--breaker", "off"];
  const run = startIn(place, "launch", place.file, "--trials", "1000", ...limits);
  await until("a lost trial", () => run.output().stderr.includes("trial 1 "));
  const text = await said(place, "slow");
  ok(await type(place.cwd, commandBefore(text, "gives the trials to come twice the limit")));
  await until("a complete trial", () => /trial \d+ complete/.test(run.output().stderr));
  ok(await runIn(place, "stop", "slow"));
  await run.finished;
});

test("a limit far above what complete trials need: the resume that kills names ends such trials sooner", async () => {
  const place = oddPlace(study("stuck", "x: float(0, 1)", sleeping("params.x > 0.9 ? 60_000 : 1")));
  const tried = Array.from({ length: 12 }, (_, i) => [
    "--enqueue",
    JSON.stringify({ x: i === 0 ? 0.95 : i / 20 }),
  ]);
  const launched = ["launch", place.file, "--trials", "12", "--split-timeout", "4s", ...tried.flat()];
  ok(await runIn(place, ...launched));
  const text = await said(place, "stuck");
  const command = commandBefore(text, "gives such trials up sooner: no complete trial took longer than");
  ok(await type(place.cwd, `${command} --add 1 --enqueue '{"x":0.99}'`));
  const { stdout } = await runIn(place, "query", "stuck", "--where", "x = 0.99", "--json");
  const [{ detail }] = JSON.parse(stdout) as [{ detail: { limitMs: number } }];
  expect(detail.limitMs).toBeLessThan(4_000);
});

test("a range in which every trial is lost: the launch that kills names, with the smaller range, loses none", async () => {
  const train = `if (params.units >= 64) throw new Error("too large"); return params.x + params.units / 1000;`;
  const place = oddPlace(study("wide", "x: float(0, 1), units: int(1, 128)", train));
  const launched = ["launch", place.file, "--trials", "60", "--sampler", "random", "--seed", "1"];
  await runIn(place, ...launched, "--breaker", "off");
  const text = await said(place, "wide");
  const declaration = commandIn(
    text,
    /in the study file make units `([^`]+)`, which holds 100 % of the best tenth/,
  );
  const file = join(place.cwd, place.file);
  writeFileSync(file, readFileSync(file, "utf8").replace("int(1, 128)", declaration));
  ok(await type(place.cwd, `${commandBefore(text, "begins anew")} --trials 20`));
  expect(await lossesOf(place, "wide")).toMatchObject({ trials: 60 });
  expect(await lossesOf(place, "wide-2")).toMatchObject({ trials: 20, lost: 0 });
});

test("trials that the memory reserve took while others ran: the set, and the resume, that kills names runs fewer", async () => {
  const place = oddPlace(study("crowd", "x: float(0, 1)", sleeping("300")));
  const limits = ["--workers", "2", "--breaker", "off"];
  const run = startIn(place, "launch", place.file, "--trials", "1000", ...limits);
  await until("some trials", () => /trial 20 complete/.test(run.output().stderr));
  // A machine that is short of memory is not to be had here, so the record says that it was.
  const db = openDatabase(join(place.cwd, place.db));
  db.prepare(
    `UPDATE trials SET state = 'pruned', reason = 'memory-reserve', value = NULL, violation = NULL, checksum = NULL,
     detail = '{"reserveBytes":2000000000,"availableBytes":1999000000,"rssBytes":60000000}' WHERE number BETWEEN 14 AND 16`,
  ).run();
  db.close();
  const running = await said(place, "crowd");
  ok(
    await type(
      place.cwd,
      commandBefore(running, "runs 1 at a time: 2 needed more memory than the machine had"),
    ),
  );
  await until("the change", () => run.output().stderr.includes("workers 1"));
  ok(await runIn(place, "stop", "crowd"));
  await run.finished;
  const stopped = await said(place, "crowd");
  const command = commandBefore(stopped, "runs 1 at a time: 2 needed more memory than the machine had");
  const resumed = startTyped(place.cwd, command);
  await until("a trial", () => /trial \d+ complete/.test(resumed.output().stderr));
  const { stdout } = await runIn(place, "show", "crowd", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ settings: { workers: { value: 1, source: "command line" } } });
  ok(await runIn(place, "stop", "crowd"));
  await resumed.finished;
});
