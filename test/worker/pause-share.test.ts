import { expect, test } from "vitest";
import { cpuMs } from "../../src/machine/pauses.ts";
import { monotonicMs } from "../../src/worker/beacon.ts";
import { awakeClock, newPauseShare, pauseSharer } from "../../src/worker/pause-share.ts";

/** The clock of the thread that trains, which a host's main thread tells of pauses. */

test("the clock never goes back, so that no split takes less than no time", () => {
  const share = newPauseShare();
  const record = pauseSharer(share);
  const awakeMs = awakeClock(share);
  record({ now: monotonicMs(), usedMs: cpuMs(), lostMs: 0 });
  const began = awakeMs();
  // The process was paused since a look that was before the split began.
  record({ now: began - 60_000, usedMs: cpuMs(), lostMs: 0 });
  expect(awakeMs()).toBeGreaterThanOrEqual(began);
  record({ now: monotonicMs(), usedMs: cpuMs(), lostMs: 60_000 });
  expect(awakeMs()).toBeGreaterThanOrEqual(began);
});
