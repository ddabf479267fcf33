/**
 * The spec of every pruner, with options that make it judge early in studies of a few trials; some with defaults too.
 */
export const PRUNERS: readonly string[] = [
  "none",
  "median",
  "percentile(q=30, startupTrials=2, warmupSteps=0)",
  "race(alpha=0.3)",
  "threshold(upper=0.9, warmupSteps=1)",
  "patient(patience=2)",
  "patient(pruner=percentile(q=40, startupTrials=1), patience=1)",
  "halving",
  "halving(eta=2, startupTrials=1)",
  "hyperband(eta=2, startupTrials=1)",
  "wilcoxon(alpha=0.3)",
];
