import { join } from "node:path";
import { expect, test } from "vitest";
import { rng } from "../../src/core/rng.ts";
import { uniformRow } from "../../src/core/space/draw.ts";
import { compileSpace, toParams } from "../../src/core/space/space.ts";
import { choice, complete, FAILED, KILLED, type Played, playLosses, real, whole } from "../report/lossy.ts";
import { belay, folder } from "../support/belay.ts";
import { temporaryStore } from "../support/store.ts";

/** What `kills` and `importance` print in each format. */

const DECLARED = {
  optimizerOfTheLastLayer: choice("adam", "sgd", "rmsprop"),
  unitsOfTheFirstHiddenLayer: whole(16, 2048, 1, true),
  batch: whole(8, 256, 1, true),
  rate: real(1e-4, 1, true),
};

const SPACE = compileSpace(DECLARED);

/** A folder with a study that loses a fifth of its trials in a corner of its space, and some others at random. */
async function prepared(): Promise<string> {
  const cwd = folder();
  const trials = Array.from({ length: 300 }, (_, number): Played => {
    const params = toParams(SPACE, uniformRow(SPACE, rng(3, number, "formats")));
    const { unitsOfTheFirstHiddenLayer: units, batch, rate } = params as Record<string, number>;
    const value = -Math.abs(Math.log10(rate!) + 2);
    const outcome = units! >= 256 && batch! >= 64 ? KILLED : number % 25 === 0 ? FAILED : complete(value);
    return { params, outcome, durationMs: 60_000 };
  });
  const store = temporaryStore({ durability: "normal", file: join(cwd, "belay.db") });
  await playLosses(store, DECLARED, trials, { name: LONG, directions: ["maximize"] });
  await playLosses(store, DECLARED, [], { name: "empty" });
  return cwd;
}

const LONG = "a-study-with-a-name-that-is-nearly-as-long-as-it-may-be-2026-01";

const TEXT = [
  `${LONG}: 23 % lost: 68`,
  "  of 300 trials, 1 h 8 m of 5 h 0 m (23 %)",
  "memory-limit: 58 (19 %), 58 m 0 s",
  "  58 of 58 where unitsOfTheFirstHiddenLayer >= 256 and batch >= 64; 58 trials",
  "    there, 5.0 times as often as overall, p < 0.0001",
  "error: 10 (3.3 %), 10 m 0 s",
  "  no pattern beyond chance",
  // Only a command may be wider than the terminal: in two lines it could not be pasted.
  `-> \`belay resume ${LONG} --memory-limit 25770MB --add 58\``,
  "   tries as many new trials with twice the limit (would have saved 58 m 0 s)",
];

/** Runs a command that is to succeed. @returns what it prints. */
async function printed(cwd: string, ...args: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await belay(cwd, args);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return stdout.trimEnd().split("\n");
}

test("kills and importance: text of at most 80 characters a line, csv, markdown, ndjson and JSON", async () => {
  const cwd = await prepared();
  const formats = ["csv", "markdown", "ndjson", "json"];
  const all = (name: string): Promise<string[][]> =>
    Promise.all([
      printed(cwd, name, LONG),
      printed(cwd, name, LONG, "--no-color"),
      ...formats.map((format) => printed(cwd, name, LONG, "--format", format)),
      printed(cwd, name, LONG, "--json"),
    ]);
  const [text, plain, csv, markdown, ndjson, json, same] = await all("kills");
  expect(text).toEqual(TEXT);
  expect(TEXT.filter((line) => line.length > 80)).toEqual([TEXT[7]]);
  expect(plain).toEqual(TEXT);
  const found = JSON.parse(json!.join("\n"));
  expect(same).toEqual(json);
  expect(found).toMatchObject({ study: LONG, trials: 300, repeatOffenders: [] });
  const [{ share, rules, timeLostMs }, failed] = found.reasons;
  expect(csv).toEqual([
    "reason,count,share,timeLostMs,pattern,p",
    `memory-limit,${found.reasons[0].count},${share},${timeLostMs},${rules[0].text},${rules[0].p}`,
    `error,${failed.count},${failed.share},${failed.timeLostMs},,`,
  ]);
  expect(markdown!.slice(0, 2)).toEqual([
    "| reason | count | share | timeLostMs | pattern | p |",
    "| --- | ---: | ---: | ---: | --- | ---: |",
  ]);
  expect(ndjson!.map((line) => JSON.parse(line))).toEqual(found.reasons);

  const [bars, plainBars, shares, table, objects, whole] = await all("importance");
  expect(bars).toEqual(plainBars);
  expect(bars!.slice(0, 2)).toEqual([
    `${LONG}: what sets the`,
    "  best tenth by value apart (24 of 232 trials)",
  ]);
  for (const line of bars!) expect([...line].length, line).toBeLessThanOrEqual(80);
  const { importance } = JSON.parse(whole!.join("\n"));
  expect(importance[0].param).toBe("rate");
  expect(bars!.slice(2)).toEqual(
    importance.map(() =>
      expect.stringMatching(
        /^(rate|batch|optimizerOfTheLastLayer|unitsOfTheFirstHiddenLa…) +\d+(\.\d)? %( {2}█*▌?)?$/,
      ),
    ),
  );
  expect(shares).toEqual([
    "param,importance",
    ...importance.map((each: { param: string; importance: number }) => `${each.param},${each.importance}`),
  ]);
  expect(table!.slice(0, 2)).toEqual(["| param | importance |", "| --- | ---: |"]);
  expect(objects!.map((line) => JSON.parse(line))).toEqual(importance);
});

test("kills and importance of a study without finished trials", async () => {
  const cwd = await prepared();
  expect(await printed(cwd, "kills", "empty")).toEqual(["empty: none of 0 finished trials was lost"]);
  expect(await printed(cwd, "kills", "empty", "--format", "csv")).toEqual([
    "reason,count,share,timeLostMs,pattern,p",
  ]);
  const { code, stdout, stderr } = await belay(cwd, ["importance", "empty"]);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toBe("belay: importance: expected at least 2 complete trials in study empty, got 0\n");
});
