import { dirname, join } from "node:path";

/** Where things of a run lie beside its database. */
export interface Places {
  /** The log, unless `--log` names another file. */
  readonly log: string;
  /** Prepared data that studies keep. */
  readonly cache: string;
  /** What the trials of a study have saved for their next attempts, in a folder for each trial number. */
  checkpoints(study: string): string;
}

/** The one rule for where things lie beside a database file. */
export function placesBeside(db: string): Places {
  return {
    log: join(dirname(db), "belay.log"),
    cache: `${db}.cache`,
    // Older versions let a study be named "..": that is no place for its files.
    checkpoints: (study) => join(`${db}.checkpoints`, /^\.+$/.test(study) ? `${study}_` : study),
  };
}
