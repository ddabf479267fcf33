import type { Rng } from "../../core/rng.ts";
import { sign } from "../../core/search/direction.ts";
import { valueOrEstimate } from "../../core/search/evaluation.ts";
import { type History, rowAt } from "../../core/search/history.ts";
import type { AskContext } from "../../core/search/sampler.ts";
import { memo } from "../memo.ts";
import { blockTrials } from "./block-trials.ts";
import { type BlockModel, fitBlock } from "./parzen.ts";
import { bestRow, emptyList } from "./row-list.ts";
import { addDraws, scoreRow } from "./rows.ts";

/** Another study, from which this one learns. */
export interface Source {
  readonly models: readonly BlockModel[];
  /** How much its densities count, from 0, not at all, to 1, as much as those of this study. */
  readonly weight: number;
  /** Its best trial. */
  readonly best: Float64Array;
}

/** The trust that a source begins with counts as much as the agreement with so many trials. */
const TRUST = 3;
/** How many rows are drawn from the source, of which the best is proposed. */
const CANDIDATES = 24;
/** The agreement is that of at most this many of the latest trials. */
const LATEST = 100;

const modelsOf = memo((learned: History) => {
  const models = blockTrials(learned, ["minimize"]).map((trials) => fitBlock(trials, [], learned.space));
  const costs = learned.values[0]!;
  let best = 0;
  for (let i = 1; i < learned.size; i++) if (costs[i]! < costs[best]!) best = i;
  return { models, best: rowAt(learned, best) };
});

/** What the source says of the trials of a history: a score for each, the larger the better. */
const scoresOf = memo((_: History) => new WeakMap<History, number[]>());

/**
 * The source of a study, with the weight that it has earned: 1 at first, then the more it agrees with the own trials about
 * which of two is better (Kendall's tau), and 0 where it contradicts them. The weight also falls as the own trials become
 * more, which know better; with as many as there are of the other study it is 0.
 *
 * @returns null if there is none, or it has no weight any more.
 */
export function sourceOf({ learned, history, directions }: AskContext): Source | null {
  if (!learned || directions.length > 1 || history.size >= learned.size) return null;
  const { models, best } = modelsOf(learned);
  const known = scoresOf(learned);
  const scores = known.get(history) ?? [];
  known.set(history, scores);
  for (let i = scores.length; i < history.size; i++)
    scores.push(scoreRow(history.space, models, rowAt(history, i)));
  const trust = trustIn(history, scores, sign(directions[0] ?? "minimize"));
  return { models, best, weight: trust * (1 - history.size / learned.size) };
}

/**
 * A row of the source's own: at first its best trial, then what its densities propose.
 *
 * @returns null with a probability that grows as its weight falls, and where every row was seen before.
 */
export function askSource(
  context: AskContext,
  { models, best, weight }: Source,
  candidates: number,
  stream: Rng,
): Float64Array | null {
  if (stream.next() >= weight) return null;
  const { space, history } = context;
  if (history.size + history.running.size === 0) return best.slice();
  const rows = emptyList(space, candidates);
  addDraws(rows, context, models, candidates, stream);
  return bestRow(rows, (row) => scoreRow(space, models, row));
}

/**
 * A row from what the study learns from, for every second startup trial of other samplers.
 *
 * @returns null for the trials between, and where there is no other study or it has lost its weight.
 */
export function askLearned(context: AskContext): Float64Array | null {
  const source = context.number % 2 === 0 ? sourceOf(context) : null;
  return source && askSource(context, source, CANDIDATES, context.rng("learned"));
}

function trustIn(history: History, scores: readonly number[], flip: number): number {
  const seen: { readonly score: number; readonly value: number }[] = [];
  for (let i = history.size - 1; i >= 0 && seen.length < LATEST; i--) {
    const value = flip * valueOrEstimate(history, i);
    if (Number.isFinite(value)) seen.push({ score: scores[i]!, value });
  }
  const n = seen.length;
  let pairs = 0;
  for (let i = 1; i < n; i++)
    for (let j = 0; j < i; j++)
      pairs += Math.sign(seen[j]!.value - seen[i]!.value) * Math.sign(seen[i]!.score - seen[j]!.score);
  const tau = n > 1 ? (2 * pairs) / (n * (n - 1)) : 0;
  return Math.max(0, Math.min(1, (TRUST + n * tau) / (TRUST + n)));
}
