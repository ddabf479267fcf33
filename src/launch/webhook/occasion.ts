import type { StudyEnd } from "../../store/records.ts";
import type { Trouble } from "./trouble.ts";

/** What a message is about. */
export interface Occasion {
  /**
   * `finished`: the run has ended by itself; `stopped`: a person has stopped it; `interrupted`: an error has ended it;
   * `trouble`: see `trouble`.
   */
  readonly event: "finished" | "stopped" | "interrupted" | "trouble";
  /** What is wrong: `kind` is that of a trouble, or `error` for an interrupted run. null: nothing. */
  readonly trouble: { readonly kind: Trouble["kind"] | "error"; readonly text: string } | null;
}

/** The last message of a run that has ended in good order. */
export function endOccasion(state: StudyEnd): Occasion {
  if (state === "stopped") return { event: "stopped", trouble: null };
  if (state !== "breaker") return { event: "finished", trouble: null };
  const text = "the run has ended, because nearly every trial was lost";
  return { event: "trouble", trouble: { kind: "breaker", text } };
}
