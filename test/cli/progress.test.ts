import { describe, expect, test } from "vitest";
import { progress } from "../../src/cli/terminal/run/progress.ts";
import type { Outcome } from "../../src/core/trial.ts";
import type { RunEvent, RunningView } from "../../src/launch/events.ts";
import { belay, folder, write } from "../support/belay.ts";
import { studyText } from "../support/refused.ts";

/** The progress of a run: a live block on a terminal, plain lines elsewhere. */

const ESCAPE = "\u001b";

/** A stream that keeps what is written; `screen` returns it without escape codes. */
function fakeStream(terminal: { isTTY?: boolean; columns?: number; rows?: number }) {
  const written: string[] = [];
  const stream = Object.assign(Object.create(process.stderr) as NodeJS.WriteStream, {
    isTTY: false,
    ...terminal,
    write: (text: string) => {
      written.push(text);
      return true;
    },
  });
  const codes = new RegExp(`${ESCAPE}\\[[0-9;?]*[a-zA-Z]`, "g");
  const text = (): string => written.join("");
  return { stream, text, screen: () => text().replace(codes, "") };
}

const STUDY: RunningView = {
  name: "digits",
  total: 10,
  finished: 4,
  directions: ["maximize"],
  splitCount: 5,
  best: { number: 3, value: 0.91234567 },
  splitTimeoutMs: 300_000,
  memoryBytes: 12e9,
  slots: () => [
    { slot: 0, state: "running", trial: 4, split: 2, splitElapsedMs: 72_000, rssBytes: 2.5e9, pid: 7 },
    { slot: 1, state: "starting", trial: null, split: null, splitElapsedMs: null, rssBytes: null, pid: null },
  ],
};

function running(study: RunningView): RunEvent {
  const { name, splitCount } = study;
  const chosen = { sampler: "tpe", pruner: "none", stop: [], seed: 0, backend: null };
  return {
    kind: "running",
    study,
    facts: { study: name, splitCount, workers: 2, mostWorkers: 2, ...chosen },
  };
}

const COMPLETE: Outcome = { state: "complete", values: [0.95], constraints: [] };
const PRUNED: Outcome = {
  state: "pruned",
  reason: "memory-limit",
  detail: { limitBytes: 12e9, seenBytes: 12.05e9, during: "split 2" },
};
const FAILED: Outcome = {
  state: "fail",
  reason: "error",
  detail: { during: "split 0" },
  error: { name: "Error", message: "no luck\nat all", stack: null },
};

function begun(
  terminal: Parameters<typeof fakeStream>[0],
  options: { quiet?: boolean; color?: boolean } = {},
) {
  const fake = fakeStream(terminal);
  let time = 0;
  const shown = progress({
    stream: fake.stream,
    quiet: options.quiet ?? false,
    color: options.color ?? true,
    now: () => time,
  });
  const end = (number: number, outcome: Outcome, isBest = false): void => {
    time += 30_000;
    shown.show({ kind: "trial-ended", number, outcome, durationMs: 30_000, isBest });
  };
  shown.show(running(STUDY));
  return { ...fake, shown, end };
}

describe("on a terminal", () => {
  test("the block has the trials, the best value and a line per slot", () => {
    const { screen, shown } = begun({ isTTY: true, columns: 110, rows: 30 });
    shown.end();
    expect(screen()).toContain("4/10 trials");
    expect(screen()).toContain("best 0.912346 (trial 3)");
    expect(screen()).toContain("slot 0  trial 4  split 3 of 5  1 m 12 s of 5 m 0 s  2.50 of 12.00 GB");
    expect(screen()).toContain("slot 1  starting");
  });

  test("the block counts pruned and failed trials, and estimates the time left", () => {
    const { screen, shown, end } = begun({ isTTY: true, columns: 110, rows: 30 });
    end(4, PRUNED);
    end(5, FAILED);
    end(6, COMPLETE, true);
    shown.end();
    expect(screen()).toContain("7/10 trials, 1 m 30 s left");
    expect(screen()).toContain("best 0.95 (trial 6), 1 pruned, 1 failed");
    expect(screen()).toContain("trial 5 failed: error: Error: no luck during split 0 (30 s)\n");
  });

  test("stop rules have a line with their present figures", () => {
    const { screen, shown, end } = begun({ isTTY: true, columns: 110, rows: 30 });
    let since = 30;
    const figure = () => ({ rule: "", holds: false, text: `no improvement for ${since}`, detail: {} });
    const ran = { rule: "", holds: false, text: "ran 5 m", detail: {} };
    shown.show({ kind: "stop-rules", figures: () => [figure(), ran] });
    expect(screen()).toContain("stop: no improvement for 30; ran 5 m");
    since++;
    end(5, COMPLETE);
    expect(screen()).toContain("stop: no improvement for 31; ran 5 m");
  });

  test("more slots than the terminal has lines are counted, not drawn", () => {
    const fake = fakeStream({ isTTY: true, columns: 110, rows: 10 });
    const shown = progress({ stream: fake.stream, quiet: false, color: false, now: () => 0 });
    const slots = Array.from({ length: 64 }, (_, slot) => ({ ...STUDY.slots()[1]!, slot }));
    shown.show(running({ ...STUDY, slots: () => slots }));
    shown.end();
    expect(fake.screen()).toContain("slot 3  starting");
    expect(fake.screen()).toContain("and 60 slots more");
    expect(fake.screen()).not.toContain("slot 4 ");
  });

  test("complete but infeasible trials are not called incomplete", () => {
    const { shown, end, screen } = begun({ isTTY: true, columns: 80, rows: 24 });
    shown.show(running({ ...STUDY, best: null }));
    end(5, { state: "complete", values: [1], constraints: [0.5, -1] });
    expect(screen()).toContain("no feasible trial yet (1 breaks its constraints)");
    end(6, { state: "complete", values: [1], constraints: [2, -1] });
    expect(screen()).toContain("no feasible trial yet (2 break their constraints)");
  });

  test("colours can be switched off", () => {
    const painted = begun({ isTTY: true, columns: 110 }, { color: true });
    const plain = begun({ isTTY: true, columns: 110 }, { color: false });
    for (const { shown } of [painted, plain]) shown.end();
    const colour = `${ESCAPE}[36m`;
    expect(painted.text()).toContain(colour);
    expect(plain.text()).not.toContain(colour);
  });
});

describe("elsewhere", () => {
  test("each event is a plain line without escape codes", () => {
    const { text, shown, end } = begun({});
    shown.show({ kind: "trial-started", number: 4, attempt: 2, params: {} });
    end(4, PRUNED);
    end(5, COMPLETE, true);
    shown.show({ kind: "stopping", now: false });
    shown.end();
    expect(text().split("\n")).toEqual([
      "trial 4 started (attempt 2)",
      "trial 4 pruned: memory limit exceeded: 12.05 GB > 12.00 GB during split 2 (30 s)",
      "trial 5 complete: 0.95 (30 s, best so far)",
      "stopping: running splits finish; Ctrl-C again ends them now",
      "",
    ]);
  });

  test("a quiet run shows nothing", () => {
    for (const isTTY of [true, false]) {
      const { text, shown, end } = begun({ isTTY }, { quiet: true });
      end(4, PRUNED);
      shown.note("a note");
      shown.end();
      expect(text()).toBe("");
    }
  });

  test("a quiet launch prints its summary, and nothing on stderr", async () => {
    const cwd = folder();
    write(cwd, { "bowl.ts": studyText() });
    const { code, stdout, stderr } = await belay(cwd, ["launch", "bowl.ts", "--trials", "2", "--quiet"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^bowl: finished after .*: 2 complete\nbest: trial \d, value /);
    expect(stdout).not.toContain(ESCAPE);
  });
});
