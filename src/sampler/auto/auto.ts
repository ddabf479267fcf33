import type { AskContext, PlainSampler, Sampler, Suggestion } from "../../core/search/sampler.ts";
import { cmaes, lateCmaes } from "../cmaes/cmaes.ts";
import { gp } from "../gp/gp.ts";
import { qmc } from "../qmc/qmc.ts";
import { isStarting, LEAST_STARTUP } from "../startup.ts";
import { askLearned } from "../tpe/source.ts";
import { tpe } from "../tpe/tpe.ts";
import { likelier } from "./likelier.ts";
import { localStep } from "./local.ts";
import { turnOf } from "./shares.ts";
import { type Standings, standingsOf } from "./standings.ts";
import { EARLY_HANDOVER, MOST_FOR_GP, suitsGp, type Turn, turnsFor } from "./turns.ts";

/**
 * A portfolio of samplers: the one that suits the space best leads, and others take part where it has too little to go by
 * or brings no more improvements. Everything follows from the history, in which each trial says who proposed it.
 *
 * - Start: points of a Sobol sequence, params + 2 but at least 8 and at most 24. In a study that learns from another one
 *   every second of them is what that one proposes, as long as it agrees with the study's own trials.
 * - `gp` leads. Once 15 trials have brought no improvement `tpe` proposes more and more of them, up to a half, and `cmaes`
 *   takes part if all params are numbers without conditions. In the 40 trials after one that was lost `gp` proposes alone.
 * - With 11 to 20 params that are all numbers, and from the 31st trial on where there is noise, all of them take turns:
 *   half by the last ten improvements, half by the ranks of each one's last ten trials, and everyone proposes an eighth of
 *   the trials at least.
 * - From 400 trials on, or 200 if 500 or more are planned, `cmaes` leads where it takes part, and `tpe` proposes an eighth
 *   of the trials once 200 have brought no improvement. It starts from the best of the trials before, if `gp` led them; if
 *   the end is known, it leaves a valley in which it has settled, and the last 15 % go on in the best one.
 * - Elsewhere `tpe` proposes, and in the last 15 % of the planned trials, if these are 40 or more and there is no noise,
 *   steps from the three best trials take turns with it.
 * - With two or three directions `gp` leads too, and `tpe` takes part after 25 trials without an improvement: a trial that
 *   no other one dominates when it ends. With more directions only `tpe` proposes.
 *
 * @example
 * const search = askTell({ space, direction: "minimize", sampler: auto() });
 */
export function auto(): Sampler {
  const start = qmc();
  const [model, other] = [gp(), tpe({ startupTrials: LEAST_STARTUP })];
  const members: Readonly<{ [name: string]: PlainSampler }> = { gp: model, tpe: other, cmaes: cmaes() };
  const late = new Map([EARLY_HANDOVER, MOST_FOR_GP].map((after) => [after, lateCmaes(after)]));
  const ask = ({ name, after }: Turn, context: AskContext, standings: Standings): Float64Array | null =>
    name === "local"
      ? likelier(context, (again) => localStep(again, standings))
      : name === "cmaes"
        ? likelier(context, (again) => (late.get(after ?? 0) ?? members.cmaes!).ask(again))
        : members[name]!.ask(context);
  return {
    name: "auto",
    isSlow: (context) => suitsGp(context) && model.isSlow?.(context) === true,
    learns: true,
    ask(context) {
      const { history, directions, number } = context;
      if (isStarting(context)) {
        const learned = askLearned(context);
        if (learned)
          return suggestion(learned, "learned", "start: what the study learns from looks best here");
        return suggestion(start.ask(context), "sobol", "start: no model yet");
      }
      const standings = standingsOf(history, directions);
      const turns = turnsFor(context, standings);
      const shares = turns.map(({ share }) => share);
      const turn = turns[turnOf(shares, number)]!;
      const row = ask(turn, context, standings);
      if (row) return suggestion(row, turn.name, turn.why);
      const why = `in the place of ${turn.name}, which has nothing to propose`;
      return suggestion(other.ask(context), "tpe", why);
    },
  };
}

function suggestion(row: Float64Array | null, by: string, why: string): Suggestion | null {
  return row && { row, by, why };
}
