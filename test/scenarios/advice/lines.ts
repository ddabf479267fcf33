/** A piece of advice in the source, and the test that follows it. `complete.test.ts` finds missing ones. */
export interface Advice {
  /** A part of the line in the source. */
  readonly says: string;
  /** Number of lines with this part; 0 if the number does not matter. Default 1. */
  readonly lines?: number;
  /** Title of the test that follows the advice; otherwise `untyped` has the reason why none does. */
  readonly test?: string;
  readonly untyped?: string;
}

const STOPPED = "Ctrl-C: the resume that the summary names runs the waiting trials";
const TAKEN = "a name that is taken: one command resumes the study, the other launches under another name";
const CHANGED = "a changed study file: one command resumes anyway, the other launches a new study";
const PAUSED = "a run that another terminal paused or stopped: the resume that is named continues it";
const CONVERGED =
  "a converged study: the resume that is named continues it without rules, and so does that of a refused pause";
const SURPLUS = "enqueued trials beyond the study's total: the resume that is named runs them";
const FILLED =
  "a study that has all its trials: the enqueue that is named adds to them, and the resume that it names runs it";
const IDLE = "a study that is not running: the command that a refused pause, kill or set names runs it";
const MISTYPED = "a mistyped command or option: the suggested one works";
const HELP = "belay %j: the help that the message names has the answer";
const FOREIGN =
  "a file that is not a database of Belay (%s): the option that the message names selects another one";
const NEW = "a new study: the printed commands, and those in the file, work one after the other";
const BREAKER =
  "the breaker: the option that it names switches it off in a launch, and the command that it names in a resume";
const FULL = "a full disk and Ctrl-C: the run ends in good order, and a resume finishes the study";
const BROKEN = "a package that does not load: the command that doctor prints shows the whole error";
const AUTO = "doctor and the budget name --workers auto: a launch accepts it";
const MACHINE = "whether it helps depends on what other programs hold of the machine's memory";
const DOWNLOAD = "it downloads a package, or needs a GPU";
const MADE = "it composes the advice of other lines";
const OLD = "a database of an older schema: the command that a reading command names upgrades it";
const DELETED =
  "a database that is deleted during a run: the saved file, moved as the message says, can be resumed as it says";
const FEW_FILES = "too few open files: a launch works with the named limit, and with fewer workers";
const DAMAGED =
  "a damaged database: the repair that every command names saves it, and the resume that the repair names continues it";
const RAISED =
  "a study that loses trials to a limit: the resume that kills names runs as many with twice the limit";
const SUMMED =
  "a summary: every command that its lines name works, and the one that it proposes does what it says";
const DOUBLED = "a running study that loses trials to a limit: the set that kills names doubles it";
const LOWERED =
  "a limit far above what complete trials need: the resume that kills names ends such trials sooner";
const NARROWED =
  "a range in which every trial is lost: the launch that kills names, with the smaller range, loses none";
const FEWER =
  "trials that the memory reserve took while others ran: the set, and the resume, that kills names runs fewer";
const SHOWN_AGAIN = "a run with a dashboard: the command that its end names shows the study again";
const LISTED = "a study that is over, or has converged: the resume in the list of studies runs it on";
const WAITS =
  "trials that wait for a resume: the page's command for them, and that of the list of studies, run them";
const OTHER_MACHINE = "it needs another machine";
const NO_ADVICE = "it says what is expected, not what to type";

export const LINES: readonly Advice[] = [
  { says: "shows the study again", test: SHOWN_AGAIN },
  {
    says: "; the run goes on, and ",
    test: "a run whose dashboard finds no port: the command that it names shows the run",
  },
  {
    says: 'commandOn(page.db, "dashboard", "--control")',
    test: "a dashboard that only shows: the command that a refused order names starts one that may act",
  },
  { says: 'commandOn(db, "resume", study, "--stop", "none")', test: LISTED },
  { says: 'commandOn(db, "resume", study, "--add", "10")', test: LISTED },
  { says: 'command: commandOn(db, "resume", study),', test: WAITS },
  { says: 'commandOn(context.db, "resume", study.name)', test: WAITS },
  { says: "HOST\\` reaches it safely", untyped: OTHER_MACHINE },
  { says: "good for nearly all programs", untyped: OTHER_MACHINE },
  {
    says: "is `belay dashboard` still running?",
    test: "the server dies and comes back: the page says so, shows what it has, and goes on by itself",
  },
  { says: 'commandOn(page.value?.db ?? "belay.db", ...words)', untyped: MADE },
  { says: '(db === "belay.db" ? [] : ["--db", db])', untyped: MADE },
  { says: "another name is not answered here", untyped: NO_ADVICE },
  {
    says: "open the link that `belay dashboard` has printed",
    test: "is the token, which a browser changes for a cookie",
  },
  { says: "too many pages are open", untyped: NO_ADVICE },
  { says: "`belay cookie $", untyped: NO_ADVICE },
  { says: "readArguments(command.command(", untyped: NO_ADVICE },
  { says: "command: commandOn(reader.location, name, study.name, ...options)", test: SUMMED },
  { says: "command: name === null ? null : commandOn(file, name, study, ...words)", test: SUMMED },
  {
    says: "free some space: the disk has",
    untyped: "it is what doctor says too, and a test frees space after doctor has said it",
  },
  { says: "did you mean", lines: 0, test: MISTYPED },
  { says: "commandLine(...words, option, ...value)", untyped: MADE },
  { says: 'commandOn(db, "launch", typedPath(studyFile)', untyped: MADE },
  { says: "} gives this one another name`;", test: TAKEN },
  { says: "goes on with it, ", test: TAKEN },
  { says: "--workers auto finds", test: AUTO },
  {
    says: "begins anew",
    test: "a change after which trials could not be compared: the only command launches a new study",
  },
  { says: "goes on all the same", test: CHANGED },
  { says: "} of the study: ", test: SURPLUS },
  { says: 'commandOn(store.location, "resume", study.name)', untyped: MADE },
  {
    says: "already: $",
    test: "a check of a study whose name is taken prints a launch that works",
  },
  {
    says: "give below, as in regret(below=0.01)",
    test: "a stop rule that lacks a limit for a study of one split: with the limit that is named it can hold",
  },
  {
    says: "take fewer --workers",
    test: "a check that warns of too many workers: with fewer workers it does not warn",
  },
  { says: "const advice = afterwards", test: PAUSED },
  { says: "runs it that way", test: IDLE },
  { says: "adds to them", test: FILLED },
  { says: "its pruner would not stop it now", untyped: NO_ADVICE },
  {
    says: "makes it count again",
    test: "a trial that is made invalid in a running study counts for nothing at once, and again after an undo",
  },
  { says: "runs ten trials more", test: IDLE },
  { says: "goes on without rules", test: CONVERGED },
  { says: "` runs it`", test: IDLE },
  {
    says: "copy with",
    test: "a database on a network file system: the named option and the named backup work",
  },
  { says: "--backend wasm is quicker", untyped: "it needs a native backend" },
  { says: "--workers auto takes up to", test: AUTO },
  { says: "close other programs", untyped: MACHINE },
  {
    says: "free some space: results",
    test: "doctor about a nearly full disk: after files are deleted it prints no such line",
  },
  {
    says: "the disk is full: free some space",
    test: "a full disk: the run pauses, and goes on once there is space again",
  },
  {
    says: "name a folder that exists",
    test: "doctor about a missing folder: the option that it names selects one that exists",
  },
  { says: "install Node", untyped: "it asks for another Node" },
  { says: "at most the lag of", untyped: NO_ADVICE },
  {
    says: "splitWarning(",
    test: "splits that share rows: the check that a launch names describes them",
  },
  { says: "or use fewer --workers", test: FEW_FILES },
  { says: "raise it, as in ulimit", test: FEW_FILES },
  {
    says: "free some room",
    test: "no room for the study's bundle: with a folder in the environment variable that is named there is room",
  },
  { says: "use fewer workers", untyped: MACHINE },
  { says: 'commandLine("check", file)', test: NEW },
  { says: 'commandLine("launch", file', test: NEW },
  { says: 'commandLine("best", name)', test: NEW },
  { says: "change it into yours", untyped: "what the study is to be only its author knows" },
  {
    says: 'commandOn(file, "query", study, "--state"',
    test: "a study without a feasible trial: the query that is named shows by how much each violates its constraints",
  },
  {
    says: 'commandOn(file, "show", study',
    test: "a study whose trials all fail: the trial that the summary names shows why, and so does the one that best names",
  },
  {
    says: 'commandOn(db, "resume", boot',
    test: "a trial that kills a run without isolation: the resume that is named at its start continues it",
  },
  { says: "use fewer --workers", untyped: MACHINE },
  {
    says: "raise --memory-limit",
    test: "a host that exceeds the memory limit before any trial: with a higher limit it runs",
  },
  { says: "take --backend wasm", untyped: "it needs a native backend" },
  { says: "waits for resume", test: STOPPED },
  { says: "fewer --workers", untyped: MACHINE },
  { says: "Ctrl-C again", test: "a second Ctrl-C ends a run whose split does not finish" },
  { says: "expected either --trials or --add", untyped: NO_ADVICE },
  { says: "runs again what could not be recorded", test: FULL },
  { says: "commandOn(db, ...words)", untyped: MADE },
  { says: "Pareto front", test: "several directions: best shows the Pareto front" },
  { says: "goes on regardless", test: BREAKER },
  { says: "goes on`", test: STOPPED },
  { says: "got --no-", untyped: NO_ADVICE },
  { says: 'commandOn(file, "resume", study.name, words[0]', test: RAISED },
  { says: 'commandOn(file, "set", study.name', test: DOUBLED },
  { says: 'commandOn(reader.location, "set", study.name', test: FEWER },
  { says: 'commandOn(reader.location, "resume", study.name, "--workers"', test: FEWER },
  { says: "const command = commandOn(", test: NARROWED },
  { says: "gives such trials up sooner", test: LOWERED, lines: 0 },
  { says: "expected either --columns or --group-by", untyped: NO_ADVICE },
  { says: "expected --group-by beside it", untyped: NO_ADVICE },
  { says: "a figure of --agg", untyped: NO_ADVICE },
  { says: "lists them", lines: 3, test: HELP },
  { says: "has an example", test: HELP },
  { says: "no trial starts until resume", test: PAUSED },
  { says: "trials wait for resume", test: PAUSED },
  { says: "--breaker off goes on regardless", test: BREAKER },
  {
    says: 'commandOn(file, "resume", study.name)',
    test: "a waiting trial: show names the resume that runs it",
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
    test: "repair suggests a takeover, also if the file is damaged, and the study can be resumed afterwards",
  },
  { says: "name another with --db", lines: 2, test: FOREIGN },
  {
    says: 'commandOn(file, "launch", typedPath(record.studyFile)',
    test: "two launches of one name at the same time: the second one prints a command that launches it",
  },
  { says: "npm install", lines: 4, untyped: DOWNLOAD },
  { says: "to see the whole error", test: BROKEN },
  { says: "npm rebuild", lines: 2, untyped: DOWNLOAD },
  { says: "LD_LIBRARY_PATH", lines: 2, untyped: DOWNLOAD },
  { says: "its coordinator had died", test: DAMAGED },
  { says: "saves what can be read", test: DAMAGED },
  {
    says: "tells of it with the study file",
    test: "a study whose row was damaged: the comparison that the repair suggests shows the damage",
  },
  {
    says: "goes on with it",
    test: "a database that another file replaces during a run: the other file is not changed, and the study is resumed in the saved one",
  },
  { says: "move it to", test: DELETED },
  { says: "remove $", untyped: "somebody else's log beside a deleted database: other programs made it" },
  {
    says: '"resume", study, "--takeover")',
    test: "resume suggests a takeover, which resumes the study",
  },
  {
    says: "ends it",
    test: "a study that runs on this machine: the stop that a second resume, or a repair, names ends it",
  },
  {
    says: "copy it once",
    test: "a large database in a read-only folder: a copy elsewhere, named as the note says, is read without the note",
  },
  {
    says: "name another in the environment",
    test: "a missing TMPDIR: the example that the message names works",
  },
  {
    says: "it was imported without a study file; with one",
    test: "is history: other studies learn from it, and it goes on with a study file",
  },
  {
    says: '"--file"',
    test: "a moved study file: the resume that is named finds it, and keeps the other options",
  },
  {
    says: 'sameAgain(typed, "--takeover")',
    test: "a study of another machine without a recent heartbeat: the takeover that is named continues it",
  },
  { says: "--recycle always", untyped: NO_ADVICE },
];
