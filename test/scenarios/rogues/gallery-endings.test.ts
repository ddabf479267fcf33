import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { belay, folder, trials, write } from "../../support/belay.ts";
import { expectNoTrace, runGallery } from "./gallery.ts";

/** Trials that end in every wrong way. */

const during = "split 0";
const thrown = (name: string, message: string | RegExp) => ({
  state: "fail",
  reason: "error",
  detail: { during },
  error: expect.objectContaining({
    name,
    message: typeof message === "string" ? message : expect.stringMatching(message),
  }),
});
// Some die before they have reported which split they are in.
const somewhere = expect.stringMatching(/^(start|split 0)$/);
const ENDS: Readonly<Record<string, object>> = {
  "exit-0": { state: "fail", reason: "exit", detail: { exitCode: 0, during } },
  "exit-7": { state: "fail", reason: "exit", detail: { exitCode: 7, during } },
  "throws-null": thrown("thrown", "threw null"),
  "throws-undefined": thrown("thrown", "threw undefined"),
  "throws-string": thrown("thrown", 'threw "out of luck"'),
  "throws-huge-error": thrown("RangeError", /^x{4000}\.\.\. \(49996000 more characters\)$/),
  "unhandled-rejection": thrown("Error", "nobody handles me"),
  "throws-in-timer": thrown("Error", "thrown in a timer"),
  aborts: thrown("TypeError", "process.abort() is not supported in workers"),
  segfaults: { state: "fail", reason: "crash", detail: { signal: "SIGSEGV", during: somewhere } },
  "sends-abort": { state: "fail", reason: "crash", detail: { signal: "SIGABRT", during: somewhere } },
  "kills-its-host": { state: "fail", reason: "crash", detail: { signal: "SIGKILL", during: somewhere } },
  "not-a-number": { state: "pruned", reason: "not-finite", detail: { value: "NaN", during } },
  infinite: { state: "pruned", reason: "not-finite", detail: { value: "Infinity", during } },
  "returns-text": thrown("TypeError", 'train returned: expected a number, got "0.9"'),
  "returns-too-many": thrown("TypeError", "train returned: expected a number, got [1, 2]"),
  "returns-nothing": thrown("TypeError", "train returned: expected a number, got undefined"),
};

test("every kind of ending is recorded with its reason", async () => {
  const gallery = await runGallery("gallery-endings", Object.keys(ENDS));
  for (const [kind, end] of Object.entries(ENDS)) {
    const row = gallery.row(kind);
    expect(row, kind).toMatchObject(end);
    expect(row.memory?.baselineBytes, kind).toBeGreaterThan(20e6);
    const said = gallery.log(row.number).find(({ msg }) => /pruned|failed/.test(msg))?.msg;
    expect(said).toContain(`${row.state === "fail" ? "failed" : "pruned"}: ${row.reason?.replace("-", " ")}`);
  }
  expectNoTrace(gallery);
});

const SUDDEN = `
import { appendFileSync } from "node:fs";
import { defineStudy, float } from "belay";
export default defineStudy({
  name: "sudden",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: () => {
    appendFileSync("ran", "x");
    process.kill(process.pid, "SIGSEGV");
    for (;;);
  },
});
`;

test("a trial that kills its process at once runs only once, and its row has the signal", async () => {
  const cwd = folder();
  write(cwd, { "study.ts": SUDDEN });
  const count = 12;
  const { code, stderr } = await belay(cwd, [
    "launch",
    "study.ts",
    "--trials",
    String(count),
    "--workers",
    "2",
  ]);
  expect(code, stderr).toBe(1); // There is no best trial.
  const rows = await trials(cwd, "sudden");
  expect(rows.map(({ detail }) => (detail as { signal?: string }).signal)).toEqual(
    Array(count).fill("SIGSEGV"),
  );
  expect(readFileSync(join(cwd, "ran"), "utf8")).toHaveLength(count);
});
