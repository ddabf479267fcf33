import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { belay, folder, rows, trials, write } from "../../support/belay.ts";

/** What a trial may report: numbers, about itself, while it runs. */

/** Launches a study of one split whose trials depend on the value of `x`; the trials have the given values in order. */
async function launch(name: string, train: string, xs: readonly number[], ...options: readonly string[]) {
  const cwd = folder();
  write(cwd, {
    "s.ts": `
import { defineStudy, int } from "belay";
let kept: ((step: number, value: number) => Promise<void>) | null = null;
const turn = () => new Promise((resolve) => setImmediate(resolve));
export default defineStudy({
  name: "${name}",
  direction: "minimize",
  space: { x: int(0, 9) },
  noise: true,
  train: async ({ params: { x }, report, trial }) => {
    void [kept, turn, trial];
    ${train}
  },
});
`,
  });
  const wanted = xs.flatMap((x) => ["--enqueue", JSON.stringify({ x })]);
  const args = ["launch", "s.ts", "--trials", String(xs.length), "--sampler", "random"];
  const run = await belay(cwd, [...args, ...wanted, ...options]);
  return { cwd, run, rows: await trials(cwd, name) };
}

test.each(["Number.NaN", "Number.POSITIVE_INFINITY"])(
  "a report whose step is %s fails its trial, and the others go on",
  async (step) => {
    const { run, rows } = await launch(
      "steps",
      `if (x === 1) await report(${step}, 1); return x;`,
      [0, 1, 2],
    );
    expect(run.stderr).not.toContain("belay:");
    expect(rows.map(({ state }) => state)).toEqual(["complete", "fail", "complete"]);
    expect(rows[1]).toMatchObject({ reason: "error", detail: { during: "split 0" } });
    expect(rows[1]?.error?.message).toMatch(/^report: step: expected a finite number, got (NaN|Infinity)$/);
  },
);

test("a report of a trial that is over does not affect another trial", async () => {
  const train = `
    if (x === 1) kept = report;
    else if (kept) {
      void kept(9, 7777);
      await turn();
      await report(1, x);
      void kept(9, 7777);
    }
    return x;`;
  const {
    cwd,
    run,
    rows: found,
  } = await launch(...(["late", train, [2, 3, 4, 1, 5, 6], "--pruner", "median"] as const));
  expect(run.code).toBe(0);
  expect(found.map(({ state }) => state)).toEqual(found.map(() => "complete"));
  const reported = await rows<{ value: number }>(cwd, "SELECT value FROM reports ORDER BY id");
  expect(reported).toEqual([{ value: 5 }, { value: 6 }]);
  expect(readFileSync(join(cwd, "belay.log"), "utf8")).toContain("report was called after split 0 was over");
});

test("a loop that still reports after its trial is over stops at its next report", async () => {
  const train = `
    if (x === 1) void (async () => { for (let step = 0; ; step++) await report(step, 7777); })();
    else await report(0, x);
    await turn();
    return x;`;
  const { cwd, rows: found } = await launch("loop", train, [1, 2, 3]);
  expect(found.map(({ state }) => state)).toEqual(found.map(() => "complete"));
  const reported = await rows<{ value: number }>(
    cwd,
    "SELECT DISTINCT r.value FROM reports r JOIN trials t ON t.id = r.trial_id WHERE t.number > 0 ORDER BY 1",
  );
  expect(reported).toEqual([{ value: 2 }, { value: 3 }]);
});

test("a flood of reports that are not awaited fails its trial", async () => {
  const train = `
    if (x === 1) for (let step = 0; step < 1_000_000; step++) void report(step, step);
    return x;`;
  const { rows } = await launch("flood", train, [1, 2]);
  expect(rows.map(({ state, reason }) => reason ?? state)).toEqual(["error", "complete"]);
  expect(rows[0]?.error?.message).toBe(
    "report: expected each call to be awaited, got more than 10000 that are not",
  );
  expect(rows[0]?.memory?.peakBytes).toBeLessThan(1e9);
});
