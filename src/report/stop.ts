import { TrialHistory } from "../core/search/history.ts";
import { idleRuleNotes, type RuleFigure, ruleFigures } from "../core/search/stop-rule.ts";
import { liveness } from "../machine/identity.ts";
import type { Reader } from "../store/reader.ts";
import type { StudyRow } from "../store/records.ts";

/** The stop rules of a study and their current figures. */
export interface StopJson {
  /** Each rule with its figure over all finished trials; empty for a study without rules. */
  readonly rules: readonly RuleFigure[];
  /** Why a rule can never hold in this study, a line for each. */
  readonly notes: readonly string[];
}

/** Computes the current figures of a study's stop rules from its recorded trials. */
export async function stopOf(reader: Reader, study: StudyRow, nowMs = Date.now()): Promise<StopJson> {
  const texts = study.settings.stop?.value;
  if (!Array.isArray(texts) || texts.length === 0) return { rules: [], notes: [] };
  const { makeStopRules } = await import("../stop-rule/registry.ts"); // loaded late, because most studies have no rules
  const rules = makeStopRules("stop", texts.map(String));
  const { directions, splitCount, space } = study;
  const history = new TrialHistory(space, directions.length);
  for await (const trials of reader.history(study)) for (const trial of trials) history.append(trial);
  const activeMs = study.activeMs + (await unrecordedMs(reader, study.id, nowMs));
  return {
    rules: ruleFigures(rules, { history, directions, splitCount, activeMs }),
    notes: idleRuleNotes(rules, { directions, splitCount }),
  };
}

/** How long a run has lasted that `activeMs` does not include yet, because it has not ended or its coordinator died. */
async function unrecordedMs(reader: Reader, studyId: number, nowMs: number): Promise<number> {
  const owner = await reader.owner(studyId);
  if (!owner || owner.releasedAtMs !== null) return 0;
  const lastMs = liveness(owner) === "dead" ? owner.heartbeatAtMs : nowMs;
  return Math.max(0, lastMs - owner.claimedAtMs);
}
