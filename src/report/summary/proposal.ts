import { formatSize, formatTrials, formatValue } from "../../core/units.ts";
import { TIGHT_DISK_BYTES } from "../../machine/disk.ts";
import { commandOn } from "../../store/command-line.ts";
import type { StudyRow } from "../../store/records.ts";
import type { BestPart } from "./best.ts";
import type { Facts } from "./facts.ts";
import type { LossPart } from "./losses.ts";
import type { MachinePart } from "./machine.ts";

/** What to do next, and what to type; null where there is nothing to type. */
export interface Proposal {
  readonly text: string;
  readonly command: string | null;
}

/** What a proposal follows from. */
interface Known extends Facts {
  readonly best: BestPart;
  readonly losses: LossPart;
  readonly machine: MachinePart;
}

/** Losses of a smaller share of the time are not worth a change. */
const WORTH = 0.1;
/** As many trials without an improvement say that more bring little: the default of the stop rule `no-improvement`. */
const FLAT_TRIALS = 50;
/** And this share of all trials, because improvements become rare in any search. */
const FLAT_SHARE = 1 / 3;
/** A leak is worth a look if a host reaches its limit within so many trials. */
const SOON = 100;

/** A proposal whose command is still in words: that of `belay`, then what follows the study's name. */
interface Idea {
  readonly text: string;
  readonly words?: readonly [string, ...string[]];
  /** A command that is written already. */
  readonly command?: string;
}

/** What to do next: what keeps the study from going on comes first, then what wastes time, then whether more trials help. */
export function proposalFor(known: Known): Proposal {
  const { text, words, command } =
    outOfOrder(known) ??
    tightDisk(known) ??
    wasted(known) ??
    leak(known) ??
    unfinished(known) ??
    moreOrEnough(known);
  const { reader, study } = known;
  if (!words) return { text, command: command ?? null };
  const [name, ...options] = words;
  return { text, command: commandOn(reader.location, name, study.name, ...options) };
}

/** What a study needs that cannot go on by itself. */
function outOfOrder({ state: { state, finished, target, trials } }: Known): Idea | null {
  if (state === "interrupted" && finished < target)
    return { text: "go on: what is recorded is kept", words: ["resume"] };
  if (state === "paused") return { text: "end the pause", words: ["resume"] };
  if (finished > 0 && trials.complete === 0)
    return { text: "find out why no trial is complete", words: ["kills"] };
  if (state === "breaker") return { text: "find out why nearly all trials were lost", words: ["kills"] };
  return null;
}

function tightDisk({ freeBytes }: Known): Idea | null {
  if (freeBytes === null || freeBytes >= TIGHT_DISK_BYTES) return null;
  return { text: `free some space: the disk has ${formatSize(freeBytes)} left` };
}

/** What to change when limits cost much time. */
function wasted({ losses, study, state }: Known): Idea | null {
  if ((losses.share ?? 0) < WORTH || losses.most === null) return null;
  const { reason } = losses.most;
  if (state.owner) {
    const change = raisedLimit(study, reason);
    return change
      ? { text: `double the limit that costs most time, ${reason}`, words: ["set", change] }
      : null;
  }
  const [advice] = losses.advice;
  if (advice) return { text: `win back what ${reason} has cost`, command: advice.command };
  return { text: `look where ${reason} comes from`, words: ["kills"] };
}

/** The change of `set` that doubles the limit that ends trials for a reason; null if it has none. */
function raisedLimit({ limits }: StudyRow, reason: string): string | null {
  const { memoryBytes, splitTimeoutMs, trialTimeoutMs } = limits;
  if (reason === "memory-limit" && memoryBytes) return `memory=${Math.ceil((2 * memoryBytes) / 1e6)}MB`;
  if (reason === "split-timeout" && splitTimeoutMs) return `splitTimeout=${2 * splitTimeoutMs}ms`;
  if (reason === "trial-timeout" && trialTimeoutMs) return `trialTimeout=${2 * trialTimeoutMs}ms`;
  return null;
}

function leak({ machine: { leak: found } }: Known): Idea | null {
  const { verdict, trialsToLimit } = found;
  if (verdict !== "leaking" || trialsToLimit === null || trialsToLimit > SOON) return null;
  return { text: "find what trials leave in memory", words: ["memory"] };
}

function unfinished({ state: { state, finished, target } }: Known): Idea | null {
  if ((state !== "stopped" && state !== "timeout") || finished >= target) return null;
  const left = target - finished;
  return {
    text: left === 1 ? "go on: one trial is left" : `go on: ${left} trials are left`,
    words: ["resume"],
  };
}

/** Whether more trials are worth their time. */
function moreOrEnough(known: Known): Idea {
  const { state, best } = known;
  const why = reached(known) ?? flatness(known);
  if (why !== null && state.owner) return { text: `end it: ${why}`, words: ["stop"] };
  if (why !== null) return { text: `no more trials: ${why}`, words: ["best"] };
  if (state.owner) return { text: "let it run" };
  const came = best.since === null ? "" : `: the best came ${formatTrials(best.since)} before the end`;
  const add = Math.max(10, Math.round(state.finished / 4));
  return { text: `more trials may help${came}`, words: ["resume", "--add", String(add)] };
}

/** Why a study has ended for good; null if it has not. */
function reached({ state: { state, endDetail } }: Known): string | null {
  if (state === "target") return "the target is reached";
  if (state === "exhausted") return "all params were tried";
  return state === "converged" ? String(endDetail?.text ?? "a stop rule holds") : null;
}

/** Why no gain is to be expected of more trials; null if some is. */
function flatness({ course, best }: Known): string | null {
  const finished = course.numbers.length;
  if (best.since === null || finished < FLAT_TRIALS) return null;
  if (best.since >= FLAT_TRIALS && best.since >= FLAT_SHARE * finished)
    return `nothing better in the last ${best.since} of ${finished} trials`;
  const { late } = best;
  if (!late || late.low === null || late.low > 0) return null;
  const bounds = [late.low, late.high!].map((bound) => formatValue(Number(bound.toPrecision(3)))).join(", ");
  return `the second half of the trials gained ${formatValue(late.better)} [${bounds}], which may be noise`;
}
