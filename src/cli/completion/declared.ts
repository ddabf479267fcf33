import { SPLIT_ORDERS } from "../../core/search/split-order.ts";
import { BACKEND_CHOICES } from "../../core/study.ts";
import { REASONS, TRIAL_STATES } from "../../core/trial.ts";
import { DURABILITIES, ISOLATIONS } from "../../launch/settings.ts";
import { pruners } from "../../pruner/registry.ts";
import { FORMATS } from "../../report/format.ts";
import { AGGREGATES } from "../../report/query/aggregates.ts";
import { samplers } from "../../sampler/registry.ts";
import { CHANGEABLE } from "../../scheduler/changes.ts";
import { WORKERS_PROFILES } from "../../scheduler/workers.ts";
import { stopRules } from "../../stop-rule/registry.ts";
import { EXPORT_FORMATS } from "../commands/export.ts";
import type { CommandName } from "../commands/index.ts";
import { LOG_LEVELS } from "../terminal/run/log.ts";
import { SHELLS } from "./script.ts";
import type { Source } from "./source.ts";

/**
 * What completes the words of each command: the one place to say it. A command that is missing here does not compile, and
 * the build refuses a positional argument or an option with a value of which nothing is said here.
 */

/** What completes the positional arguments of each command, by their names. */
export const POSITIONALS: Readonly<Record<CommandName, Readonly<Record<string, Source>>>> = {
  new: { name: "nothing" },
  check: { "study-file": "study-file" },
  launch: { "study-file": "study-file" },
  resume: { study: "study" },
  set: { study: "study", changes: CHANGEABLE.map((key) => `${key}=`) },
  pause: { study: "study" },
  stop: { study: "study" },
  kill: { study: "study", number: "running-trial" },
  enqueue: { study: "study", params: "file" },
  invalidate: { study: "study", number: "trial" },
  query: { study: "study" },
  sql: { select: "nothing" },
  export: { study: "study" },
  import: { file: "file" },
  list: {},
  summary: { study: "study" },
  show: { study: "study", number: "trial" },
  best: { study: "study" },
  compare: { studies: "study" },
  importance: { study: "study" },
  kills: { study: "study" },
  audit: { study: "study" },
  memory: { study: "study" },
  dashboard: {},
  snapshot: { study: "study", number: "running-trial" },
  doctor: {},
  backup: { file: "file" },
  "prune-data": {},
  repair: {},
  completion: { shell: SHELLS },
};

const ON_OFF = ["on", "off"];

/** What completes the value of an option, by its name. */
export const VALUES: Readonly<Record<string, Source>> = {
  add: "nothing",
  admission: ON_OFF,
  agg: { list: AGGREGATES },
  backend: BACKEND_CHOICES,
  bins: "nothing",
  breaker: ON_OFF,
  budget: "study-file",
  columns: "columns",
  "cpu-thresholds": "nothing",
  "dashboard-port": "nothing",
  db: "file",
  deterministic: "nothing",
  direction: { list: ["minimize", "maximize"] },
  durability: DURABILITIES,
  enqueue: "file",
  file: "study-file",
  format: FORMATS,
  grace: "nothing",
  "group-by": "columns",
  host: "nothing",
  isolation: ISOLATIONS,
  "learn-from": "study",
  limit: "nothing",
  log: "file",
  "log-level": LOG_LEVELS,
  "max-attempts": "nothing",
  "memory-limit": "nothing",
  "memory-reserve": "nothing",
  "memory-thresholds": "nothing",
  name: "nothing",
  offset: "nothing",
  "older-than": "nothing",
  out: "file",
  params: "nothing",
  plot: "columns",
  port: "nothing",
  pruner: pruners.names,
  reason: { list: REASONS },
  recycle: ["clean", "always"],
  reference: "nothing",
  sampler: samplers.names,
  seed: "nothing",
  "setup-timeout": "nothing",
  sort: "sort",
  "split-order": SPLIT_ORDERS,
  "split-timeout": ["auto"],
  state: { list: TRIAL_STATES },
  stop: [...stopRules.names, "none"],
  study: "nothing",
  "study-timeout": "nothing",
  target: "nothing",
  timeout: "nothing",
  to: "nothing",
  trials: "nothing",
  "trial-timeout": "nothing",
  "value-column": "nothing",
  webhook: "nothing",
  where: "nothing",
  workers: WORKERS_PROFILES,
};

/** Where a command means something else by the name of an option. */
export const VALUES_OF: Readonly<Partial<Record<CommandName, Readonly<Record<string, Source>>>>> = {
  export: { format: EXPORT_FORMATS },
  importance: { target: "target" },
  invalidate: { reason: "nothing" },
};
