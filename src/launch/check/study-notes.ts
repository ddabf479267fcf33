import { idleRuleNotes } from "../../core/search/stop-rule.ts";
import { makeStopRules } from "../../stop-rule/registry.ts";
import type { ReadyStudy } from "../prepare.ts";
import { noteOnPruner } from "../study-pruner.ts";

/**
 * What people should know of the pruner of a study, and of stop rules that can never end it, a line for each.
 *
 * @param pruner - The one that judges, as text: of a study that exists already, the one in its row.
 */
export function studyNotes({ manifest, settings, ready }: ReadyStudy, pruner: string): string[] {
  const { splitCount } = ready;
  const note = noteOnPruner(pruner, manifest, splitCount);
  const rules = makeStopRules("stop", settings.stop);
  return [
    ...(note === null ? [] : [note]),
    ...idleRuleNotes(rules, { directions: manifest.directions, splitCount }),
  ];
}
