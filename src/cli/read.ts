import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { BelayError, didYouMean, show } from "../core/error.ts";
import { finishedOf } from "../core/trial.ts";
import { bestTrials } from "../report/best.ts";
import { exactJson, FORMATS, type Format, formatObjects, formatTable, humanCell } from "../report/format.ts";
import { listStudies } from "../report/list.ts";
import { noBest } from "../report/losses.ts";
import { queryLines } from "../report/query.ts";
import { showStudy, showTrial } from "../report/show.ts";
import { runSql, toObjects } from "../report/sql.ts";
import { reading } from "./database.ts";
import { noBestText } from "./terminal/no-best-text.ts";
import { print } from "./terminal/output.ts";
import { studyText, trialText } from "./terminal/study-text.ts";

/** The commands that read a database; each can run beside a coordinator that writes it. */

const text = { type: "string", requiresArg: true } as const;

export const queryCommand = {
  command: "query <study>",
  describe: "the trials of a study, one row each",
  builder: (yargs: Argv) =>
    yargs
      .positional("study", { type: "string", describe: "the study's name" })
      .option("state", { ...text, describe: "complete, pruned, fail, waiting, running; several with commas" })
      .option("reason", { ...text, describe: "such as memory-limit or split-timeout; several with commas" })
      .option("where", { ...text, describe: 'such as "value > 0.9 and memory.peak > 2GB"' })
      .option("sort", { ...text, describe: "a column, or column:desc" })
      .option("limit", { ...text, describe: "this many rows at most" })
      .option("offset", { ...text, describe: "leaves out this many rows first" })
      .option("columns", { ...text, describe: "names with commas" })
      .option("format", { ...text, describe: "table, json, ndjson, csv or markdown [table]" })
      .example("$0 query digits --sort value:desc --limit 5", "the five best trials"),
  handler: (argv: ArgumentsCamelCase) => {
    const options = {
      format: formatOf(argv),
      ...list(argv, "state"),
      ...list(argv, "reason"),
      ...list(argv, "columns"),
      ...(argv.where === undefined ? {} : { where: String(argv.where) }),
      ...(argv.sort === undefined ? {} : { sort: String(argv.sort) }),
      ...count(argv, "limit"),
      ...count(argv, "offset"),
      ...width(),
    };
    const exact = options.format === "csv";
    reading(String(argv.db), (db) => print(queryLines(db, String(argv.study), options), { exact }));
  },
} satisfies CommandModule;

export const sqlCommand = {
  command: "sql <select>",
  describe: "read-only SQL over the database",
  builder: (yargs: Argv) =>
    yargs
      .positional("select", { type: "string", describe: "one SELECT" })
      .option("format", { ...text, describe: "table, json, ndjson, csv or markdown [table]" })
      .example('$0 sql "select max(value) from trial_results"', "whatever SQL can ask"),
  handler: (argv: ArgumentsCamelCase) => {
    const format = formatOf(argv);
    reading(String(argv.db), (db) => {
      const result = runSql(db, String(argv.select));
      if (format === "json" || format === "ndjson")
        return print(formatObjects(format, toObjects(result), exactJson));
      const columns = result.columns.map((key) => ({ key, kind: "exact" as const }));
      const lines = formatTable(format, { columns, rows: result.rows }, process.stdout.columns);
      print(lines, { exact: format === "csv" });
    });
  },
} satisfies CommandModule;

export const listCommand = {
  command: "list",
  describe: "the studies of a database",
  builder: (yargs: Argv) => yargs.example("$0 list --json", "for scripts"),
  handler: (argv: ArgumentsCamelCase) => {
    const studies = reading(String(argv.db), listStudies);
    if (argv.json) return print(JSON.stringify(studies));
    const columns = ["study", "state", "trials", "complete", "pruned", "fail", "best"].map((key) => ({
      key,
      kind: (key === "study" || key === "state" ? "text" : "number") as "text" | "number",
    }));
    const rows = studies.map(({ study, state, trials, target, best, front }) => {
      const finished = finishedOf(trials);
      return [
        study,
        state,
        `${finished}/${target}`,
        trials.complete,
        trials.pruned,
        trials.fail,
        best?.value ?? (front ? `front of ${front.length}` : trials.complete > 0 ? "none feasible" : null),
      ];
    });
    print(formatTable("table", { columns, rows }, process.stdout.columns));
  },
} satisfies CommandModule;

export const showCommand = {
  command: "show <study> [number]",
  describe: "a study, or one of its trials with attempts, splits, memory and error",
  builder: (yargs: Argv) =>
    yargs
      .positional("study", { type: "string", describe: "the study's name" })
      .positional("number", { type: "string", describe: "the trial's number" })
      .example("$0 show digits 3", "everything about trial 3"),
  handler: (argv: ArgumentsCamelCase) => {
    reading(String(argv.db), (db) => {
      const name = String(argv.study);
      if (argv.number === undefined) {
        const study = showStudy(db, name);
        print(argv.json ? JSON.stringify(study) : studyText(study));
      } else {
        const trial = showTrial(db, name, whole("number", argv.number), String(argv.db));
        print(argv.json ? JSON.stringify(trial) : trialText(trial));
      }
    });
  },
} satisfies CommandModule;

export const bestCommand = {
  command: "best <study>",
  describe: "the best trial, params ready to paste; with several directions the Pareto front",
  builder: (yargs: Argv) =>
    yargs
      .positional("study", { type: "string", describe: "the study's name" })
      .example("$0 best digits --json", "for scripts"),
  handler: (argv: ArgumentsCamelCase) => {
    const [name, file] = [String(argv.study), String(argv.db)];
    const found = reading(file, (db) => bestTrials(db, name));
    if (argv.json) print(JSON.stringify(found));
    const trials = found.front ?? (found.best ? [found.best] : []);
    if (trials.length === 0) {
      const { lacks, text } = noBestText(
        file,
        name,
        reading(file, (db) => noBest(db, name)),
      );
      throw new BelayError("store", `best: expected a ${lacks} trial in study ${name}, got none: ${text}`);
    }
    if (argv.json) return;
    print(
      trials.map(
        ({ number, values, params }) =>
          `trial ${number}: ${values.map((value) => humanCell(value, "number")).join(", ")}\n${JSON.stringify(params, null, 2)}`,
      ),
    );
  },
} satisfies CommandModule;

function formatOf(argv: ArgumentsCamelCase): Format {
  if (argv.json) return "json";
  const format = String(argv.format ?? "table");
  if ((FORMATS as readonly string[]).includes(format)) return format as Format;
  throw new BelayError(
    "usage",
    `--format: expected one of ${FORMATS.join(", ")}, got ${show(format)}${didYouMean(format, FORMATS)}`,
  );
}

function list<K extends string>(argv: ArgumentsCamelCase, key: K): Partial<Record<K, string[]>> {
  const value = argv[key];
  if (value === undefined) return {};
  const parts = String(value)
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  if (parts.length > 0) return { [key]: parts } as Partial<Record<K, string[]>>;
  throw new BelayError("usage", `--${key}: expected one name or several with commas, got ${show(value)}`);
}

function count<K extends string>(argv: ArgumentsCamelCase, key: K): Partial<Record<K, number>> {
  return argv[key] === undefined
    ? {}
    : ({ [key]: whole(`--${key}`, argv[key]) } as Partial<Record<K, number>>);
}

function whole(option: string, value: unknown): number {
  const read = String(value).trim() === "" ? Number.NaN : Number(value);
  if (Number.isSafeInteger(read) && read >= 0) return read;
  throw new BelayError("usage", `${option}: expected a whole number of at least 0, got ${show(value)}`);
}

function width(): { width?: number } {
  return process.stdout.columns ? { width: process.stdout.columns } : {};
}
