/**
 * The option of each setting of a run, in the order in which `show` lists them. They are apart from `settings.ts`, so that
 * a command which only shows a study does not load samplers and pruners.
 */
export const SETTING_OPTIONS = {
  trials: "trials",
  workers: "workers",
  sampler: "sampler",
  pruner: "pruner",
  splitOrder: "split-order",
  seed: "seed",
  studyTimeoutMs: "study-timeout",
  target: "target",
  stop: "stop",
  trialTimeoutMs: "trial-timeout",
  splitTimeoutMs: "split-timeout",
  setupTimeoutMs: "setup-timeout",
  graceMs: "grace",
  memoryBytes: "memory-limit",
  reserveBytes: "memory-reserve",
  backend: "backend",
  isolation: "isolation",
  recycle: "recycle",
  maxAttempts: "max-attempts",
  durability: "durability",
  breaker: "breaker",
  admission: "admission",
  cpuThresholds: "cpu-thresholds",
  memoryThresholds: "memory-thresholds",
  deterministic: "deterministic",
  webhook: "webhook",
} as const;
