import type { AskContext, PlainSampler, Sampler, Suggestion } from "../../core/search/sampler.ts";
import type { Space } from "../../core/space/space.ts";
import { cmaes } from "../cmaes/cmaes.ts";
import { gp } from "../gp/gp.ts";
import { memo } from "../memo.ts";
import { qmc } from "../qmc/qmc.ts";
import { tpe } from "../tpe/tpe.ts";
import { localStep } from "./local.ts";
import { improvementsOf, type Member, sharesOf, turnOf } from "./shares.ts";
import { type Standings, standingsOf } from "./standings.ts";

/** Of the start: how many trials are spread evenly over the space. */
const [LEAST_START, MOST_START] = [8, 24];
/** Running trials count as part of the start too, but at least this many must be finished before a model is asked. */
const LEAST_FINISHED = 4;
/** From this many trials on the ask of a Gaussian process costs too much, and it sees only a part of them. */
const MOST_FOR_GP = 400;
/** With more params than this a Gaussian process learns no more than tpe. */
const MOST_PARAMS_FOR_GP = 20;
/** With more directions than this the Gaussian process leaves its trials to tpe. */
const MOST_DIRECTIONS_FOR_GP = 3;
/** From this many trials on the covariance that cmaes has learned is of use. */
const LEAST_FOR_CMAES = 200;
const MOST_PARAMS_FOR_CMAES = 100;
/** The last share of the trials, in which steps from the best ones take part, if there are enough trials for it. */
const END = 0.15;
const LEAST_FOR_END = 40;

/**
 * A portfolio of samplers, which takes turns among those that suit the space and gives more turns to those that bring more.
 * Everything follows from the history, in which each trial says who proposed it.
 *
 * - Start: points of a Sobol sequence, params + 2 but at least 8 and at most 24.
 * - Then `gp` and `tpe` take turns; `gp` up to 400 trials and 20 params. From 200 trials on `cmaes` joins them where all
 *   params are numbers without conditions; it has learned from all trials before. With two or three directions `gp` and
 *   `tpe` propose, with more only `tpe`, which reads all of them.
 * - Shares: half by the last ten improvements, half by the ranks of each one's last ten trials; everyone proposes at least
 *   an eighth of the trials. With several directions an improvement is a trial that no other one dominates when it ends.
 * - End: in the last 15 % of the planned trials, if these are 40 or more and there is no noise, steps from the three best
 *   trials take part.
 *
 * @example
 * const search = askTell({ space, direction: "minimize", sampler: auto() });
 */
export function auto(): Sampler {
  const start = qmc();
  const members: Readonly<{ [name: string]: PlainSampler }> = {
    gp: gp(),
    tpe: tpe({ startupTrials: LEAST_START }),
    cmaes: cmaes(),
  };
  const ask = (name: string, context: AskContext, standings: Standings): Float64Array | null =>
    name === "local" ? localStep(context, standings) : members[name]!.ask(context);
  return {
    name: "auto",
    isSlow: (context) => suitsGp(context) && (members.gp?.isSlow?.(context) ?? false),
    ask(context) {
      const { history, space, directions, number } = context;
      const startup = Math.min(MOST_START, Math.max(LEAST_START, space.params.length + 2));
      const begun = history.size + history.running.size;
      if (begun < startup || history.size < LEAST_FINISHED)
        return suggestion(start.ask(context), "sobol", "start: no model yet");
      const standings = standingsOf(history, directions);
      const suited = membersFor(context, standings);
      const { name } = suited[turnOf(sharesOf(suited, standings), number)]!;
      const row = ask(name, context, standings);
      if (row) return suggestion(row, name, whyOf(name, suited, standings, context));
      return suggestion(
        ask("tpe", context, standings),
        "tpe",
        `in the place of ${name}, which has nothing to propose`,
      );
    },
  };
}

function suggestion(row: Float64Array | null, by: string, why: string): Suggestion | null {
  return row && { row, by, why };
}

const isNumeric = memo((space: Space): boolean =>
  space.params.every(({ distribution, when }) => distribution.kind !== "categorical" && when.length === 0),
);

/** Whether `gp` takes turns in this study now. */
function suitsGp({
  history,
  space,
  directions,
}: Pick<AskContext, "history" | "space" | "directions">): boolean {
  const isSmall = history.size < MOST_FOR_GP && space.params.length <= MOST_PARAMS_FOR_GP;
  return isSmall && directions.length <= MOST_DIRECTIONS_FOR_GP;
}

/** Those who may propose the next trial. */
function membersFor(context: AskContext, standings: Standings): Member[] {
  const { history, space, directions, noise, number, trials } = context;
  const params = space.params.length;
  const members: Member[] = [];
  // It has been ahead on most spaces of few params, so that it begins with more turns.
  if (suitsGp(context)) members.push({ name: "gp", prior: 3 });
  members.push({ name: "tpe", prior: 1 });
  // The others see the first direction only.
  if (directions.length > 1) return members;
  // A generation has 4 + 3 ln(params) trials: with more at a time most are drawn from a distribution that is out of date.
  const isInTime = history.running.size <= 4 + 3 * Math.log(Math.max(1, params));
  const isMany = history.size >= LEAST_FOR_CMAES && params > 1 && params <= MOST_PARAMS_FOR_CMAES;
  if (isMany && isInTime && isNumeric(space)) members.push({ name: "cmaes", prior: 1 });
  const isEnd = trials !== null && trials >= LEAST_FOR_END && number >= (1 - END) * trials;
  if (isEnd && !noise && standings.top.length > 2) members.push({ name: "local", prior: 2 });
  return members;
}

/** Why it is the turn of a member, in a clause. */
function whyOf(
  name: string,
  members: readonly Member[],
  standings: Standings,
  { directions }: AskContext,
): string {
  if (members.length === 1)
    return directions.length > 1
      ? "it reads all directions"
      : "the only one that suits this space and this many trials";
  const brought = improvementsOf(standings, name);
  const all = standings.improvers.length;
  const credit =
    all === 0
      ? "there is no improvement yet to give credit for"
      : `which brought ${brought} of the last ${all === 1 ? "one improvement" : `${all} improvements`}`;
  return name === "local"
    ? `end: a step from one of the three best trials, ${credit}`
    : `turn of ${name}, ${credit}`;
}
