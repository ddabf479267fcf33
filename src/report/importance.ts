import { BelayError, didYouMean, show } from "../core/error.ts";
import { sign } from "../core/search/direction.ts";
import { FINISHED_STATES, isLostToGuard, type Reason } from "../core/trial.ts";
import { markBest } from "../importance/best-trials.ts";
import { pedAnova } from "../importance/ped-anova.ts";
import type { Field, FieldCell } from "../store/filter.ts";
import type { Reader } from "../store/reader.ts";
import type { StudyRow } from "../store/records.ts";
import { paramColumns, paramFields } from "./param-columns.ts";
import { filterOf, type TrialOptions } from "./query/selection.ts";
import { requireStudy } from "./study.ts";
import { validOnly } from "./valid.ts";

/** The share of trials that are the target: the best tenth, the slowest tenth. */
const TARGET_SHARE = 0.1;

/** Which params matter for a target, as `importance --json` prints it. */
export interface ImportanceJson {
  readonly study: string;
  /** `value`, `values.1`, `duration`, `memory` or `killed`. */
  readonly target: string;
  readonly evaluator: "ped-anova";
  /** How many trials have been looked at. */
  readonly trials: number;
  /** How many of them are those that the params are to set apart. */
  readonly targetTrials: number;
  /** Shares that add up to 1, the largest first; all 0 if nothing sets the target apart. */
  readonly importance: readonly { readonly param: string; readonly importance: number }[];
}

export interface ImportanceOptions extends TrialOptions {
  /** `value`, `values.1`, `duration`, `memory` or `killed`. @default value */
  readonly target?: string;
}

/** What a target looks at. */
interface Target {
  /** What it reads of each trial besides its state and its reason. */
  readonly fields: readonly Field[];
  /** What the trials that are looked at are, for people. */
  readonly ofTrials: string;
  /** The costs of a trial, of which the smallest are the target; null if the trial is not looked at. */
  readonly costs: (state: string, reason: Reason | null, cells: readonly FieldCell[]) => number[] | null;
}

/**
 * Which params matter, by conditional PED-ANOVA.
 *
 * @throws BelayError `usage`: an unknown study, target, state or reason, or a wrong expression; `store`: fewer than two
 *   trials to look at.
 */
export async function importanceOf(
  reader: Reader,
  name: string,
  options: ImportanceOptions = {},
): Promise<ImportanceJson> {
  const study = await requireStudy(reader, name);
  const wanted = options.target ?? "value";
  const target = targetOf(study, wanted);
  const { space } = study;
  const own: readonly Field[] = [{ name: "state" }, { name: "reason" }, ...target.fields];
  const params: FieldCell[][] = space.params.map(() => []);
  const costs: number[][] = [];
  for await (const page of reader.cells(
    study,
    [...own, ...paramFields(space)],
    validOnly(filterOf(study, options)),
  )) {
    for (const row of page) {
      const found = target.costs(String(row[0]), row[1] as Reason | null, row.slice(2, own.length));
      if (!found?.every(Number.isFinite)) continue;
      found.forEach((cost, k) => {
        costs[k] ??= [];
        costs[k].push(cost);
      });
      for (let i = 0; i < params.length; i++) params[i]!.push(row[own.length + i]!);
    }
  }
  const trials = costs[0]?.length ?? 0;
  if (trials < 2)
    throw new BelayError(
      "store",
      `importance: expected at least 2 ${target.ofTrials} in study ${name}, got ${trials}`,
    );
  const columns = costs.map((column) => Float64Array.from(column));
  const inTarget =
    wanted === "killed" ? Uint8Array.from(columns[0]!, (cost) => 1 - cost) : markBest(columns, TARGET_SHARE);
  const targetTrials = inTarget.reduce((sum, one) => sum + one, 0);
  const found =
    targetTrials === 0
      ? new Float64Array(params.length)
      : pedAnova(space, paramColumns(space, params), inTarget);
  const total = found.reduce((sum, one) => sum + one, 0);
  const importance = space.params
    .map(({ name: param }, i) => ({ param, importance: total > 0 ? found[i]! / total : 0 }))
    .sort((a, b) => b.importance - a.importance);
  return { study: study.name, target: wanted, evaluator: "ped-anova", trials, targetTrials, importance };
}

/** @throws BelayError `usage`: there is no such target. */
function targetOf(study: StudyRow, name: string): Target {
  const signs = study.directions.map(sign);
  const isComplete = (state: string): boolean => state === "complete";
  if (name === "value")
    return {
      fields: signs.map((_, index) => ({ name: "values", index })),
      ofTrials: "complete trials",
      costs: (state, _, cells) =>
        isComplete(state) ? cells.map((cell, k) => signs[k]! * number(cell)) : null,
    };
  const index = Number(/^values\.(\d{1,4})$/.exec(name)?.[1] ?? Number.NaN);
  if (index < signs.length)
    return {
      fields: [{ name: "values", index }],
      ofTrials: "complete trials",
      costs: (state, _, [cell]) => (isComplete(state) ? [signs[index]! * number(cell)] : null),
    };
  if (name === "duration") return largest({ name: "durationMs" }, ["split-timeout", "trial-timeout"]);
  if (name === "memory")
    return largest({ name: "memory.peakBytes" }, ["memory-limit", "memory-reserve", "heap"]);
  if (name === "killed")
    return {
      fields: [],
      ofTrials: "finished trials",
      costs: (state, reason) =>
        (FINISHED_STATES as readonly string[]).includes(state) ? [isLostToGuard(reason) ? 0 : 1] : null,
    };
  const names = targetNames(signs.length);
  throw new BelayError(
    "usage",
    `--target: expected one of ${names.join(", ")}, got ${show(name)}${didYouMean(name, names)}`,
  );
}

/** What params can matter for, in a study of so many directions. */
export function targetNames(directions: number): string[] {
  const values = Array.from({ length: directions }, (_, k) => `values.${k}`);
  return ["value", ...values, "duration", "memory", "killed"];
}

/** The trials with the most of something: complete ones, and those that were ended because of it. */
function largest(field: Field, reasons: readonly Reason[]): Target {
  return {
    fields: [field],
    ofTrials: "complete trials with that figure",
    costs: (state, reason, [cell]) =>
      state === "complete" || (reason !== null && reasons.includes(reason)) ? [-number(cell)] : null,
  };
}

/** NaN if the number is unknown, so that its trial is left out. */
function number(cell: FieldCell | undefined): number {
  return typeof cell === "number" ? cell : Number.NaN;
}
