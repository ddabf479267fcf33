import type { Argv } from "yargs";
import { defaultDatabase } from "../store/command-line.ts";

/** The options that every command knows. */
export function everywhere(yargs: Argv): Argv {
  return yargs
    .option("db", {
      type: "string",
      requiresArg: true,
      describe: "the results database",
      default: defaultDatabase(),
      defaultDescription: "belay.db, or $BELAY_DB",
    })
    .option("json", {
      type: "boolean",
      describe: "one JSON document on stdout and nothing else there",
      default: false,
    })
    .option("log", {
      type: "string",
      requiresArg: true,
      describe: "where pino's JSON lines go; - is stderr, without progress [belay.log beside the database]",
    })
    .option("log-level", {
      type: "string",
      requiresArg: true,
      describe: "trace, debug, info, warn, error or silent",
      default: "info",
    })
    .option("quiet", { type: "boolean", describe: "no progress", default: false })
    .option("color", {
      type: "boolean",
      describe: "colours on a terminal (--no-color: none)",
      default: true,
    });
}

/** The study and which of its trials, for the commands that read trials. */
export function trialSelectionOptions(yargs: Argv): Argv {
  const text = { type: "string", requiresArg: true } as const;
  return yargs
    .positional("study", { type: "string", describe: "the study's name" })
    .option("state", { ...text, describe: "complete, pruned, fail, waiting, running; several with commas" })
    .option("reason", { ...text, describe: "such as memory-limit or split-timeout; several with commas" })
    .option("where", { ...text, describe: 'such as "value > 0.9 and memory.peak > 2GB"' });
}

/** The study, its trials and the format, for the commands that report on trials. */
export function trialReportOptions(yargs: Argv): Argv {
  return trialSelectionOptions(yargs).option("format", {
    ...{ type: "string", requiresArg: true },
    describe: "table, json, ndjson, csv or markdown [table]",
  });
}

/** The options of the commands that act on a running study from another terminal. */
export function orderOptions(yargs: Argv): Argv {
  return yargs.positional("study", { type: "string", describe: "the study's name" }).option("timeout", {
    type: "string",
    requiresArg: true,
    describe: "how long to wait for the coordinator's answer [5s]",
  });
}

/** The option of `launch` and `check` for a study to learn from. */
export const learnFromOption = {
  type: "string",
  requiresArg: true,
  describe:
    "a study whose trials tell the sampler where to look first, or FILE:STUDY in another database [none]",
} as const;

/** The option of `launch` and `resume` for a webhook. */
export const webhookOption = {
  type: "string",
  requiresArg: true,
  describe: "a URL to which the end of the run and trouble in it are posted as JSON [none]",
} as const;

/** The options of `launch` and `resume` for a dashboard beside the run. */
export const dashboardOptions = {
  dashboard: {
    type: "boolean",
    default: false,
    describe: "shows the run on a page in the browser, too, until it ends",
  },
  "dashboard-port": {
    type: "string",
    requiresArg: true,
    describe: "the port of that page; with it --dashboard need not be typed [4100, or any if it is taken]",
  },
} as const;

/** The options of a run, for `launch`, `resume` and `check`. `readOptions` reads the values, so that errors are in Belay's words. */
export function runOptions(yargs: Argv): Argv {
  const text = { type: "string", requiresArg: true } as const;
  return yargs
    .option("trials", {
      ...text,
      describe: "how many trials in all; complete, pruned and failed ones count [100]",
    })
    .option("workers", {
      ...text,
      describe:
        "how many trials run at a time: a number, auto (what fits at every moment), low, medium or high [auto]",
    })
    .option("study-timeout", { ...text, describe: "ends the run after this long; running splits finish" })
    .option("target", { ...text, describe: "ends the run once the best value is this good" })
    .option("stop", {
      ...text,
      array: true,
      nargs: 1,
      describe:
        "ends the study once nothing more is to be expected, such as 'no-improvement(trials=50)', 'regret(below=0.01)' or 'cost(hours=8)'; may be repeated; none: it runs to its last trial [none]",
    })
    .option("trial-timeout", { ...text, describe: "prunes a trial that takes longer [30m]" })
    .option("split-timeout", {
      ...text,
      describe:
        "prunes a trial when one of its splits takes longer; auto: from the study's own splits [none]",
    })
    .option("split-order", {
      ...text,
      describe:
        "informative: the split that tells most about the final mean first, learned from complete trials; given [informative where the pruner gains by it]",
    })
    .option("breaker", {
      ...text,
      describe: "on: a study that loses nearly every trial stops and says why; off: it goes on [on]",
    })
    .option("admission", {
      ...text,
      describe:
        "on: a trial waits until its expected memory fits beside the running trials; off: it does not [on]",
    })
    .option("cpu-thresholds", {
      ...text,
      describe: "for --workers auto: percent of the processors that others use, high, medium, low [80,60,30]",
    })
    .option("memory-thresholds", {
      ...text,
      describe: "for --workers auto: percent of the memory in use, high, medium, low [85,70,50]",
    })
    .option("setup-timeout", { ...text, describe: "limit for the import of the file, data and splits [10m]" })
    .option("grace", { ...text, describe: "how long a trial that is told to end may take to clean up [1s]" })
    .option("memory-limit", {
      ...text,
      describe: "prunes a trial whose process holds more [12GiB, or less where the machine has less]",
    })
    .option("memory-reserve", {
      ...text,
      describe: "prunes the largest trial when the machine has less left [2GiB, or 10 %]",
    })
    .option("backend", { ...text, describe: "TensorFlow: auto, gpu, node, wasm or cpu [auto]" })
    .option("isolation", {
      ...text,
      describe: "process, or thread for light trials (no memory limit) [process]",
    })
    .option("keep-checkpoints", {
      type: "boolean",
      default: false,
      describe: "keeps the checkpoints of ended trials, in DB.checkpoints",
    })
    .option("recycle", {
      ...text,
      describe: "when a host is replaced: clean (when it is not clean), always, or after N trials [clean]",
    })
    .option("max-attempts", {
      ...text,
      describe:
        "a trial fails after this many attempts in which the coordinator died without a new split [3]",
    })
    .option("durability", {
      ...text,
      describe: "full: survives a power cut; normal: any crash of programs [full]",
    });
}
