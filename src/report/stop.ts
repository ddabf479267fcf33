import { TrialHistory } from "../core/search/history.ts";
import { idleRuleNotes, type RuleFigure, ruleFigures } from "../core/search/stop-rule.ts";
import { liveness } from "../machine/identity.ts";
import type { Reader } from "../store/reader.ts";
import type { StudyRow } from "../store/records.ts";

/** What the stop rules of a study see. */
export interface StopJson {
  /** A rule, and its figure over all finished trials; none for a study without rules. */
  readonly rules: readonly RuleFigure[];
  /** Lines about the rules that can never hold in this study. */
  readonly notes: readonly string[];
}

/** Asks the stop rules of a study again: what they see follows from what is recorded. */
export async function stopOf(reader: Reader, study: StudyRow, nowMs = Date.now()): Promise<StopJson> {
  const texts = study.settings.stop?.value;
  if (!Array.isArray(texts) || texts.length === 0) return { rules: [], notes: [] };
  const { makeStopRules } = await import("../stop-rule/registry.ts"); // most studies have none
  const rules = makeStopRules("stop", texts.map(String));
  const { directions, splitCount, space } = study;
  const history = new TrialHistory(space, directions.length);
  for await (const trials of reader.history(study)) for (const trial of trials) history.append(trial);
  const activeMs = study.activeMs + (await underWayMs(reader, study.id, nowMs));
  return {
    rules: ruleFigures(rules, { history, directions, splitCount, activeMs }),
    notes: idleRuleNotes(rules, { directions, splitCount }),
  };
}

/** How long a run has lasted that has not ended, or that died; it comes to `activeMs` with its end, or the next claim. */
async function underWayMs(reader: Reader, studyId: number, nowMs: number): Promise<number> {
  const owner = await reader.owner(studyId);
  if (!owner || owner.releasedAtMs !== null) return 0;
  const lastMs = liveness(owner) === "dead" ? owner.heartbeatAtMs : nowMs;
  return Math.max(0, lastMs - owner.claimedAtMs);
}
