import { BelayError } from "../core/error.ts";
import type { Distribution } from "../core/space/distribution.ts";
import { describe } from "../core/space/distribution.ts";
import type { Space, SpaceParam } from "../core/space/space.ts";
import type { StudyManifest } from "../core/study.ts";
import { IMPORTED } from "../store/imported.ts";
import type { StudyRow } from "../store/records.ts";
import { launchAnew, sameAgain } from "./advice.ts";

/** A difference between a study at its launch and its file now. */
export interface Difference {
  /** `never`: trials before and after cannot be compared. `asked`: the study goes on with `--accept-changes`. */
  readonly allowed: "never" | "asked";
  /** What differs, and its consequence, for people. */
  readonly text: string;
}

/** The differences in what the study file declares, and in its code. */
export function declaredChanges(
  study: Pick<StudyRow, "directions" | "space" | "codeHash">,
  manifest: Pick<StudyManifest, "directions" | "space">,
  codeHash: string,
): Difference[] {
  const changes: Difference[] = [];
  if (study.directions.join() !== manifest.directions.join()) {
    const text = `directions were ${study.directions.join(", ")} and are ${manifest.directions.join(", ")}: values cannot be compared`;
    changes.push({ allowed: "never", text });
  }
  // Nobody declared the conditions of an imported space: they were found in its trials.
  const found = spaceChanges(study.space, manifest.space, study.codeHash === IMPORTED ? "asked" : "never");
  changes.push(...found);
  if (codeHash !== study.codeHash) {
    const hashes = `${study.codeHash.slice(0, 8)} is now ${codeHash.slice(0, 8)}`;
    const text = `code ${hashes}: new values may not compare with old ones (each attempt keeps the hash of its code)`;
    changes.push({ allowed: "asked", text });
  }
  return changes;
}

/** The differences in the splits. */
export function splitChanges(
  study: Pick<StudyRow, "splitCount" | "splitHash">,
  now: Pick<StudyRow, "splitCount" | "splitHash">,
): Difference[] {
  if (now.splitCount !== study.splitCount) {
    const text = `splits were ${study.splitCount} and are ${now.splitCount}: values cannot be compared`;
    return [{ allowed: "never", text }];
  }
  if (now.splitHash === study.splitHash) return [];
  const text =
    "splits hold other rows: new values may not compare with old ones, and a trial that was cut short has some of both";
  return [{ allowed: "asked", text }];
}

/** A resume of a study whose file may have changed. */
export interface Acceptance {
  readonly db: string;
  readonly study: string;
  readonly file: string;
  /** Whether the differences that can be accepted are. */
  readonly accepted: boolean;
  /** The command that was typed, for advice. */
  readonly typed: readonly string[];
}

/**
 * Refuses differences that cannot be accepted, or were not.
 *
 * @returns a line for each difference that was accepted.
 * @throws BelayError `study`: one line that names all refused differences.
 */
export async function acceptChanges(
  { db, study, file, accepted, typed }: Acceptance,
  changes: readonly Difference[],
): Promise<string[]> {
  const refused = changes.filter(({ allowed }) => allowed === "never" || !accepted);
  if (refused.length === 0) return changes.map(({ text }) => `accepted: ${text}`);
  const anew = `${await launchAnew(db, study, file)} begins anew`;
  const goOn = `${sameAgain(typed, "--accept-changes")} goes on all the same`;
  const advice = refused.some(({ allowed }) => allowed === "never") ? anew : `${goOn}, ${anew}`;
  const all = refused.map(({ text }) => text).join("; ");
  throw new BelayError("study", `study ${study}: ${file} has changed since the launch: ${all}; ${advice}`);
}

function spaceChanges(before: Space, now: Space, conditions: Difference["allowed"]): Difference[] {
  const changes: Difference[] = [];
  const find = (space: Space, name: string) => space.params.find((param) => param.name === name);
  for (const old of before.params) {
    const param = find(now, old.name);
    if (param) changes.push(...paramChanges([before, old], [now, param], conditions));
    else changes.push({ allowed: "never", text: `space.${old.name} is gone: old params do not fit` });
  }
  for (const { name } of now.params)
    if (!find(before, name))
      changes.push({ allowed: "never", text: `space.${name} is new: old trials have no value of it` });
  const order = (space: Space): string => space.params.map(({ name }) => name).join();
  if (changes.length === 0 && order(before) !== order(now))
    changes.push({ allowed: "asked", text: "space has another order: the next proposals differ" });
  return changes;
}

function paramChanges(
  [before, old]: readonly [Space, SpaceParam],
  [now, param]: readonly [Space, SpaceParam],
  conditions: Difference["allowed"],
): Difference[] {
  const changes: Difference[] = [];
  const [was, is] = [old.distribution, param.distribution];
  if (conditionsOf(before, old) !== conditionsOf(now, param))
    changes.push({
      allowed: conditions,
      text: `space.${old.name} has other conditions: it was active in other trials`,
    });
  if (JSON.stringify(was) === JSON.stringify(is)) return changes;
  const difference = `space.${old.name} was ${describe(was)} and is ${describe(is)}`;
  const text = holdsAll(was, is)
    ? `${difference}: every old value is still possible`
    : `${difference}: old values do not fit`;
  changes.push({ allowed: holdsAll(was, is) ? "asked" : "never", text });
  return changes;
}

/** The conditions of a param by names and values, because the same condition has other indexes in another space. */
function conditionsOf(space: Space, { when }: SpaceParam): string {
  const shown = when.map(({ parent, values }) => {
    const { name, distribution } = space.params[parent]!;
    const choices =
      distribution.kind === "categorical" ? values.map((value) => distribution.choices[value]) : values;
    return JSON.stringify([name, choices]);
  });
  return shown.sort().join();
}

/** Whether every value of `was` is a value of `is`. */
function holdsAll(was: Distribution, is: Distribution): boolean {
  if (was.kind === "categorical" || is.kind === "categorical")
    return (
      was.kind === is.kind &&
      was.kind === "categorical" &&
      is.kind === "categorical" &&
      was.choices.every((choice) => is.choices.includes(choice))
    );
  if (was.kind !== is.kind || is.low > was.low || is.high < was.high) return false;
  if (is.step === null) return true;
  if (was.step === null) return false;
  const isWhole = (value: number): boolean => Math.abs(value - Math.round(value)) < 1e-9;
  return isWhole(was.step / is.step) && isWhole((was.low - is.low) / is.step);
}
