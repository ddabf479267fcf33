import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { belay, folder, processesIn, trials, until, write } from "../../support/belay.ts";
import { pythonTest } from "../../support/python.ts";

/** Trials in Python that do all that goes wrong: each ends as its row must say, and the others are complete. */

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), "utf8");
const HELPER = read("../../../src/study/templates/belay.py");
const ROGUES = read("rogues.py");

type Ending = Readonly<Record<string, unknown>>;
const COMPLETE: Ending = { state: "complete" };
const TIMEOUT: Ending = { state: "pruned", reason: "split-timeout" };
const MEMORY: Ending = { state: "pruned", reason: "memory-limit" };
const exit = (exitCode: number): Ending => ({ reason: "exit", detail: { exitCode } });
const crash = (signal: string): Ending => ({ reason: "crash", detail: { signal } });

/** Runs a trial of each kind in two slots, with good ones between them. */
async function launch(endings: Readonly<Record<string, Ending>>, splitTimeout = "60s"): Promise<string> {
  const cwd = folder();
  const kinds = Object.keys(endings).flatMap((kind) => [kind, "good"]);
  write(cwd, {
    "belay.py": HELPER,
    "rogues.py": ROGUES,
    "s.ts": `import { categorical, defineCommandStudy } from "belay";
      export default defineCommandStudy({
        name: "s", direction: "minimize", splits: 2, command: () => ["python3", "rogues.py"],
        space: { kind: categorical(${JSON.stringify([...new Set(kinds)])}) },
        limits: { splitTimeout: "${splitTimeout}", memory: "500MB" },
      });`,
  });
  const wanted = kinds.flatMap((kind) => ["--enqueue", JSON.stringify({ kind })]);
  const options = ["--sampler", "random", "--workers", "2", "--grace", "500ms"];
  const { code, stderr } = await belay(cwd, [
    ...["launch", "s.ts", "--trials", String(kinds.length)],
    ...[...options, ...wanted],
  ]);
  expect(code, stderr).toBe(0);
  expect(stderr).not.toMatch(/^belay:|internal error|^ {4}at /m);
  await until("all processes to be gone", () => processesIn(cwd).length === 0, 10_000);
  for (const trial of await trials(cwd, "s")) {
    const kind = String(trial.params.kind);
    expect(trial, kind).toMatchObject({ attempts: 1, ...(endings[kind] ?? COMPLETE) });
    // A host that is killed may not have told yet that the second split has begun.
    if (trial.state !== "complete" && !kind.startsWith("kills its"))
      expect(trial.detail?.during, `${kind} fails in its second split`).toBe("split 1");
  }
  return readFileSync(join(cwd, "belay.log"), "utf8");
}

pythonTest("what never ends is ended: loops in C, ignored signals, trees of forks", async () => {
  const kinds = ["loop in C", "regular expression", "fork tree", "ignores SIGTERM", "swallows the end"];
  const endings = [...kinds, "stops itself", "closes all and loops"].map((kind) => [kind, TIMEOUT]);
  await launch(Object.fromEntries(endings), "5s");
});

pythonTest("what takes too much memory is pruned, also when a child takes it", async () => {
  await launch({ "growing list": MEMORY, "large array": MEMORY, "child grows": MEMORY });
});

pythonTest("what ends early, crashes or forges has its reason", async () => {
  const log = await launch({
    "_exit 0": exit(0),
    "_exit 3": exit(3),
    segfault: crash("SIGSEGV"),
    abort: crash("SIGABRT"),
    "kills its host": crash("SIGKILL"),
    "kills its group": crash("SIGKILL"),
    "closes all and ends": exit(0),
    garbage: { reason: "crash", error: { name: "ProtocolError" } },
    recursion: { reason: "error", error: { name: "RecursionError" } },
    exception: { reason: "error", error: { name: "KeyError", message: "'missing'" } },
    "not a number": { state: "pruned", reason: "not-finite" },
  });
  expect(log, "a traceback is in the log").toContain("rogues.py");
});

pythonTest(
  "a flood of reports, a gigabyte of output and what is left behind do not change the value",
  async () => {
    const log = await launch({
      flood: COMPLETE,
      "prints 1 GB": COMPLETE,
      "leaves a daemon": COMPLETE,
      "leaves a child": COMPLETE,
    });
    expect(log).toMatch(/\d+ more bytes of the program's output were dropped/);
    expect(log.length).toBeLessThan(500_000);
  },
);
