import { checkOptions, wholeFrom } from "../../core/options.ts";
import type { PlainSampler } from "../../core/search/sampler.ts";
import { specOf } from "../../core/search/spec.ts";
import { qmc } from "../qmc/qmc.ts";
import { isStarting } from "../startup.ts";
import { askLearned } from "../tpe/source.ts";
import { tpe } from "../tpe/tpe.ts";
import { type Columns, columnsOf } from "./observations.ts";
import { propose, sinceBest } from "./propose.ts";
import { proposeForFront, sinceFront } from "./propose-front.ts";

/**
 * Options of `gp`.
 *
 * @example
 * const sampler = gp({ startupTrials: 16 });
 */
export interface GpOptions {
  /**
   * How many trials are spread evenly over the space before the model is asked.
   *
   * @default params + 2, but at least 8 and at most 24
   */
  readonly startupTrials?: number;
}

/** Of so many trials one is proposed by `tpe`, if none of the last ones was better than all before. */
const TURN = 8;
/** With more objectives than this tpe proposes: the boxes of a front become many, and each objective needs a model. */
const MOST_OBJECTIVES = 3;

/**
 * Bayesian optimisation: a Gaussian process is fitted to the values of the finished trials, and the point with the largest
 * expected improvement is proposed. Jones, Schonlau and Welch, "Efficient Global Optimization of Expensive Black-Box
 * Functions", J. Global Optimization 13, 1998, by the logarithm of the improvement (Ament et al., NeurIPS 2023). On smooth
 * objectives of few params it needs far fewer trials than any other sampler.
 *
 * - The kernel is a Matern kernel of smoothness 5/2, with a lengthscale for each param that is learned, so that params
 *   that do not matter drop out. The priors grow with the number of params (Hvarfner et al., "Vanilla Bayesian
 *   Optimization Performs Great in High Dimensions", ICML 2024). Any two choices of a categorical are equally far apart,
 *   by a distance that is learned. All branches of a conditional space are in one model.
 * - Values that span orders of magnitude enter by their logarithm, if the data are likelier that way.
 * - Trials that a pruner stopped with an estimate are values with the variance of that estimate. In a study with splits
 *   the noise of a value is computed from the differences between its splits.
 * - Trials that a limit ended, that failed or that broke a constraint make a second model, of what lives: a logistic
 *   regression on all params and their products, so that it learns limits for the product of two sizes. After a loss the
 *   search stays further away from the edge for a while.
 * - Running trials count as if they had the values that the model expects.
 * - Where there is noise, what a trial would show counts by how much of it is news (augmented expected improvement: Huang
 *   et al., J. Global Optimization 34, 2006). Where there is hardly any and the last three values were not the best, every
 *   second trial stays in a region around the best one (Eriksson et al., "Scalable Global Optimization via Local Bayesian
 *   Optimization", NeurIPS 2019).
 * - If none of the last eight values was the best, `tpe` proposes every eighth trial, so that the search does not depend
 *   on the model alone.
 *
 * With two or three objectives each has a model of its own, and the point is proposed that is expected to add most to the
 * hypervolume of the front (Yang, Emmerich, Deutz and Back, "Efficient Computation of Expected Hypervolume Improvement Using
 * Box Decomposition Algorithms", J. Global Optimization 75, 2019), by the logarithm too. The front is that of the models'
 * means, and the reference point is a tenth of the range worse than the worst of them. An estimate is of one objective,
 * so that it counts for nothing here. With four or more `tpe` proposes, which reads all of them.
 *
 * Up to 400 trials all are in the model; of more it has 240, the best, the newest, and others spread over the rest.
 * O(trials^2) an ask, and O(trials^3) where the parameters are fitted: with each of the first 20 trials, then when their
 * number has grown by a twelfth.
 *
 * @example
 * const search = askTell({ space, direction: "minimize", sampler: gp({ startupTrials: 16 }) });
 * @throws BelayError `usage`: an unknown option, or a value that is no whole number above 0.
 */
export function gp(options: GpOptions = {}): PlainSampler {
  checkOptions("gp", options, ["startupTrials"], "usage");
  if (options.startupTrials !== undefined) wholeFrom(1, "gp: startupTrials", options.startupTrials);
  const start = qmc();
  const other = tpe();
  return {
    ...specOf("gp", options),
    isSlow: (context) =>
      context.directions.length <= MOST_OBJECTIVES && !isStarting(context, options.startupTrials),
    learns: true,
    ask(context) {
      const { history, directions, number } = context;
      if (directions.length > MOST_OBJECTIVES) return other.ask(context);
      if (isStarting(context, options.startupTrials)) return askLearned(context) ?? start.ask(context);
      const columns = directions.map((_, k) => columnsOf(history, directions, k));
      const [first] = columns as [Columns];
      if (first.coordinates.dims === 0) return start.ask(context);
      // Without a trial that lived there is nothing to improve on, and tpe knows which ones came closest.
      const isBlind = first.values.length < 2 || first.dead === first.size;
      const since = (): number => (columns.length > 1 ? sinceFront(columns) : sinceBest(first.values));
      const isTurn = number % TURN === TURN - 1 && since() >= TURN;
      if (isBlind || isTurn) return other.ask(context);
      return columns.length > 1 ? proposeForFront(context, columns) : propose(context, first);
    },
  };
}
