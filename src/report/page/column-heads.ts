import { REASONS, TRIAL_STATES } from "../../core/trial.ts";
import type { Field } from "../../store/filter.ts";
import type { StudyRow } from "../../store/records.ts";
import { wordType } from "./column.ts";
import type { ColumnHead } from "./page.ts";

/** The fields that a row is made of, in the order in which `write` takes them. */
export function trialFields({ directions, space }: StudyRow): Field[] {
  return [
    ...(["number", "state", "reason", "proposer", "estimate", "violation", "attempts"] as const).map(
      (name): Field => ({ name }),
    ),
    ...(["startedAtMs", "finishedAtMs", "durationMs", "invalid"] as const).map((name): Field => ({ name })),
    ...(["memory.baselineBytes", "memory.peakBytes", "memory.rssBytes"] as const).map(
      (name): Field => ({ name }),
    ),
    ...directions.map((_, index): Field => ({ name: "values", index })),
    ...space.params.map(({ name }): Field => ({ name: "params", key: name })),
  ];
}

/** The columns of the first fields. */
export const FIXED = [
  "number",
  "state",
  "reason",
  "proposer",
  "estimate",
  "violation",
  "attempts",
  "startedAtMs",
  "finishedAtMs",
  "durationMs",
  "invalid",
  "baselineBytes",
  "peakBytes",
  "finalBytes",
] as const;

/** The heads of a study's columns in the order in which they travel; the words of `proposer` are those seen so far. */
export function columnHeads(study: StudyRow, proposers: readonly string[] = []): ColumnHead[] {
  const numbers = FIXED.slice(4).map(
    (name): ColumnHead => ({ name, type: name === "attempts" ? "i4" : name === "invalid" ? "u1" : "f8" }),
  );
  return [
    { name: "number", type: "i4" },
    { name: "state", type: "u1", words: TRIAL_STATES },
    { name: "reason", type: "u1", words: REASONS },
    { name: "proposer", type: "u1", words: proposers },
    ...numbers,
    ...study.directions.map((_, k): ColumnHead => ({ name: `value.${k}`, type: "f8" })),
    ...study.space.params.map(({ name, distribution }): ColumnHead => {
      if (distribution.kind !== "categorical") return { name: `param.${name}`, type: "f8" };
      const words = distribution.choices.map((choice) => JSON.stringify(choice));
      return { name: `param.${name}`, type: wordType(words.length), words };
    }),
    { name: "splits", type: "i4" },
    ...Array.from(
      { length: study.splitCount },
      (_, split): ColumnHead => ({
        name: `split.${split}`,
        type: "f4",
      }),
    ),
  ];
}
