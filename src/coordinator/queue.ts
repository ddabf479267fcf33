import type { WaitingTrial } from "../store/records.ts";
import { type Proposing, propose, startAttempt } from "./ask.ts";
import { type Asked, openAsking } from "./asking.ts";
import type { RunControl } from "./control.ts";
import type { Convergence } from "./convergence.ts";
import type { Proposal } from "./proposal.ts";
import type { Attempt } from "./running-attempts.ts";
import type { Scheduler } from "./scheduler.ts";
import type { RunningStudy } from "./study.ts";

/** At most this many proposals wait for memory: each was chosen knowing fewer outcomes than it could have. */
const MOST_HELD = 16;
/** So many trials may always overtake a proposal that waits for memory. */
const LEAST_PATIENCE = 4;

/** The parts of the study that the queue uses. */
type Queued = Asked &
  Proposing &
  Pick<RunningStudy, "owned" | "splitCount" | "splitOrder" | "held" | "finished" | "round">;

/**
 * Chooses what starts next: trials that wait for their next attempt, then what the sampler proposes. A proposal that
 * does not fit into the memory waits, and smaller ones may overtake it until it has been overtaken often enough: then
 * nothing starts before it on any machine on which it could run.
 */
export function trialQueue(
  study: Queued,
  waiting: WaitingTrial[],
  scheduler: Pick<Scheduler, "capacity" | "limitsOf">,
  convergence: Pick<Convergence, "bars">,
  control: Pick<RunControl, "wake">,
) {
  const { held } = study;
  const { capacity } = scheduler;
  const asking = openAsking(study, control);

  function isWanted(running: number): boolean {
    const next = waiting[0];
    if (study.round) return next !== undefined && study.round.members.has(next.number);
    // A trial that goes on was proposed when what it is to see had been told; an enqueued one has to wait for that too.
    const isReady = (next?.attempts ?? 0) > 0 || study.history.ready(next?.number ?? study.nextNumber);
    return isReady && study.finished + running + held.length < study.trials;
  }

  /** The new trial that a stop rule keeps from starting; null: none does. What was asked for before is completed. */
  function barred(running: number): number | null {
    const next = waiting[0];
    if (!isWanted(running) || (next && (next.attempts > 0 || !next.enqueued))) return null;
    const number = next?.number ?? study.nextNumber;
    return convergence.bars(number) ? number : null;
  }

  const hasMore = (running: number): boolean => isWanted(running) && barred(running) === null;

  function start(proposal: Proposal, machine: string, after: Promise<unknown>): Attempt {
    for (const other of held)
      if (other.number < proposal.number && capacity.couldRun(other.row, machine)) other.overtaken++;
    return startAttempt(study, proposal, { limits: scheduler.limitsOf(proposal.row), machine }, after);
  }

  /** Whether no other trial may start before this one any more on a machine on which it could run. */
  function isImpatient({ row, overtaken }: Proposal): boolean {
    return overtaken >= LEAST_PATIENCE && overtaken >= 2 * capacity.slotsFor(row);
  }

  async function hold(proposal: Proposal): Promise<void> {
    held.push(proposal);
    // The proposal becomes a row like any other waiting trial, so that `show` and a resume see it.
    if (!proposal.waiting) await study.owned.enqueue(proposal.params, { proposed: proposal.origin });
  }

  return {
    /** Whether there is a trial to start, or one that was held and may fit now. */
    isOpen: (running: number): boolean => held.length > 0 || hasMore(running),
    /** Forgets an answer of the sampler that is awaited, because no trial may start now. */
    drop: asking.drop,
    /** The number of the new trial that is all that could start, and that a stop rule keeps from it; null: none. */
    barred: (): number | null => (held.length > 0 ? null : barred(0)),
    /**
     * Starts the next trial; its start is recorded `after` the ends of those before it. null: every proposal has to wait, or
     * the sampler's answer is awaited; `exhausted`: the sampler has nothing more to propose.
     */
    async next(running: number, after: Promise<unknown>): Promise<Attempt | "exhausted" | null> {
      const placement = capacity.placing();
      const before: Float64Array[] = []; // the params of proposals that have waited long enough
      const place = (proposal: Proposal): string | null => {
        const answer = placement(proposal.row, before);
        if (answer.admit) return answer.machine;
        proposal.refused = answer;
        return null;
      };
      for (const [i, proposal] of held.entries()) {
        const machine = place(proposal);
        if (machine !== null) {
          held.splice(i, 1);
          return start(proposal, machine, after);
        }
        if (isImpatient(proposal)) before.push(proposal.row);
        if (before.length > 0 && !capacity.hasRoomBeside(before)) return null;
      }
      const most = Math.max(1, Math.min(MOST_HELD, Math.ceil(capacity.slots / 4)));
      while (held.length < most && hasMore(running)) {
        const next = waiting[0] ?? null;
        const proposal = propose(study, asking, next);
        if (proposal === "later") return null;
        if (next) waiting.shift();
        if (!proposal) return held.length > 0 ? null : "exhausted";
        const machine = place(proposal);
        if (machine !== null) return start(proposal, machine, after);
        await hold(proposal);
      }
      return null;
    },
  };
}
