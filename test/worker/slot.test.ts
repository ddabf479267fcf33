import { expect, test } from "vitest";
import { UNKNOWN_MEMORY } from "../../src/core/trial.ts";
import type { HostClient } from "../../src/worker/host-client.ts";
import { newSlot, type Recycle, reasonToRecycle } from "../../src/worker/slot.ts";

/** Why a host is replaced after each of its trials; null if it is kept. */
function reasons(recycle: Recycle, ...hosts: readonly Partial<HostClient & { rssBytes: number }>[]) {
  const slot = newSlot(0, 1, recycle);
  return hosts.map(({ rssBytes = 100e6, ...rest }) => {
    const memory = { ...UNKNOWN_MEMORY, rssBytes };
    return reasonToRecycle(
      slot,
      { dead: false, leftovers: [], memory, ...rest } as unknown as HostClient,
      recycle,
    );
  });
}

test("a clean host is kept while its memory is at most 64 MB or 25 % above that after its first cleaned trial", () => {
  expect(reasons("clean", {}, { rssBytes: 164e6 })).toEqual([null, null]);
  expect(reasons("clean", {}, { rssBytes: 165e6 })).toEqual([
    null,
    "it holds 165 MB after its cleanup, and 100 MB after its first",
  ]);
  expect(reasons("clean", { rssBytes: 1e9 }, { rssBytes: 1.25e9 })).toEqual([null, null]);
  expect(reasons("clean", { rssBytes: 1e9 }, { rssBytes: 1.26e9 })[1]).toContain("it holds 1260 MB");
});

test("leftovers and death replace a host under every policy", () => {
  expect(reasons(5, { leftovers: ["2 Timeout", "300 open files"] })).toEqual([
    "the trial has left behind: 2 Timeout; 300 open files",
  ]);
  expect(reasons("clean", { dead: true })).toEqual(["it has ended"]);
});

test("`always` replaces a host after each trial, N after N trials, and `clean` after a thousand at most", () => {
  expect(reasons("always", {})).toEqual(["--recycle always"]);
  expect(reasons(2, { rssBytes: 1 }, { rssBytes: 9e9 })).toEqual([null, "it has served 2 trials"]);
  const many = reasons("clean", ...Array.from({ length: 1_000 }, () => ({})));
  const first = many.findIndex((reason) => reason !== null);
  expect(first).toBeGreaterThanOrEqual(900);
  expect(newSlot(0, 1, "clean").maxServed).not.toBe(newSlot(1, 1, "clean").maxServed);
});
