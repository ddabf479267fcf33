import { formatSpan, formatValue } from "../../../core/units.ts";
import type { RunSummary } from "../../../launch/summary.ts";
import { noBest } from "../../../report/losses.ts";
import { commandOn } from "../../../store/command-line.ts";
import { withReader } from "../../database.ts";
import { noBestText } from "../no-best-text.ts";

const EXIT: Readonly<Record<RunSummary["state"], number>> = {
  finished: 0,
  target: 0,
  timeout: 0,
  exhausted: 0,
  converged: 0,
  breaker: 1,
  stopped: 130,
};

/** The exit code of a run. A run that was not stopped and has no complete trial counts as failed. */
export function exitCodeOf({ state, trials }: RunSummary): number {
  const code = EXIT[state];
  return code === 0 && trials.complete === 0 ? 1 : code;
}

/** The result of a run for people. */
export async function summaryText(summary: RunSummary): Promise<string> {
  const { study, state, stop, trials, best, front, durationMs, db } = summary;
  const command = (...words: string[]): string => `\`${commandOn(db, ...words)}\``;
  const counts = Object.entries(trials).filter(([, count]) => count > 0);
  const lines = [
    `${study}: ${state} after ${formatSpan(durationMs)}: ${counts.map(([name, count]) => `${count} ${name}`).join(", ") || "no trials"}`,
  ];
  if (stop)
    lines.push(
      `stop rule ${stop.rule} holds: ${stop.text}; ${command("resume", study, "--stop", "none")} goes on without rules`,
    );
  if (best)
    lines.push(
      `best: trial ${best.number}, value ${formatValue(best.value)}, params ${JSON.stringify(best.params)}`,
    );
  else if (front?.length) lines.push(`Pareto front: ${front.length} trials (${command("best", study)})`);
  else {
    const why = await withReader(db, (reader) => noBest(reader, study));
    const { lacks, text } = noBestText(db, study, why);
    lines.push(`no trial is ${lacks}: ${text}`);
  }
  if (state === "breaker") lines.push(`${command("resume", study, "--breaker", "off")} goes on regardless`);
  // No resume is advised after the target was reached, or a stop rule held, because the run would end again at once.
  else if (state === "stopped" || (trials.waiting > 0 && state !== "target" && state !== "converged"))
    lines.push(`${command("resume", study)} goes on`);
  return lines.join("\n");
}
