import { expect, it } from "vitest";
import { belay, folder, rows, trials, write } from "../../support/belay.ts";

/** `belay launch --learn-from`: from the first line to a resume after kill -9. */

const study = (name: string, more: string, space = "x: float(0, 1), y: float(0, 1)"): string => `
import { existsSync, unlinkSync } from "node:fs";
import { defineStudy, float, int } from "belay";
export default defineStudy({
  name: ${JSON.stringify(name)}, direction: "minimize", space: { ${space} },
  ${more}
});`;
const OLD = study("old", "train: ({ params }) => (params.x - 0.75) ** 2 + (params.y - 0.25) ** 2,");
/** A study of almost the same function; its third trial kills the coordinator, once, if the file \`kill\` is there. */
const NEXT = study(
  "next",
  `train: async ({ params, trial }) => {
    if (trial.number === 2 && existsSync("kill")) {
      unlinkSync("kill");
      process.kill(process.ppid, "SIGKILL");
      await new Promise(() => {});
    }
    return (params.x - 0.7) ** 2 + (params.y - 0.3) ** 2 + (params.units - 8) ** 2 / 100;
  },`,
  "x: float(0, 1), y: float(0.125, 1), units: int(1, 16)",
);

/** A folder with a finished study, \`old\`, of thirty trials. */
async function withOld(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const cwd = folder();
  write(cwd, { "old.ts": OLD, "next.ts": NEXT, ...files });
  const args = [
    "launch",
    "old.ts",
    "--trials",
    "30",
    "--seed",
    "1",
    "--sampler",
    "tpe",
    "--durability",
    "normal",
  ];
  const { code, stderr } = await belay(cwd, args);
  expect(code, stderr).toBe(0);
  return cwd;
}
const learned = async (cwd: string) =>
  (await trials(cwd, "next")).map(({ number, params, value }) => ({ number, params, value }));
const LAUNCH = ["launch", "next.ts", "--trials", "10", "--seed", "3", "--sampler", "tpe"];

it("begins where the other study was best, and goes on so after kill -9, whatever became of the other study", async () => {
  const run = async (isKilled: boolean) => {
    const cwd = await withOld(isKilled ? { kill: "" } : {});
    const launched = await belay(cwd, [...LAUNCH, "--deterministic", "4", "--learn-from", "old"]);
    expect(launched.stderr).toMatch(
      /learns from \d+ trials of old; \d+ trials with values outside of this space are left out; units is new here/,
    );
    if (isKilled) {
      expect(launched.signal, launched.stderr).toBe("SIGKILL");
      const more = await belay(cwd, ["resume", "old", "--add", "5"]);
      expect(more.code, more.stderr).toBe(0);
      const dry = await belay(cwd, ["resume", "next", "--dry-run"]);
      expect(dry.stdout).toMatch(/would be new; it learns from \d+ trials of old\n/);
      const resumed = await belay(cwd, ["resume", "next"]);
      expect(resumed.code, resumed.stderr).toBe(0);
    } else expect(launched.code, launched.stderr).toBe(0);
    return { cwd, tried: await learned(cwd) };
  };
  const { cwd, tried } = await run(false);
  const best = (await trials(cwd, "old"))
    .filter(({ params }) => Number(params.y) >= 0.125)
    .sort((a, b) => a.value! - b.value!)[0]!;
  // Its trials are none of this study: they are not counted, and the best is the study's own.
  expect(tried).toHaveLength(10);
  expect(tried[0]!.params).toEqual({ ...best.params, units: expect.any(Number) });
  const near = tried.filter(
    ({ params }) => Math.hypot(Number(params.x) - 0.75, Number(params.y) - 0.25) < 0.25,
  );
  expect(near.length).toBeGreaterThanOrEqual(5);
  expect((await run(true)).tried).toEqual(tried);

  const shown = await belay(cwd, ["show", "next"]);
  expect(shown.stdout).toMatch(/learns from \d+ trials of old\n/);
  const { learnsFrom } = JSON.parse((await belay(cwd, ["show", "next", "--json"])).stdout);
  const [{ n }] = (await rows(cwd, "select json_array_length(trials) as n from learned")) as [{ n: number }];
  expect(learnsFrom).toEqual({ study: "old", db: null, trials: n });
});

it("learns from a study in another database, which check says too", async () => {
  const cwd = await withOld();
  const there = ["--db", "new.db", "--learn-from", "belay.db:old"];
  const checked = await belay(cwd, ["check", "next.ts", "--sampler", "gp", ...there]);
  expect(checked.code, checked.stderr).toBe(0);
  expect(checked.stdout).toMatch(/note: learns from \d+ trials of old;/);
  // From the ninth trial on gp is asked in a thread beside the loop.
  const launched = await belay(cwd, ["launch", "next.ts", "--trials", "12", "--sampler", "gp", ...there]);
  expect(launched.code, launched.stderr).toBe(0);
  const shown = await belay(cwd, ["show", "next", "--db", "new.db"]);
  expect(shown.stdout).toMatch(/learns from \d+ trials of old in belay\.db\n/);
});

it("says in one line why a study cannot be learned from, and records nothing", async () => {
  const empty = study("empty", "train: () => { throw new Error('no'); },");
  const front = empty.replace(
    '"empty", direction: "minimize"',
    '"front", directions: ["minimize", "maximize"]',
  );
  const cwd = await withOld({
    "empty.ts": empty,
    "front.ts": front.replace("throw new Error('no');", "return [1, 2];"),
    "apart.ts": study("apart", "train: () => 1,", "z: float(0, 1)"),
    "beyond.ts": study("beyond", "train: () => 1,", "x: float(2, 3)"),
  });
  for (const file of ["empty.ts", "front.ts"]) await belay(cwd, ["launch", file, "--trials", "1"]);
  const refusals: [args: string[], line: string][] = [
    [
      ["next.ts", "--learn-from", "odl"],
      'study: expected a name that exists, got "odl"; did you mean "old"?',
    ],
    [["next.ts", "--learn-from", "none.db:old"], "there is no file none.db"],
    [
      ["next.ts", "--learn-from", ":old"],
      'expected a study\'s name, or FILE:NAME for one in another database, got ":old"',
    ],
    [["next.ts", "--learn-from", "old", "--learn-from", "empty"], "expected it once, got it 2 times"],
    [
      ["next.ts", "--learn-from", "empty"],
      "expected a study with complete trials that meet their constraints, got empty without any",
    ],
    [
      ["next.ts", "--learn-from", "front"],
      "expected a study of one direction, as this one has, got front with 2",
    ],
    [
      ["front.ts", "--name", "front-2", "--learn-from", "old"],
      "expected a study of one direction, got one of 2",
    ],
    [
      ["apart.ts", "--learn-from", "old"],
      "expected a study with some of the params z, got old, which has none of them",
    ],
    [
      ["beyond.ts", "--learn-from", "old"],
      "expected a study with some of the params x, got old, all of whose trials have values that their params cannot take here",
    ],
    [
      ["next.ts", "--sampler", "cmaes", "--learn-from", "old"],
      "expected a sampler that learns from other studies (auto, tpe, gp), got cmaes",
    ],
  ];
  for (const [args, line] of refusals) {
    const { code, stderr } = await belay(cwd, ["launch", ...args]);
    expect(code, stderr).toBe(2);
    const last = stderr.trimEnd().split("\n").at(-1)!;
    expect([last.startsWith("belay: --learn-from: "), last], args.join(" ")).toEqual([
      true,
      expect.stringContaining(line),
    ]);
  }
  expect(await rows(cwd, "select name from studies order by id")).toEqual(
    ["old", "empty", "front"].map((name) => ({ name })),
  );
});
