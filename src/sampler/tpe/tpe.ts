import { BelayError, show } from "../../core/error.ts";
import { checkOptions } from "../../core/options.ts";
import type { Rng } from "../../core/rng.ts";
import type { AskContext, PlainSampler } from "../../core/search/sampler.ts";
import { specOf } from "../../core/search/spec.ts";
import { uniformRow } from "../../core/space/draw.ts";
import { distinct } from "../distinct.ts";
import { qmc } from "../qmc/qmc.ts";
import { blockTrials } from "./block-trials.ts";
import { bestOfBlock } from "./candidates.ts";
import { isRisky } from "./feasibility.ts";
import { isLocalTurn, localRow } from "./local.ts";
import { type BlockModel, fitBlock } from "./parzen.ts";
import { bestRow, emptyList } from "./row-list.ts";
import { addDraws, scoreRow } from "./rows.ts";
import { askSource, type Source, sourceOf } from "./source.ts";

/**
 * Options of `tpe`.
 *
 * @example
 * const sampler = tpe({ startupTrials: 20 });
 */
export interface TpeOptions {
  /**
   * How many trials are points of the sequence of `qmc` before the model is asked.
   *
   * @default 10 - two good trials and eight bad ones
   */
  readonly startupTrials?: number;
  /**
   * How many points are drawn from the density of the good trials; the best of them is proposed. With more of them the
   * search is greedier.
   *
   * @default 24 - as in the paper of 2011
   */
  readonly candidates?: number;
}

/** Running trials count as startup trials too, but at least this many must be finished before the model is asked. */
const LEAST_FINISHED = 5;
/** Of a source of full weight, the share of the candidates that are drawn from its density of good trials. */
const LENT = 0.5;

/**
 * The tree-structured Parzen estimator (TPE): the finished trials are divided into good and bad ones, a density is
 * fitted to each group, and the candidate with the largest ratio of good to bad density is proposed. Bergstra et al.,
 * "Algorithms for Hyper-Parameter Optimization", NeurIPS 2011; the densities are over all params jointly, as in
 * Falkner et al., "BOHB", ICML 2018.
 *
 * In a conditional space there is a pair of densities for each block of params that are active together, given the
 * params on which the block depends. Trials that a limit ended, that failed or that broke a constraint are bad,
 * however good their value. A trial that its pruner stopped is bad too, unless it has an estimate: then it ranks by
 * that as if it were complete. The uncertainty of an estimate makes no difference: ranking it better or worse by a part
 * of its standard deviation was measured to be no better (docs/figures.md). Running trials count a little as bad. A
 * complete trial with a value that is NaN counts as failed. A candidate's score is multiplied by its chance to live, to the
 * sixth power, by a logistic regression on all params and their products.
 *
 * From 40 finished trials on two of five proposals, on average, are made near the best trials by a Gaussian process of a
 * few of them, in a region that turns and shrinks with these (cf. Eriksson et al., "Scalable Global Optimization via
 * Local Bayesian Optimization", NeurIPS 2019); while others run three of five, from more candidates. The region is spanned
 * by the best trials, and there is one at a time. Not so in spaces with conditions, with noise, with several objectives,
 * or where a tenth of the trials died.
 *
 * With several objectives trials rank by non-domination, and within a front by how much they add to its hypervolume, as in
 * Ozaki et al., "Multiobjective Tree-Structured Parzen Estimator", JAIR 73, 2022. An estimate, which is one number, does
 * not count there.
 *
 * O(candidates * trials * params) at worst for an ask, O(log trials) for a tell, thanks to what is cached with the
 * history. With several objectives a tell takes O(trials * objectives) at worst; with five or more objectives the choice
 * of the good trials takes most of the time.
 *
 * @example
 * const search = askTell({ space, direction: "minimize", sampler: tpe({ startupTrials: 20 }) });
 * @throws BelayError `usage`: an unknown option, or a value that is no whole number above 0.
 */
export function tpe(options: TpeOptions = {}): PlainSampler {
  checkOptions("tpe", options, ["startupTrials", "candidates"], "usage");
  const { startupTrials = 10, candidates = 24 } = options;
  for (const [name, value] of Object.entries({ startupTrials, candidates })) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new BelayError("usage", `tpe: ${name}: expected a whole number above 0, got ${show(value)}`);
  }
  const start = qmc();
  return {
    ...specOf("tpe", options),
    learns: true,
    ask: (context) => {
      const { history, space, directions } = context;
      const stream = context.rng("tpe");
      const begun = history.size + history.running.size;
      const source = sourceOf(context);
      if (begun < startupTrials || history.size < Math.min(startupTrials, LEAST_FINISHED))
        return (source && askSource(context, source, candidates, stream)) ?? start.ask(context);
      const blocks = blockTrials(history, directions);
      const near = isLocalTurn(context, blocks.length)
        ? localRow(context, blocks[0]!, candidates, stream)
        : null;
      if (near && !isRisky(blocks[0]!, near)) return near;
      const running = [...history.running.values()];
      const own = blocks.map((trials) => fitBlock(trials, running, space));
      return (
        propose(context, own, source, candidates, stream) ??
        distinct(context, () => uniformRow(space, stream))
      );
    },
  };
}

/** The best candidate; null when all were seen before and duplicates must be avoided. */
function propose(
  context: AskContext,
  own: readonly BlockModel[],
  source: Source | null,
  candidates: number,
  stream: Rng,
): Float64Array | null {
  const { space } = context;
  const lent = source ? Math.round(candidates * LENT * source.weight) : 0;
  const rows = emptyList(space, candidates);
  addDraws(rows, context, own, candidates - lent, stream);
  if (!source)
    return own.length === 1 ? bestOfBlock(own[0]!, rows) : bestRow(rows, (row) => scoreRow(space, own, row));
  const { models, weight } = source;
  addDraws(rows, context, models, lent, stream);
  return bestRow(rows, (row) => scoreRow(space, own, row) + weight * scoreRow(space, models, row));
}
