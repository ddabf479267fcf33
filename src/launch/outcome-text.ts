import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { isFeasible } from "../core/search/constraints.ts";
import type { RuleFigure } from "../core/search/stop-rule.ts";
import type { Unparked } from "../core/search/unparked.ts";
import type { Detail, FailReason, Outcome, PruneReason } from "../core/trial.ts";
import { formatDuration, formatSize, formatValue } from "../core/units.ts";
import type { TrialJson } from "../report/trial.ts";

/** That a stop rule holds, and what follows. */
export function stopRuleText({ rule, text, running }: RuleFigure & { readonly running: number }): string {
  const rest =
    running === 0
      ? ""
      : running === 1
        ? ", the one that runs is completed"
        : `, ${running} that run are completed`;
  return `stop rule ${rule} holds: ${text}: no new trial starts${rest}`;
}

/** Which trials are taken up again that their race had stopped. */
export function unparkedNote(numbers: readonly number[]): string {
  if (numbers.length === 0) return "no trial is taken up again: the pruner would stop each of them now, too";
  const those = numbers.length === 1 ? `trial ${numbers[0]} is` : `trials ${numbers.join(", ")} are`;
  return `${those} taken up again: the pruner would not stop ${numbers.length === 1 ? "it" : "them"} now`;
}

/** Why a trial was cut short, and when it goes on. @param lostOn - The machine that is gone; null: it was not that. */
export function interruptedText(lostOn: string | null): string {
  return lostOn === null
    ? "interrupted: it waits for resume"
    : `interrupted: its machine ${lostOn} is gone, and it starts again`;
}

/** That a trial was taken up again, such as `taken up again after 2 splits, when 0.87 was expected of it`. */
export function unparkedText({ splits, estimate }: Unparked): string {
  return `taken up again after ${splits === 1 ? "1 split" : `${splits} splits`}, when ${formatValue(estimate)} was expected of it`;
}

/** How a trial ended, in words, such as `pruned: memory limit exceeded: 12.05 GB > 12.00 GB during split 2`. */
export function endText(outcome: Outcome): string {
  if (outcome.state === "complete") {
    return `complete: ${outcome.values.map(formatValue).join(", ")}${isFeasible(outcome.constraints) ? "" : " (breaks its constraints)"}`;
  }
  const { reason, detail } = outcome;
  const during =
    typeof detail.during === "string" ? ` during ${detail.during}`.replace("during before", "before") : "";
  if (outcome.state === "fail") {
    const { error: thrown } = outcome;
    const line = thrown?.message.split("\n")[0];
    const error = thrown ? (thrown.name === "thrown" ? line : `${thrown.name}: ${line}`) : factText(detail);
    const place = thrown?.stack ? placeOf(thrown.stack) : null;
    return `failed: ${reason}${error ? `: ${error}` : ""}${place ? ` (${place})` : ""}${during}`;
  }
  if (reason === "memory-limit")
    return `pruned: memory limit exceeded: ${bytes(detail.seenBytes)} > ${bytes(detail.limitBytes)}${during}`;
  if (reason === "memory-reserve") {
    return `pruned: memory reserve reached: ${bytes(detail.availableBytes)} available < ${bytes(detail.reserveBytes)}, the trial held ${bytes(detail.rssBytes)}`;
  }
  if (reason === "split-timeout" || reason === "trial-timeout") {
    const name = reason.replace("-", " ");
    const rung =
      detail.rung === "sigkill"
        ? " (host killed)"
        : detail.rung === "terminate"
          ? " (worker terminated)"
          : "";
    return `pruned: ${name}: ${formatDuration(Number(detail.elapsedMs))} > ${formatDuration(Number(detail.limitMs))}${rung}`;
  }
  if (reason === "not-finite") return `pruned: not finite: ${String(detail.value)}${during}`;
  if (typeof detail.estimate === "number")
    return `pruned: ${String(detail.pruner)}: estimated ${estimateText(detail)}, trial ${String(detail.incumbent)} is better`;
  return `pruned: ${reason}: ${factText(detail)}`;
}

/** The estimate of a pruned trial with its interval, such as `0.87 [0.83, 0.91] after 2 splits`. */
export function estimateText({ estimate, estimateLow, estimateHigh, splits }: Detail): string {
  const [value, low, high] = [estimate, estimateLow, estimateHigh].map((each) => formatValue(Number(each)));
  return `${value} [${low}, ${high}] after ${splits === 1 ? "1 split" : `${String(splits)} splits`}`;
}

function bytes(value: Detail[string] | undefined): string {
  return typeof value === "number" ? formatSize(value) : "?";
}

function factText(detail: Detail): string {
  return Object.entries(detail)
    .filter(([key]) => key !== "during")
    .map(([key, value]) => `${key} ${typeof value === "number" ? formatValue(value) : String(value)}`)
    .join(", ");
}

/** The folder of Belay's own code. */
const OWN = fileURLToPath(new URL("../", import.meta.url));

/** The place in the study's own code from which an error comes, as `study.ts:8:30`; null when its stack does not say. */
function placeOf(stack: string): string | null {
  for (const [, url, at] of stack.matchAll(
    /^\s+at .*?\(?((?:file:\/\/)?\/[^()\n]+?|[A-Za-z]:[^()\n]+?):(\d+:\d+)\)?$/gm,
  )) {
    const file = url!.startsWith("file:") ? fileURLToPath(url!) : url!;
    if (file.startsWith(OWN) || /[\\/]node_modules[\\/]/.test(file)) continue;
    const fromHere = relative(process.cwd(), file);
    return `${fromHere.startsWith("..") ? file : fromHere}:${at}`;
  }
  return null;
}

/** The recorded outcome of a trial; null for one that has not ended. */
export function recordedOutcome(trial: TrialJson): Outcome | null {
  const { state, values, constraints, reason, error } = trial;
  const detail = trial.detail ?? {};
  if (state === "complete") return { state, values, constraints };
  if (state === "pruned") return { state, reason: reason as PruneReason, detail };
  return state === "fail" ? { state, reason: reason as FailReason, detail, error } : null;
}
