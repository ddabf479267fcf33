import type { StudyRow } from "../../store/records.ts";
import { conditionsOf } from "../conditions.ts";
import type { StudyJson } from "../list.ts";
import { toIso } from "../study.ts";
import { headOf } from "./column.ts";
import { columnHeads } from "./column-heads.ts";
import type { StudyColumns } from "./columns.ts";
import type { StudyHeadJson } from "./page.ts";

/**
 * What a page must know of a study first.
 *
 * @param columns - The trials in memory; null while they are not read yet: the version is then 0.
 */
export function studyHead(
  study: StudyRow,
  { state, trials }: Pick<StudyJson, "state" | "trials">,
  columns: StudyColumns | null,
): StudyHeadJson {
  const { name, directions, splitCount, space, settings, limits, sampler, pruner, seed, createdAtMs } = study;
  return {
    study: name,
    state,
    directions,
    splits: splitCount,
    target: study.trials,
    trials,
    params: space.params.map((param) => ({
      name: param.name,
      distribution: param.distribution,
      when: conditionsOf(space, param.when),
    })),
    ...{ settings, limits, sampler, pruner, seed },
    createdAt: toIso(createdAtMs),
    columns: columns ? [...columns.columns.values()].map(headOf) : columnHeads(study),
    version: columns?.version ?? 0,
  };
}
