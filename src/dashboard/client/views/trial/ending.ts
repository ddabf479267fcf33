import type { Reason } from "../../../../core/trial.ts";
import type { TrialDetailJson } from "../../../../report/show.ts";
import { anyText, bytesText, spanText } from "../../state/format.ts";

/** What each reason means, where its word alone may not tell. */
const MEANINGS: Readonly<Partial<Record<Reason, string>>> = {
  "split-timeout": "a split took longer than it may",
  "trial-timeout": "the trial took longer than it may",
  "memory-limit": "it held more memory than it may",
  "memory-reserve": "the machine was short of memory, and this trial was the largest",
  "not-finite": "a value was no finite number",
  error: "`train` threw an error, or returned no number",
  exit: "its worker ended without a result",
  heap: "the heap of its worker was full",
  crash: "a signal ended its process",
  setup: "import, data or splits failed",
  stopped: "a person stopped it",
  interrupted: "too many of its attempts were cut short",
};

/** How a trial ended that a guard, an error or a person ended, in a sentence; null for all others. */
export function endingText({ reason, detail }: Pick<TrialDetailJson, "reason" | "detail">): string | null {
  const meaning = reason && MEANINGS[reason];
  if (!meaning) return null;
  const { elapsedMs, seenBytes, limitMs, limitBytes, during } = detail ?? {};
  const seen =
    typeof elapsedMs === "number" && typeof limitMs === "number"
      ? `${spanText(elapsedMs)} of ${spanText(limitMs)}`
      : typeof seenBytes === "number" && typeof limitBytes === "number"
        ? `${bytesText(seenBytes)} of ${bytesText(limitBytes)}`
        : null;
  const facts = [seen, typeof during === "string" ? `during ${during}` : null].filter(Boolean);
  return facts.length === 0 ? meaning : `${meaning}: ${facts.join(", ")}`;
}

/** The name and the text of a fact about a trial: a number of milliseconds or bytes has its unit in its name. */
export function factText(name: string, value: unknown): readonly [name: string, text: string] {
  if (typeof value === "number" && name.endsWith("Ms")) return [name.slice(0, -2), spanText(value)];
  if (typeof value === "number" && name.endsWith("Bytes")) return [name.slice(0, -5), bytesText(value)];
  return [name, anyText(value)];
}
