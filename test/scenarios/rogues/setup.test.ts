import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { belay, folder, processesIn, start, trials, until } from "../../support/belay.ts";

/** Studies whose hosts cannot be made ready: at launch nothing is recorded; later the trial fails. */

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/rogues/${name}.ts`, import.meta.url));

describe("at launch", () => {
  test.each([
    ["data-throws", /data: threw Error: no such data$/],
    ["data-hangs", /data: expected `data` to end within 5(\.0)? s, and it did not$/],
    ["data-stops-its-host", /expected its host to become ready within 5 s, and it no longer answers$/],
    ["data-exits", /expected the worker to become ready, and it ended with exit code 0$/],
  ])("%s is one line, and leaves nothing behind", async (name, line) => {
    const cwd = folder();
    const { code, stderr, stdout } = await belay(cwd, [
      ...["launch", fixture(name), "--setup-timeout", /hangs|stops/.test(name) ? "5s" : "1m"],
    ]);
    expect(stderr.trim()).toMatch(line);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(existsSync(join(cwd, "belay.db"))).toBe(false);
    expect(processesIn(cwd)).toEqual([]);
  });
});

describe("later", () => {
  test("if hosts disagree about the splits, the second host's trial fails and the first one goes on", async () => {
    const cwd = folder();
    await belay(cwd, ["launch", fixture("data-differs"), "--trials", "3", "--workers", "2"]);
    const rows = await trials(cwd, "data-differs");
    const failed = rows.filter(({ state }) => state === "fail");
    expect(failed.length).toBeGreaterThan(0);
    for (const { reason, error } of failed) {
      expect(reason).toBe("setup");
      expect(error?.message).toContain("splits: expected the same in every host (1 splits");
    }
    expect(rows.some(({ state }) => state === "complete")).toBe(true);
  });

  test("if a host cannot be replaced, its trials fail with the reason", async () => {
    const cwd = folder();
    const { code } = await belay(cwd, ["launch", fixture("data-fails-later"), "--trials", "3"], {
      BELAY_TEST_FOLDER: cwd,
    });
    expect(code).toBe(1);
    const rows = await trials(cwd, "data-fails-later");
    expect(rows.map(({ reason }) => reason)).toEqual(["exit", "setup", "setup"]);
    expect(rows[1]?.error?.message).toContain("data: threw Error: the data is gone");
    expect(processesIn(cwd)).toEqual([]);
  });

  test("a run that is ended at once does not wait for a host whose setup never ends", async () => {
    const cwd = folder();
    const run = start(cwd, ["launch", fixture("data-hangs-later"), "--trials", "3"], {
      BELAY_TEST_FOLDER: cwd,
    });
    await until("the second trial", () => run.output().stderr.includes("trial 1 started"));
    run.child.kill("SIGINT");
    await until("the first answer", () => run.output().stderr.includes("running splits finish"));
    run.child.kill("SIGINT");
    expect((await run.finished).code).toBe(130);
    expect((await trials(cwd, "data-hangs-later")).map(({ state }) => state)).toEqual(["fail", "waiting"]);
    expect(processesIn(cwd)).toEqual([]);
  });
});
