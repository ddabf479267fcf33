import type { StoppedStudy } from "../core/search/stop-rule.ts";

/** Why a rule about the best value cannot hold in a study of several objectives; null for one. */
export function oneObjective({ directions }: StoppedStudy): string | null {
  return directions.length > 1 ? "values of several objectives have no order, so there is no best one" : null;
}
