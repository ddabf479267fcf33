import type { TrainContext } from "../../../core/study.ts";
import { TAG_VARIABLE } from "../../../machine/orphans.ts";
import { PROTOCOL } from "./message.ts";
import { READ_FD, WRITE_FD } from "./program.ts";

/** What the environment of a program tells it. */
export interface ProgramEnvironment {
  readonly context: Pick<
    TrainContext<unknown, unknown, unknown, unknown>,
    "params" | "splitIndex" | "splitCount" | "seed" | "trial"
  >;
  /** The folder in which the trial's next attempt finds what this one keeps. */
  readonly checkpoint: string;
  /** A file with the params as JSON; null: there is none. */
  readonly paramsFile: string | null;
  readonly speaks: boolean;
  /** Variables of the study file. */
  readonly own: Readonly<Record<string, string>>;
}

/**
 * The environment variables of a program: those of its host, the params, the split, the seed, and those of the study
 * file, which win.
 */
export function programEnvironment(
  base: NodeJS.ProcessEnv,
  { context, checkpoint, paramsFile, speaks, own }: ProgramEnvironment,
): Readonly<Record<string, string | undefined>> {
  const { params, splitIndex, splitCount, seed, trial } = context;
  const named = Object.entries(params as Readonly<Record<string, unknown>>).map(
    ([name, value]) => [`BELAY_PARAM_${name.replace(/\W/g, "_")}`, String(value)] as const,
  );
  return {
    ...base,
    PYTHONUNBUFFERED: "1", // what a program has printed before it is killed should be in the log
    ...Object.fromEntries(named),
    BELAY_PARAMS: JSON.stringify(params),
    ...(paramsFile === null ? {} : { BELAY_PARAMS_FILE: paramsFile }),
    BELAY_TRIAL: String(trial.number),
    BELAY_ATTEMPT: String(trial.attempt),
    BELAY_SPLIT: String(splitIndex),
    BELAY_SPLITS: String(splitCount),
    BELAY_SEED: String(seed),
    BELAY_CHECKPOINT: checkpoint,
    ...(speaks
      ? { BELAY_PROTOCOL: String(PROTOCOL), BELAY_READ_FD: String(READ_FD), BELAY_WRITE_FD: String(WRITE_FD) }
      : {}),
    ...own,
    // By this tag the host finds all that the program has started.
    [TAG_VARIABLE]: base[TAG_VARIABLE],
  };
}
