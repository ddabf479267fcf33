import { circuitBreaker, signOf } from "../scheduler/breaker.ts";
import { describeLosses, type Ending } from "../scheduler/shared-cause.ts";
import type { StudyEvent } from "./events.ts";
import type { Attempt } from "./running-attempts.ts";
import type { RunningStudy } from "./study.ts";

/** How many of the last trials are compared to find what the lost ones have in common. */
const ENDINGS = 20;

/** The circuit breaker of one run. @param fail - Called when the database cannot be written. */
export function openBreaker(
  study: Pick<RunningStudy, "scheduling" | "clock" | "owned" | "space" | "events">,
  fail: (error: unknown) => void,
) {
  const { scheduling, clock, owned } = study;
  const breaker = scheduling?.breaker ? circuitBreaker(scheduling.breaker) : null;
  let endings: Ending[] = [];

  function count(event: Extract<StudyEvent, { kind: "trial-ended" }>, attempt: Attempt | null): void {
    const sign = signOf(event.outcome);
    if (!breaker || breaker.state === "dead") return;
    if (!sign) {
      breaker.forget(event.number);
      return;
    }
    if (attempt) {
      const lost = sign.lost ? event.outcome : null;
      endings = [...endings.slice(-(ENDINGS - 1)), { row: attempt.row, lost }];
    }
    const { failedProbes } = breaker;
    if (!breaker.note(event.number, sign, clock.elapsed())) return;
    if (breaker.state === "closed") endings = [];
    else if (breaker.state === "open" && breaker.failedProbes === failedProbes && failedProbes > 0) return;
    announce();
  }

  function announce(): void {
    if (!breaker) return;
    const { state, failedProbes } = breaker;
    const cause = describeLosses(study.space, endings);
    const message =
      state === "closed"
        ? "a trial has worked: trials start again"
        : state === "dead"
          ? `${failedProbes} probes have failed as well: the run ends; ${cause}`
          : failedProbes > 0
            ? `probe ${failedProbes} has failed as well; another trial probes soon`
            : `${cause}: no trial starts for now; one probes soon (--breaker off goes on regardless)`;
    const recorded = owned.event("breaker", null, { state, message });
    recorded.then(() => study.events.emit({ kind: "breaker", state, message })).catch(fail);
  }

  return {
    get state() {
      return breaker?.state ?? "off";
    },
    get isDead() {
      return breaker?.state === "dead";
    },
    /** Whether it is open. The loop then has to ask again from time to time, because nothing else wakes it. */
    get isResting() {
      return breaker?.state === "open";
    },
    mayStart: (): boolean => breaker?.mayStart(clock.elapsed()) ?? true,
    learn(event: StudyEvent, attempt: Attempt | null): void {
      if (event.kind === "trial-started") breaker?.started(event.number, clock.elapsed());
      else if (event.kind === "trial-interrupted") breaker?.forget(event.number);
      else if (event.kind === "trial-ended") count(event, attempt);
    },
  };
}

export type Breaker = ReturnType<typeof openBreaker>;
