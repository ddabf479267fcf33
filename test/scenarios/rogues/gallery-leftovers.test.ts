import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { belay, folder, processesIn, write } from "../../support/belay.ts";
import { expectNoTrace, type Gallery, runGallery } from "./gallery.ts";

/** Trials that print or post too much, and trials that leave something behind. */

test("output is logged up to a limit, and has no other effect", async () => {
  const kinds = ["floods-output", "prints-no-newline", "prints-bytes"];
  const gallery = await runGallery("gallery-noise", kinds);
  const loud = gallery.row("floods-output");
  expect(loud.state).toBe("complete");
  const lines = gallery.log(loud.number).map(({ msg }) => msg);
  expect(lines.length).toBeLessThan(100);
  const dropped = lines.filter((msg) => /^\.\.\. \d+ more characters of output were dropped$/.test(msg));
  expect(dropped).toHaveLength(1);
  const printed = 3 * 10_000 * 1_000; // without the ends of lines, of which only some are counted
  expect(Number.parseInt(dropped[0]!.slice(4), 10)).toBeGreaterThanOrEqual(printed - 64_000);
  const unended = gallery.row("prints-no-newline");
  expect(unended.state).toBe("complete");
  expect(gallery.log(unended.number).some(({ msg }) => msg.startsWith("a line that never ends"))).toBe(true);
  expect(gallery.row("prints-bytes").state).toBe("complete");
  expectNoTrace(gallery);
});

test("messages that nobody reads have no effect, however many a trial posts", async () => {
  const gallery = await runGallery("gallery-messages", ["floods-messages"], ["--split-timeout", "5s"]);
  expect(gallery.row("floods-messages")).toMatchObject({ state: "pruned", reason: "split-timeout" });
  expectNoTrace(gallery);
});

const LINES = 50;

const PRINTS = `
import { defineStudy, float } from "belay";
export default defineStudy({
  name: "prints",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: ({ params, trial }) => {
    for (let i = 0; i < ${LINES}; i++) process.stdout.write("line " + i + " of trial " + trial.number + "\\n");
    process.stdout.write("a line that never ends");
    return params.x;
  },
});
`;

test("all output of a trial is logged as its own, however soon the trial ends", async () => {
  const cwd = folder();
  write(cwd, { "study.ts": PRINTS });
  const launched = await belay(cwd, [
    "launch",
    "study.ts",
    "--trials",
    "60",
    "--workers",
    "2",
    "--log",
    "run.log",
  ]);
  expect(launched.code, launched.stderr).toBe(0);
  const lines = readFileSync(join(cwd, "run.log"), "utf8").trim().split("\n");
  const printed = lines.map((line) => JSON.parse(line) as { trial?: number; msg: string });
  const ofTrial = (trial: number): string[] => [
    ...Array.from({ length: LINES }, (_, i) => `line ${i} of trial ${trial}`),
    "a line that never ends",
  ];
  const isPrinted = (msg: string): boolean => /^line \d+ of trial|^a line that never ends/.test(msg);
  for (let number = 0; number < 60; number++) {
    const logged = printed.filter(({ trial, msg }) => trial === number && isPrinted(msg));
    expect(logged.map(({ msg }) => msg)).toEqual(ofTrial(number));
  }
});

test("nothing that a trial leaves behind affects another trial", async () => {
  const left: Readonly<Record<string, RegExp>> = {
    "leaks-timers": /Timeout/,
    "leaks-server": /TCPServerWrap/,
    "leaks-files": /open files/,
    "leaks-children": /child processes/,
    "patches-globals": /setTimeout.* replaced/,
  };
  const twice = ["leaks-server", "changes-environment", "changes-environment", "leaks-timers"];
  const gallery = await runGallery("gallery-leftovers", [
    ...Object.keys(left),
    ...twice,
    ...["patches-prototypes", "changes-folder"],
  ]);
  for (const [kind, what] of Object.entries(left)) {
    const row = gallery.row(kind);
    expect(row, kind).toMatchObject({ state: "complete", value: 1 });
    expect(freshHost(gallery, row.number), kind).toMatch(what);
  }
  const others = gallery.rows.filter(({ params }) => twice.includes(String(params.kind)));
  expect(others.map(({ state }) => state)).toEqual(others.map(() => "complete"));
  expect(gallery.row("patches-prototypes")).toMatchObject({ reason: "error", error: { message: "patched" } });
  expect(gallery.row("changes-folder").error?.message).toBe("process.chdir() is not supported in workers");
  expectNoTrace(gallery);
  expect(processesIn(gallery.cwd)).toEqual([]);
});

test("a result is kept even if the cleanup after it never ends", async () => {
  const gallery = await runGallery("gallery-cleanup", ["hangs-in-cleanup"]);
  const { state, value, memory, durationMs } = gallery.row("hangs-in-cleanup");
  expect({ state, value, source: memory?.source }).toEqual({ state: "complete", value: 1, source: "guard" });
  expect(durationMs).toBeLessThan(10 * 300 + 2_000);
  expectNoTrace(gallery);
});

function freshHost({ log }: Gallery, number: number): string | undefined {
  return log(number).find(({ msg }) => msg.startsWith("a fresh host takes over"))?.msg;
}
