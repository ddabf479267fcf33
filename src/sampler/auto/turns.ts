import type { AskContext } from "../../core/search/sampler.ts";
import type { Space } from "../../core/space/space.ts";
import { memo } from "../memo.ts";
import { improvementsOf, type Member, sharesOf } from "./shares.ts";
import type { Standings } from "./standings.ts";

/** From this many trials on the ask of a Gaussian process costs too much, and it sees only a part of them. */
export const MOST_FOR_GP = 400;
/** Where all params are numbers it hands over to cmaes earlier, if so many trials or more are planned. */
export const EARLY_HANDOVER = 200;
const MANY = 500;
/** With more params than this a Gaussian process learns no more than tpe. */
const MOST_PARAMS_FOR_GP = 20;
/** With more numbers than this it does not lead, but takes turns with others. */
const MOST_NUMBERS_TO_LEAD = 10;
/** With more directions than this the Gaussian process leaves its trials to tpe. */
const MOST_DIRECTIONS_FOR_GP = 3;
/** Where there is noise what looks like the best of so many trials may be luck, in which gp would believe too long. */
const FIRST_OF_NOISE = 30;
/**
 * After so many trials without an improvement others take part beside gp, with one direction and with several; their share
 * grows with each further trial.
 */
const [PATIENCE, PATIENCE_WITH_SEVERAL] = [15, 25];
const [GROWTH, MOST_SHARE] = [1 / 20, 1 / 2];
/** After a trial that a limit ended, that failed or that broke a constraint, so many trials are left to gp. */
const CAREFUL = 40;
/** From this many trials on cmaes has had some generations to learn from. With many params it is ahead at once. */
const LEAST_FOR_CMAES = 40;
const MOST_PARAMS_FOR_CMAES = 100;
/** The last share of the trials, in which steps from the best ones take part, if there are enough trials for it. */
const END = 0.15;
const LEAST_FOR_END = 40;

/** A member's share of the next trials, and why it has that, in a clause. */
export interface Turn {
  readonly name: string;
  readonly share: number;
  readonly why: string;
  /** For cmaes that takes over from gp: it starts from the best of so many trials. */
  readonly after?: number;
}

/** Whether `gp` may take turns in this study now. */
export function suitsGp({
  history,
  space,
  directions,
}: Pick<AskContext, "history" | "space" | "directions">): boolean {
  const isSmall = history.size < MOST_FOR_GP && space.params.length <= MOST_PARAMS_FOR_GP;
  return isSmall && directions.length <= MOST_DIRECTIONS_FOR_GP;
}

/** Who may propose the next trial; their shares add up to 1. */
export function turnsFor(context: AskContext, standings: Standings): Turn[] {
  const { history, space, directions, noise, trials } = context;
  const params = space.params.length;
  const isLong =
    trials !== null && trials >= MANY && isNumeric(space) && params > 1 && directions.length === 1;
  const handover = isLong ? EARLY_HANDOVER : MOST_FOR_GP;
  const isForGp = suitsGp(context) && history.size < handover;
  const isSingle = directions.length === 1;
  const others = isSingle ? othersOf(context, standings) : [TPE];
  if (!isForGp && others.length > 1 && history.size >= EARLY_HANDOVER)
    return cmaesLeads(standings, params <= MOST_PARAMS_FOR_GP ? handover : undefined);
  if (!isForGp)
    return byCredit([...others, ...(isSingle ? localOf(context, standings) : [])], standings, ALONE);
  const isWide = params > MOST_NUMBERS_TO_LEAD && isNumeric(space);
  if (isSingle && (isWide || (noise && history.size >= FIRST_OF_NOISE)))
    return byCredit([{ name: "gp", prior: isWide ? 2 : 4 }, ...others], standings, ALONE);
  const share = shareBeside(standings, isSingle ? PATIENCE : PATIENCE_WITH_SEVERAL);
  const why = stalled(standings.since);
  return [
    { name: "gp", share: 1 - share, why: creditOf("gp", standings) },
    ...byCredit(others, standings, ALONE).map((turn) => ({ ...turn, share: share * turn.share, why })),
  ];
}

const ALONE = "the only one that suits this space and this many trials";

/** The share of all others where gp leads. After a loss that is none: gp is the most careful at the edge of what lives. */
function shareBeside({ since, lost }: Standings, patience: number): number {
  return lost < CAREFUL ? 0 : Math.max(0, Math.min(MOST_SHARE, (since - patience) * GROWTH));
}

/** After so many trials without an improvement tpe takes part beside cmaes, whose generations need some to move. */
const PATIENCE_WITH_CMAES = 200;
const SHARE_BESIDE_CMAES = 1 / 8;

function cmaesLeads(standings: Standings, after: number | undefined): Turn[] {
  const { since } = standings;
  const share = since < PATIENCE_WITH_CMAES ? 0 : SHARE_BESIDE_CMAES;
  const why = creditOf("cmaes", standings);
  return [
    { name: "cmaes", share: 1 - share, why, ...(after !== undefined && { after }) },
    { name: "tpe", share, why: stalled(since) },
  ];
}

const stalled = (since: number): string => `the last ${since} trials brought no improvement`;

const isNumeric = memo((space: Space): boolean =>
  space.params.every(({ distribution, when }) => distribution.kind !== "categorical" && when.length === 0),
);

const TPE: Member = { name: "tpe", prior: 1 };

function othersOf({ history, space }: AskContext, { lost }: Standings): Member[] {
  const params = space.params.length;
  // A generation has 4 + 3 ln(params) trials: with more at a time most are drawn from a distribution that is out of date.
  const isInTime = history.running.size <= 4 + 3 * Math.log(Math.max(1, params));
  const hasLearned = history.size >= LEAST_FOR_CMAES || params > MOST_NUMBERS_TO_LEAD;
  const suits = params > 1 && params <= MOST_PARAMS_FOR_CMAES && isNumeric(space) && lost >= CAREFUL;
  return suits && hasLearned && isInTime ? [TPE, { name: "cmaes", prior: 1 }] : [TPE];
}

/** Steps from the best trials, near the end. */
function localOf({ number, noise, trials }: AskContext, { top }: Standings): Member[] {
  const isEnd = trials !== null && trials >= LEAST_FOR_END && number >= (1 - END) * trials;
  return isEnd && !noise && top.length > 2 ? [{ name: "local", prior: 2 }] : [];
}

function byCredit(members: readonly Member[], standings: Standings, alone: string): Turn[] {
  const shares = sharesOf(members, standings);
  return members.map(({ name }, m) => ({
    name,
    share: members.length === 1 ? 1 : shares[m]!,
    why: members.length === 1 ? alone : creditOf(name, standings),
  }));
}

/** What a member has brought. */
function creditOf(name: string, standings: Standings): string {
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
