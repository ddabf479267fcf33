import { endText, recordedOutcome } from "../../launch/outcome-text.ts";
import type { NoBest } from "../../report/losses.ts";
import { commandOn } from "../../store/command-line.ts";

/** Why a study has no best trial, in words: what its trials lack, how most of them ended, and what to type. */
export interface NoBestText {
  readonly lacks: "complete" | "feasible";
  readonly text: string;
}

/** @param file - The database, as it was typed. */
export function noBestText(file: string, study: string, { complete, lost, commonest }: NoBest): NoBestText {
  if (complete > 0) {
    const columns = ["--sort", "violation", "--columns", "number,value,violation,constraints"];
    const all =
      complete === 1
        ? "the one complete trial breaks its constraints"
        : `all ${complete} complete trials break their constraints`;
    const command = commandOn(file, "query", study, "--state", "complete", ...columns);
    return { lacks: "feasible", text: `${all}; \`${command}\` shows by how much` };
  }
  const outcome = commonest && recordedOutcome(commonest.trial);
  if (!outcome) return { lacks: "complete", text: "none is over yet" };
  const command = commandOn(file, "show", study, String(commonest.trial.number));
  return {
    lacks: "complete",
    text: `${commonest.count} of ${lost} ${endText(outcome)}; \`${command}\` shows all of it`,
  };
}
