import { dirname, join } from "node:path";

/** The files of a run that lie beside its database. */
export interface Places {
  /** The log, unless `--log` names another file. */
  readonly log: string;
  /** The folder of data that studies keep with `cached`. */
  readonly cache: string;
  /** The folder of a study's checkpoints, with a folder for each trial number. */
  checkpoints(study: string): string;
}

/** The one rule for where things lie beside a database file. */
export function placesBeside(db: string): Places {
  return {
    log: join(dirname(db), "belay.log"),
    cache: `${db}.cache`,
    // Older versions allowed a study to be named "..", which would name another folder.
    checkpoints: (study) => join(`${db}.checkpoints`, /^\.+$/.test(study) ? `${study}_` : study),
  };
}
