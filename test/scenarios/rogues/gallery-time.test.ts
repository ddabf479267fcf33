import { expect, test } from "vitest";
import { processesIn } from "../../support/belay.ts";
import { expectNoTrace, runGallery } from "./gallery.ts";

/**
 * Trials that never end, each with the step that ends it once its split is over its limit. A thread that gets no
 * processor for 50 ms is ended by the next step, as it should be; that may happen to some on a busy machine.
 */
const RUNGS: Readonly<Record<string, "abort" | "terminate" | "sigkill">> = {
  listens: "abort",
  "js-loop": "terminate",
  "microtask-loop": "terminate",
  "timer-loop": "terminate",
  "never-settles": "terminate",
  "catches-all": "terminate",
  "regex-loop": "terminate",
  "wasm-loop": "terminate",
  "waits-for-ever": "terminate",
  "hangs-afterwards": "terminate",
  "native-loop": "sigkill",
  "sql-query": "sigkill",
  "blocked-read": "sigkill",
  "child-never-ends": "sigkill",
};
const LIMIT_MS = 1_000;
const GRACE_MS = 1_000;

test("every kind of endless trial is pruned within limit + grace + 2 s, and other trials go on", async () => {
  const gallery = await runGallery("gallery-time", Object.keys(RUNGS), [
    ...["--split-timeout", "1s", "--trial-timeout", "1m", "--grace", "1s"],
  ]);
  let terminated = 0;
  for (const [kind, lowest] of Object.entries(RUNGS)) {
    const { number, state, reason, detail, durationMs, memory } = gallery.row(kind);
    const where = kind === "hangs-afterwards" ? { during: "split 1", partial: 1 } : { during: "split 0" };
    const rung = lowest === "terminate" && detail?.rung === "sigkill" ? "sigkill" : lowest;
    if (rung === "terminate") terminated++;
    // If a host gets no processor for 350 ms after its last step, the watcher rightly kills it.
    const by = rung === "sigkill" ? expect.stringMatching(/^(host|watcher)$/) : "host";
    expect({ kind, state, reason, detail }).toEqual({
      kind,
      state: "pruned",
      reason: "split-timeout",
      detail: { limitMs: LIMIT_MS, elapsedMs: expect.any(Number), ...where, by, rung },
    });
    expect(detail?.elapsedMs).toBeGreaterThanOrEqual(LIMIT_MS);
    expect(durationMs, kind).toBeLessThan(LIMIT_MS + GRACE_MS + 2_000);
    expect(memory?.peakBytes, kind).toBeGreaterThan(20e6);
    const end = { abort: "", terminate: " (worker terminated)", sigkill: " (host killed)" }[rung];
    const said = gallery.log(number).find(({ msg }) => msg.includes("pruned"))?.msg;
    expect(said?.replace(/\d\.\d s >/, "N s >")).toBe(
      `Trial #${number} pruned: split timeout: N s > 1.0 s${end}`,
    );
  }
  expect(terminated).toBeGreaterThan(0);
  expectNoTrace(gallery);
  expect(processesIn(gallery.cwd)).toEqual([]);
});

test("a trial that exceeds its trial timeout is pruned, however short its splits are", async () => {
  const gallery = await runGallery(
    "gallery-trial-time",
    ["js-loop", "report-loop"],
    [...["--trial-timeout", "2s", "--split-timeout", "1m"]],
  );
  for (const kind of ["js-loop", "report-loop"]) {
    const { state, reason, detail } = gallery.row(kind);
    expect({ state, reason }).toEqual({ state: "pruned", reason: "trial-timeout" });
    expect(detail).toMatchObject({ limitMs: 2_000, by: "host", during: "split 0" });
  }
  expectNoTrace(gallery);
});
