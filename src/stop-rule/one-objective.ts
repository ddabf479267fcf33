import type { StoppedStudy } from "../core/search/stop-rule.ts";

/** Why a rule about the best value can never hold in this study; null if the study has one objective. */
export function oneObjective({ directions }: StoppedStudy): string | null {
  return directions.length > 1 ? "values of several objectives have no order, so there is no best one" : null;
}
