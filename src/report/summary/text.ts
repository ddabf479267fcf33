import type { Direction } from "../../core/search/direction.ts";
import { formatMegabytes, formatSize, formatSpan, formatTrials, formatValue } from "../../core/units.ts";
import { commandOn } from "../../store/command-line.ts";
import type { BestPart, GainPart } from "./best.ts";
import type { LossPart } from "./losses.ts";
import type { MachinePart } from "./machine.ts";
import type { Proposal } from "./proposal.ts";
import type { StatePart } from "./state.ts";

/** A summary without its text. */
export interface SummaryParts {
  readonly study: string;
  /** When this was true. */
  readonly at: string;
  readonly directions: readonly Direction[];
  readonly state: StatePart;
  readonly best: BestPart;
  readonly gain: GainPart;
  readonly losses: LossPart;
  readonly machine: MachinePart;
  readonly next: Proposal;
}

/** One of the six lines of a summary. */
export interface SummaryLine {
  readonly topic: "state" | "best" | "gain" | "losses" | "machine" | "next";
  readonly text: string;
  /** What to type to see more, or to do it; null where there is nothing to type. */
  readonly command: string | null;
}

/** The six lines of a summary, the same in the terminal, in a message and on a page. @param file - The database. */
export function summaryLines(parts: SummaryParts, file: string): SummaryLine[] {
  const { study, state, best, gain, losses, machine, next } = parts;
  const line = (
    topic: SummaryLine["topic"],
    text: string,
    name: string | null,
    trial?: number,
  ): SummaryLine => {
    const words = trial === undefined ? [] : [String(trial)];
    return { topic, text, command: name === null ? null : commandOn(file, name, study, ...words) };
  };
  return [
    line("state", stateText(state), state.state === "interrupted" ? "resume" : "show"),
    line("best", bestText(best), best.best ? "show" : best.front ? "best" : null, best.best?.number),
    line("gain", gainText(parts), gain.baseline ? "show" : null, gain.baseline?.number),
    line("losses", lossText(losses), losses.trials > 0 ? "kills" : null),
    line("machine", machineText(machine), "memory"),
    { topic: "next", ...next },
  ];
}
/** A long time in days, a shorter one as `formatSpan` shows it. */
function spanText(ms: number): string {
  const days = Math.floor(ms / 86_400_000);
  return days < 2 ? formatSpan(ms) : `${days} days`;
}

const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %`;

/** A longer silence of the process that runs a study is told. */
const SILENT_MS = 60_000;

/** What a study does, and how long it has to go. */
export function stateText(part: StatePart): string {
  const { state, finished, target, owner, lastSignMs, activeMs, leftMs } = part;
  const far = `${finished} of ${formatTrials(target)}`;
  if (owner) {
    const where = `by pid ${owner.pid}${owner.silentMs > SILENT_MS ? ` of ${owner.hostname}, silent for ${spanText(owner.silentMs)}` : ""}`;
    if (state === "paused") return `paused ${where}: ${far}`;
    const left = leftMs === null ? "no pace yet" : `about ${spanText(leftMs)} left`;
    return `running ${where}: ${far}, ${left}`;
  }
  if (state === "interrupted") {
    const seen = lastSignMs === null ? "" : `, last seen ${spanText(lastSignMs)} ago`;
    return `interrupted: its process has died${seen}; ${far}`;
  }
  const ago = part.endedAt === null || part.endedMs === null ? "" : ` ${spanText(part.endedMs)} ago`;
  const why = state === "converged" && part.endDetail ? ` (${String(part.endDetail.text)})` : "";
  return `${END[state] ?? state}${ago} after ${formatSpan(activeMs)}: ${far}${why}`;
}

/** How a run ended, in words. */
const END: Readonly<Record<string, string>> = {
  target: "target reached",
  timeout: "out of time",
  exhausted: "all params tried",
  breaker: "ended by the breaker",
};

function bestText({ best, front, agoMs, since, infeasible }: BestPart): string {
  const when =
    agoMs === null || since === null
      ? ""
      : `, ${spanText(agoMs)} ago, ${since === 0 ? "in the last trial" : `${formatTrials(since)} ago`}`;
  if (front && front.trials > 0) {
    const { value, reference } = front.hypervolume;
    const volume =
      value === null
        ? ""
        : `, hypervolume ${formatValue(value)} up to (${reference!.map(formatValue).join(", ")})`;
    return `a front of ${formatTrials(front.trials)}${volume}; last grown by trial ${front.newest}${when}`;
  }
  if (best) {
    const spread =
      best.sd === null ? "" : ` ± ${formatValue(Number(best.sd.toPrecision(2)))} over ${best.splits} splits`;
    const gain = best.gain === null ? "" : `, better by ${formatValue(Number(best.gain.toPrecision(2)))}`;
    return `${formatValue(best.value)}${spread}: trial ${best.number}${when}${gain}`;
  }
  if (infeasible > 0)
    return `none: all ${formatTrials(infeasible)} that are complete break their constraints`;
  return "none: no trial is complete yet";
}

const BASELINES = { defaults: "the defaults", enqueued: "the first enqueued", first: "the first" } as const;

function gainText({ best, gain }: SummaryParts): string {
  const { baseline, bySplits, isMoreThanNoise, dominating } = gain;
  if (!baseline) return "nothing to compare with yet";
  const than = `${BASELINES[baseline.kind]} (trial ${baseline.number}, ${baseline.values.map(formatValue).join(", ")})`;
  if (dominating !== null) {
    if (dominating === 0) return `no trial of the front beats ${than}`;
    return `${formatTrials(dominating)} of the front ${dominating === 1 ? "beats" : "beat"} ${than}`;
  }
  if (gain.gain === null || !best.best) return `no trial is better than ${than}`;
  const amount = `better than ${than} by ${formatValue(gain.gain)}`;
  if (!bySplits || isMoreThanNoise === null) return `${amount}; without several splits it may be noise`;
  const bounds = [bySplits.low!, bySplits.high!].map((bound) => formatValue(Number(bound.toPrecision(3))));
  const verdict = isMoreThanNoise ? "more than noise" : "that may be noise";
  return `${amount} [${bounds.join(", ")}] with 95 %: ${verdict}`;
}

function lossText({ trials, timeMs, share, most }: LossPart): string {
  if (trials === 0) return "no trial was lost to limits or errors";
  const size = `${share === null ? "" : `${percent(share)} of the time lost, `}${formatSpan(timeMs)} in ${formatTrials(trials)}`;
  if (!most) return size;
  const last = most.ofLast === null ? "" : ` of the last ${most.ofLast} trials`;
  return `${size}; ${most.reason}: ${most.rule ?? `${most.count}, no pattern`}${last}`;
}

function machineText({ peakBytes, limitBytes, availableBytes, leak, freeBytes }: MachinePart): string {
  const limit = limitBytes === null ? "" : ` of ${formatSize(limitBytes)} allowed`;
  const leaks =
    leak.verdict === "leaking"
      ? `leaking ${formatMegabytes(leak.bytesPerTrial ?? 0)} MB a trial`
      : leak.verdict === "stable"
        ? "no leak"
        : "too few trials to see a leak";
  return [
    peakBytes === null ? "memory not measured" : `memory ${formatSize(peakBytes)}${limit}`,
    ...(availableBytes === null ? [] : [`${formatSize(availableBytes)} available`]),
    leaks,
    ...(freeBytes === null ? [] : [`${formatSize(freeBytes)} free on the disk`]),
  ].join(", ");
}
