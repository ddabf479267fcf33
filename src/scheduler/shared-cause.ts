import type { Space, SpaceParam } from "../core/space/space.ts";
import type { Outcome } from "../core/trial.ts";

/** A finished trial: its params, and how it was lost. */
export interface Ending {
  readonly row: Float64Array;
  /** The outcome of a lost trial; null if it was not lost. */
  readonly lost: Outcome | null;
}

const WORDS: Readonly<Record<string, string>> = {
  "memory-limit": "ran out of memory",
  "memory-reserve": "were taken by the memory reserve",
  "split-timeout": "had a split that took too long",
  "trial-timeout": "took too long",
  "not-finite": "returned a value that is not finite",
  error: "threw",
  exit: "ended their worker",
  heap: "ran out of V8's heap",
  crash: "crashed",
  setup: "could not be set up",
  interrupted: "lost their host or coordinator",
};

/** With fewer lost trials a shared value may be chance. */
const LEAST = 4;

/**
 * Describes in one line what lost trials have in common, such as `17 of 20 ran out of memory, all with units >= 512`.
 * The reason is the most frequent one. The condition holds for all trials lost for this reason and for few others.
 */
export function describeLosses(space: Space, endings: readonly Ending[]): string {
  const lost = endings.filter(({ lost }) => lost !== null);
  const reasons = new Map<string, Ending[]>();
  for (const ending of lost) {
    const kind = wordsOf(ending.lost!).replace(/\d+(\.\d+)?/g, "#"); // numbers differ within one cause
    reasons.set(kind, [...(reasons.get(kind) ?? []), ending]);
  }
  const [worst = []] = [...reasons.values()].sort((a, b) => b.length - a.length);
  const reason = worst[0] ? wordsOf(worst[0].lost!) : "were lost";
  const others = endings.filter((ending) => !worst.includes(ending));
  const enough = worst.length >= LEAST && others.length >= 2;
  const shared = enough ? sharedParam(space, worst, others) : null;
  const rest = lost.length - worst.length;
  const also = rest > 0 ? `, ${rest} more lost in other ways` : "";
  return `${worst.length} of ${endings.length} ${reason}${shared ? `, all with ${shared}` : ""}${also}`;
}

function wordsOf(outcome: Outcome): string {
  if (outcome.state === "complete") return "completed";
  const words = WORDS[outcome.reason] ?? outcome.reason;
  if (outcome.state !== "fail" || !outcome.error) return words;
  const { name, message } = outcome.error;
  const line = message.split("\n")[0]!;
  return `${words} (${name}: ${line.length > 80 ? `${line.slice(0, 77)}...` : line})`;
}

/** A condition on one param that all lost trials meet and most others do not; null if there is none. */
function sharedParam(space: Space, lost: readonly Ending[], others: readonly Ending[]): string | null {
  let best: { text: string; wrong: number } | null = null;
  space.params.forEach((param, i) => {
    for (const { text, holds } of conditions(param, i, lost)) {
      const wrong = others.filter(({ row }) => holds(row[i]!)).length;
      if (!best || wrong < best.wrong) best = { text, wrong };
    }
  });
  const found = best as { text: string; wrong: number } | null;
  // A condition that more than a third of the others meet too explains nothing.
  return found && found.wrong * 3 <= others.length ? found.text : null;
}

interface ParamCondition {
  readonly text: string;
  readonly holds: (value: number) => boolean;
}

/**
 * The tightest conditions on one param that hold for all lost trials: its value, a lower or upper bound, or inactive.
 */
function conditions(
  { name, distribution, when }: SpaceParam,
  i: number,
  lost: readonly Ending[],
): ParamCondition[] {
  const values = lost.map(({ row }) => row[i]!);
  const isActive = (value: number): boolean => !Number.isNaN(value);
  if (values.every((value) => !isActive(value)))
    return when.length > 0 ? [{ text: `${name} inactive`, holds: (value) => !isActive(value) }] : [];
  if (!values.every(isActive)) return [];
  if (distribution.kind === "categorical") {
    const choices = new Set(values);
    if (choices.size > 1) return [];
    return [
      {
        text: `${name} = ${String(distribution.choices[values[0]!])}`,
        holds: (value) => value === values[0],
      },
    ];
  }
  const low = Math.min(...values);
  const high = Math.max(...values);
  return [
    { text: `${name} >= ${shortNumber(low)}`, holds: (value) => value >= low },
    { text: `${name} <= ${shortNumber(high)}`, holds: (value) => value <= high },
  ];
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
