import type { SlotReading } from "../../store/activity.ts";
import type { RunningStudy } from "../study.ts";

/** The slots of a run, with what their hosts have held between two records. */
export function slotReadings(study: Pick<RunningStudy, "engine" | "attempts" | "limits">) {
  let held = new Map<number, { minBytes: number; maxBytes: number }>();

  function sample(): void {
    for (const { slot, rssBytes } of study.engine.slots()) {
      if (rssBytes === null) continue;
      const { minBytes, maxBytes } = held.get(slot) ?? { minBytes: rssBytes, maxBytes: rssBytes };
      held.set(slot, { minBytes: Math.min(minBytes, rssBytes), maxBytes: Math.max(maxBytes, rssBytes) });
    }
  }

  return {
    /** Looks at the memory of the hosts. */
    sample,
    /** The slots as they are now. What their hosts have held counts from here on anew. */
    take(): SlotReading[] {
      sample();
      const before = held;
      held = new Map();
      return study.engine.slots().map((view): SlotReading => {
        const limits = view.trial === null ? null : study.attempts.get(view.trial)?.limits;
        const { minBytes = null, maxBytes = null } = before.get(view.slot) ?? {};
        return {
          ...view,
          ...{ nth: view.nth ?? null, minBytes, maxBytes },
          limitBytes: (limits ?? study.limits).memoryBytes,
          splitTimeoutMs: limits?.splitTimeoutMs ?? null,
        };
      });
    },
  };
}
