import type { Wait } from "../../store/activity.ts";
import type { Breaker } from "../breaker.ts";
import type { Capacity } from "../capacity/capacity.ts";
import type { RunControl } from "../control.ts";
import type { RunningStudy } from "../study.ts";

/** The parts of the study that tell what trials wait for. */
export type Waiting = Pick<
  RunningStudy,
  "attempts" | "held" | "finished" | "trials" | "nextNumber" | "history" | "round"
>;

/** What keeps further trials from starting; empty if nothing does, or if there is none to start. */
export function waitsOf(
  study: Waiting,
  control: Pick<RunControl, "paused">,
  { capacity, breaker }: { readonly capacity: Capacity; readonly breaker: Pick<Breaker, "state"> },
): Wait[] {
  const { attempts, held } = study;
  const unproposed = study.trials - study.finished - attempts.size - held.length;
  const own = held.map(({ number, refused }): Wait => {
    const missingBytes = refused?.missingBytes ?? null;
    return { kind: missingBytes === null ? "first-peak" : "memory", trial: number, missingBytes };
  });
  if (held.length === 0 && unproposed <= 0) return [];
  const shared: Wait["kind"][] = [];
  if (control.paused) shared.push("paused");
  if (breaker.state === "open" || breaker.state === "half-open") shared.push("breaker");
  if (capacity.isShort) shared.push("reserve");
  const isFull = attempts.size >= capacity.slots;
  if (isFull && capacity.limitedBy) shared.push(capacity.limitedBy);
  const isEarly = unproposed > 0 && study.round === null && !study.history.ready(study.nextNumber);
  if (!isFull && isEarly) shared.push("outcomes");
  return [...own, ...shared.map((kind): Wait => ({ kind, trial: null, missingBytes: null }))];
}
