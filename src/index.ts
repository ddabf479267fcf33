export type { AddedTrial } from "./ask-tell/added.ts";
export { type AskTell, askTell } from "./ask-tell/ask-tell.ts";
export type { BestTrial, FrontTrial } from "./ask-tell/best.ts";
export type { LearnFromTrial } from "./ask-tell/learned.ts";
export type { AskTellOptions } from "./ask-tell/options.ts";
export type { NotFinite, Reported } from "./ask-tell/reports.ts";
export type { SavedLesson, SavedRunning, SavedSearch, SavedTrial } from "./ask-tell/saved.ts";
export type { AskedTrial } from "./ask-tell/search.ts";
export {
  type Aggregate,
  type AggregateContext,
  mean,
  meanMinusStd,
  median,
  std,
  worst,
} from "./core/aggregate.ts";
export type { Checkpoint } from "./core/checkpoint.ts";
export {
  type CommandContext,
  type CommandFields,
  type CommandStudyDefinition,
  defineCommandStudy,
  type ValueSource,
} from "./core/command-study.ts";
export { BelayError, type ErrorCode } from "./core/error.ts";
export type { Direction } from "./core/search/direction.ts";
export type { PrunerName } from "./core/search/pruner.ts";
export type { SamplerName } from "./core/search/sampler.ts";
export type { StopRuleName } from "./core/search/stop-rule.ts";
export type { Told } from "./core/search/told.ts";
export { withSeed } from "./core/seeded.ts";
export type { CacheOptions, DataContext, SetupContext } from "./core/setup-context.ts";
export type { Choice } from "./core/space/distribution.ts";
export {
  categorical,
  type FloatOptions,
  float,
  type IntOptions,
  int,
  type Param,
  type SpaceDeclaration,
} from "./core/space/param.ts";
export type { ParamsOf } from "./core/space/params-of.ts";
export type { Params } from "./core/space/space.ts";
export { type FoldOptions, kFold } from "./core/splits/k-fold.ts";
export { type NestedSplit, nested, type RepeatedOptions, repeated } from "./core/splits/nested.ts";
export {
  type CombinatorialSplit,
  combinatorialPaths,
  type PurgedCombinatorialOptions,
  purgedCombinatorial,
} from "./core/splits/purged.ts";
export type { Labels, Rows } from "./core/splits/rows.ts";
export { type HoldoutOptions, holdout, type Split } from "./core/splits/split.ts";
export { groupKFold, stratifiedGroupKFold, stratifiedKFold } from "./core/splits/stratified.ts";
export { type WalkForwardOptions, walkForward } from "./core/splits/walk-forward.ts";
export {
  type BackendChoice,
  type Constrained,
  defineStudy,
  type LimitsDefinition,
  type OneNumberPerDirection,
  type SplitShape,
  type StudyDefinition,
  type TrainContext,
} from "./core/study.ts";
export type { Estimate, FailReason, PruneReason } from "./core/trial.ts";
export { type HalvingOptions, halving } from "./pruner/halving.ts";
export { type HyperbandOptions, hyperband } from "./pruner/hyperband.ts";
export { type PatientOptions, patient } from "./pruner/patient.ts";
export { type PercentileOptions, percentile } from "./pruner/percentile.ts";
export { type RaceOptions, race } from "./pruner/race.ts";
export { type ThresholdOptions, threshold } from "./pruner/threshold.ts";
export { type WilcoxonOptions, wilcoxon } from "./pruner/wilcoxon.ts";
export { auto } from "./sampler/auto/auto.ts";
export { type CmaesOptions, cmaes } from "./sampler/cmaes/cmaes.ts";
export { type GpOptions, gp } from "./sampler/gp/gp.ts";
export { type GridOptions, grid } from "./sampler/grid.ts";
export { type Nsga2Options, nsga2 } from "./sampler/nsga/nsga2.ts";
export { type Nsga3Options, nsga3 } from "./sampler/nsga/nsga3.ts";
export { type QmcOptions, qmc } from "./sampler/qmc/qmc.ts";
export { random } from "./sampler/random.ts";
export { type TpeOptions, tpe } from "./sampler/tpe/tpe.ts";
export { type CostOptions, cost } from "./stop-rule/cost.ts";
export { type NoImprovementOptions, noImprovement } from "./stop-rule/no-improvement.ts";
export { type RegretOptions, regret } from "./stop-rule/regret.ts";
