import type { History } from "../core/search/history.ts";
import { type RuleFigure, ruleFigures, type StopRule } from "../core/search/stop-rule.ts";
import type { RunControl } from "./control.ts";
import type { RunningStudy } from "./study.ts";

/**
 * The stop rules of a run. A rule is asked twice: with what the next trial would see of the others, and, should it hold for
 * that, again when all trials that were begun have ended, with all that is recorded. So whether a study has converged
 * follows from its record alone: in a deterministic run any number of workers ends it at the same trial, and a resume comes
 * to the same answer.
 */
export interface Convergence {
  /** Whether a rule keeps the new trial of this number from starting. */
  bars(number: number): boolean;
  /** Asked once no trial runs: the rule that ends the study; null: none holds any more, and trial `number` may start. */
  settle(number: number): RuleFigure | null;
  /** Takes in rules that were changed, and wakes the loop when one holds that goes by time. */
  watch(): void;
  close(): void;
}

export function openConvergence(
  study: Pick<
    RunningStudy,
    "history" | "directions" | "splitCount" | "clock" | "events" | "attempts" | "stopRules" | "activeMs"
  >,
  control: Pick<RunControl, "wake">,
): Convergence {
  const { clock, events, history, directions, splitCount } = study;
  const began = clock.elapsed();
  let watched: readonly StopRule[] = [];
  let cancel: () => void = () => {};
  let released = -1; // the number of the trial that may start although a rule holds for what it sees
  let told = false;

  const activeMs = (): number => study.activeMs + clock.elapsed() - began;
  const figures = (seen: History): RuleFigure[] =>
    ruleFigures(study.stopRules, { history: seen, directions, splitCount, activeMs: activeMs() });
  const holding = (seen: History): RuleFigure | null => figures(seen).find(({ holds }) => holds) ?? null;

  return {
    bars(number) {
      if (study.stopRules.length === 0) return false;
      const figure = holding(history.for(number));
      if (!figure) told = false;
      if (!figure || number === released) return false;
      if (!told) events.emit({ kind: "stop-rule", ...figure, running: study.attempts.size });
      told = true;
      return true;
    },
    settle(number) {
      const figure = holding(history.all());
      if (!figure) released = number;
      return figure;
    },
    watch() {
      const { stopRules } = study;
      if (stopRules === watched) return;
      cancel();
      const isAny = stopRules.length > 0 || watched.length > 0;
      watched = stopRules;
      const limits = stopRules.flatMap(({ holdsAfterMs }) => holdsAfterMs ?? []);
      if (limits.length > 0)
        cancel = clock.after(Math.max(0, Math.min(...limits) - activeMs()), control.wake);
      if (isAny) events.emit({ kind: "stop-rules", figures: () => figures(history.all()) });
    },
    close: () => cancel(),
  };
}
