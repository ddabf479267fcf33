/** Every piece of advice in the source, with the test that follows it. `complete.test.ts` finds those that are missing. */
export interface Advice {
  /** Part of the line in the source. */
  readonly says: string;
  /** How many lines say it, or their number where that does not matter: 0. @default 1 */
  readonly lines?: number;
  /** The title of the test that types it; or, in `untyped`, why none does. */
  readonly test?: string;
  readonly untyped?: string;
}

const STOPPED = "a Ctrl-C: the resume that the summary names runs the trials that wait";
const TAKEN =
  "a name that is taken: one command goes on with the study, the other launches all the same under another name";
const CHANGED = "a study file that has changed: one command goes on all the same, the other begins anew";
const PAUSED =
  "a run that was paused, or stopped, from another terminal: the resume that is named lets it go on";
const IDLE = "a study that nobody runs: the command that a refused pause, kill or set names runs it";
const MISTYPED = "a mistyped command or option: what is offered instead works";
const HELP = "belay %j: the help that is named has what was looked for";
const FOREIGN = "a database that is none of ours (%s): another one is named with the option that is told";
const NEW = "a new study: the commands that are printed, and those in the file, work one after the other";
const BREAKER = "the breaker: what it names goes on regardless, in another launch and after its end";
const FULL = "a full disk and Ctrl-C: the run ends in good order, and resume finishes it";
const BROKEN = "a package that does not load: what doctor says to type shows the whole error";
const AUTO = "doctor names --workers auto, and the budget does: a launch takes it";
const MACHINE = "whether it helps depends on what other programs hold of the machine's memory";
const DOWNLOAD = "it downloads a package, or needs a GPU";
const MADE = "it composes the advice of other lines";
const OLD = "a database of an older schema: what a reader names upgrades it";
const DELETED =
  "a database that is deleted under a run: the saved file, moved where it is said, is resumed as is said";
const FEW_FILES =
  "too few open files: with the limit that is named a launch works, and so it does with fewer workers";
const DAMAGED =
  "a damaged database: the repair that every command names saves it, and the resume that it names goes on";
const NO_ADVICE = "it says what is expected, not what to type";

export const LINES: readonly Advice[] = [
  { says: "did you mean", lines: 0, test: MISTYPED },
  { says: "commandLine(...words, option, ...value)", untyped: MADE },
  { says: 'commandOn(db, "launch", typedPath(studyFile)', untyped: MADE },
  { says: "} gives this one another name`;", test: TAKEN },
  { says: "goes on with it, ", test: TAKEN },
  { says: "--workers auto finds", test: AUTO },
  {
    says: "begins anew",
    test: "a study whose trials could not be compared: the command that is left begins anew",
  },
  { says: "goes on all the same", test: CHANGED },
  {
    says: "already: $",
    test: "a check of a study whose name is taken names a launch that works",
  },
  {
    says: "take fewer --workers",
    test: "a check that warns of too many workers: with fewer the warning is gone",
  },
  { says: "const advice = afterwards", test: PAUSED },
  { says: "runs it that way", test: IDLE },
  { says: "runs ten trials more", test: IDLE },
  { says: "` runs it`", test: IDLE },
  {
    says: "copy with",
    test: "a database on a file system that others share: the option and the backup that are named work",
  },
  { says: "--backend wasm is quicker", untyped: "it needs a native backend" },
  { says: "--workers auto takes up to", test: AUTO },
  { says: "close other programs", untyped: MACHINE },
  {
    says: "free some space: results",
    test: "doctor about a disk that is nearly full: with room made the line is gone",
  },
  {
    says: "the disk is full: free some space",
    test: "a full disk: the run pauses, and goes on where it was when there is room again",
  },
  {
    says: "name a folder that exists",
    test: "doctor about a folder that is missing: with the option that it names all is well",
  },
  { says: "install Node", untyped: "it asks for another Node" },
  { says: "at most the lag of", untyped: NO_ADVICE },
  {
    says: "splitWarning(",
    test: "splits that share rows: the check that a launch names says all about them",
  },
  { says: "or use fewer --workers", test: FEW_FILES },
  { says: "raise it, as in ulimit", test: FEW_FILES },
  {
    says: "free some room",
    test: "no room for the study's bundle: with the folder that is named in the environment there is",
  },
  { says: "use fewer workers", untyped: MACHINE },
  { says: 'commandLine("check", file)', test: NEW },
  { says: 'commandLine("launch", file', test: NEW },
  { says: 'commandLine("best", name)', test: NEW },
  { says: "change it into yours", untyped: "what the study is to be only its author knows" },
  {
    says: 'commandOn(file, "query", study, "--state"',
    test: "a study without a feasible trial: the query that is named shows by how much each breaks its constraints",
  },
  {
    says: 'commandOn(file, "show", study',
    test: "a study of which nothing works: the trial that is named shows why, and so does the one that best names",
  },
  {
    says: 'commandOn(db, "resume", boot',
    test: "a trial that takes an isolated run along: the resume that is named at its start goes on",
  },
  { says: "use fewer --workers", untyped: MACHINE },
  {
    says: "raise --memory-limit",
    test: "a host that holds more than the limit before any trial: with the limit raised it runs",
  },
  { says: "take --backend wasm", untyped: "it needs a native backend" },
  { says: "waits for resume", lines: 2, test: STOPPED },
  { says: "fewer --workers", untyped: MACHINE },
  { says: "Ctrl-C again", test: "a second Ctrl-C ends a run whose split does not finish" },
  { says: "expected either --trials or --add", untyped: NO_ADVICE },
  { says: "runs again what could not be recorded", test: FULL },
  { says: "commandOn(db, ...words)", untyped: MADE },
  { says: "Pareto front", test: "several directions: best shows the front" },
  { says: "goes on regardless", test: BREAKER },
  { says: "goes on`", test: STOPPED },
  { says: "got --no-", untyped: NO_ADVICE },
  { says: "lists them", lines: 3, test: HELP },
  { says: "has an example", test: HELP },
  { says: "no trial starts until resume", test: PAUSED },
  { says: "trials wait for resume", test: PAUSED },
  { says: "--breaker off goes on regardless", test: BREAKER },
  {
    says: 'commandOn(file, "resume", study.name)',
    test: "a trial that waits: show names the resume that runs it",
  },
  { says: "commandLine(...words, ...(isDefault", untyped: MADE },
  {
    says: "`belay launch` on this file",
    untyped: "no version of Belay leaves a file with a schema and no study",
  },
  { says: "upgrades it, and runs nothing", test: OLD },
  { says: "name a file with --db", test: FOREIGN },
  { says: "name another file with --db", test: FOREIGN },
  {
    says: 'commandOn(file, "repair", "--takeover")',
    test: "repair says how to repair it all the same, also when the file is damaged, and resume goes on then",
  },
  { says: "name another with --db", lines: 2, test: FOREIGN },
  {
    says: 'commandOn(file, "launch", typedPath(record.studyFile)',
    test: "two launches of one name at the same moment: the later one is told how to be launched",
  },
  { says: "npm install", lines: 4, untyped: DOWNLOAD },
  { says: "to see the whole error", test: BROKEN },
  { says: "npm rebuild", lines: 2, untyped: DOWNLOAD },
  { says: "LD_LIBRARY_PATH", lines: 2, untyped: DOWNLOAD },
  { says: "its coordinator had died", test: DAMAGED },
  { says: "saves what can be read", test: DAMAGED },
  {
    says: "tells of it with the study file",
    test: "a study whose row was damaged: what the repair says to compare shows what is wrong",
  },
  {
    says: "goes on with it",
    test: "a database that another one is moved over: the other keeps its own rows, and the run goes on in the saved file",
  },
  { says: "move it to", test: DELETED },
  { says: "remove $", untyped: "somebody else's log beside a deleted database: other programs made it" },
  {
    says: '"resume", study, "--takeover")',
    test: "resume says how to take the study over, and that goes on with it",
  },
  {
    says: "ends it",
    test: "a study that runs here: the stop that a second resume, or a repair, names ends it",
  },
  {
    says: "copy it once",
    test: "a large database in a folder that cannot be written: a copy elsewhere, named as is said, is read without the note",
  },
  {
    says: "name another in the environment",
    test: "a missing TMPDIR: with the one that is named as an example it works",
  },
  {
    says: '"--file"',
    test: "a study file that was moved: the resume that is named finds it, and keeps what else was asked",
  },
  {
    says: 'sameAgain(typed, "--takeover")',
    test: "a study of another machine that has been silent for long: the takeover that is named goes on with it",
  },
  { says: "--recycle always", untyped: NO_ADVICE },
];
