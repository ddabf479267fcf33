import { sign } from "../core/search/direction.ts";
import { isLost, type Reason } from "../core/trial.ts";
import type { Field } from "../store/filter.ts";
import type { Reader } from "../store/reader.ts";
import type { StudyRow } from "../store/records.ts";
import { validOnly } from "./valid.ts";

/** How the best value came along. */
export interface BestHistoryJson {
  /** How many trials the study has begun. */
  readonly trials: number;
  /** Each trial that was better than all before it, in the order of the numbers. */
  readonly improvements: readonly { readonly number: number; readonly value: number }[];
  /** The numbers of the trials that limits or errors ended. */
  readonly lost: readonly number[];
}

const FIELDS = (["number", "state", "reason", "value", "violation"] as const).map(
  (name): Field => ({ name }),
);

/** Reads how the best value of a study with one direction came along, by the numbers of its trials. */
export async function bestHistory(reader: Reader, study: StudyRow): Promise<BestHistoryJson> {
  const flip = sign(study.directions[0]!);
  const improvements: { number: number; value: number }[] = [];
  const lost: number[] = [];
  let least = Number.POSITIVE_INFINITY;
  let trials = 0;
  for await (const page of reader.cells(study, FIELDS, validOnly({}))) {
    for (const [number, state, reason, value, violation] of page) {
      trials = Number(number) + 1;
      if (isLost(reason as Reason | null)) lost.push(Number(number));
      if (state !== "complete" || violation !== 0 || Number(value) * flip >= least) continue;
      least = Number(value) * flip;
      improvements.push({ number: Number(number), value: Number(value) });
    }
  }
  return { trials, improvements, lost };
}
