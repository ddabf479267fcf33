import type { StudyHeadJson } from "../../../../report/page/page.ts";
import type { Cells } from "../../data/frame.ts";
import type { StudyData } from "../../state/study-data.ts";
import {
  type Objective,
  objectiveName,
  type Param,
  type Trials,
  type WordColumn,
} from "../drawing/trials.ts";
import { validOf } from "../drawing/valid.ts";
import { foundIn } from "./analysis.tsx";

/** A column that has arrived; null while it has not, and if the study has none of that name. */
export function cellsOf(data: StudyData, name: string): Cells | null {
  return data.column(name).value ?? null;
}

function wordsOf(data: StudyData, name: string): WordColumn | null {
  const cells = cellsOf(data, name);
  return cells && { cells, words: data.words(name) };
}

/** The columns that every plot needs; null until they are there. Invalid trials are shown only if the filter names them. */
export function trialsOf(data: StudyData): Trials | null {
  const numbers = cellsOf(data, "number");
  const states = wordsOf(data, "state");
  const reasons = wordsOf(data, "reason");
  const violations = cellsOf(data, "violation");
  const invalid = cellsOf(data, "invalid");
  const shown = data.visible.value;
  const visible = /\binvalid\b/.test(data.where.value) ? shown : validOf(shown, invalid);
  return numbers && states && reasons && { numbers, states, reasons, violations, visible };
}

/** An objective of a study; null until it is there. */
export function objectiveOf(data: StudyData, { directions }: StudyHeadJson, index: number): Objective | null {
  const values = cellsOf(data, `value.${index}`);
  const direction = directions[index];
  return values && direction ? { name: objectiveName(directions, index), direction, values } : null;
}

/** The params of a study that have arrived, the most important first if that is known. */
export function paramsOf(
  data: StudyData,
  { params }: StudyHeadJson,
  most: number,
): (Param & { readonly importance: number | null })[] {
  const ordered = byImportance(data, params).slice(0, most);
  return ordered.flatMap(({ name, distribution, importance }) => {
    const cells = cellsOf(data, `param.${name}`);
    return cells ? [{ name, distribution, cells, importance }] : [];
  });
}

/** The params of a study, the most important first; in their own order until that is known. */
export function byImportance(data: StudyData, params: StudyHeadJson["params"]) {
  const found = foundIn(data.analysis("importance").value)?.importance ?? [];
  const shares = new Map(found.map(({ param, importance }) => [param, importance]));
  return params
    .map((param) => ({ ...param, importance: shares.get(param.name) ?? null }))
    .sort((a, b) => (b.importance ?? 0) - (a.importance ?? 0));
}
