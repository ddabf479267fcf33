import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { BelayError, didYouMean, show } from "../core/error.ts";
import { finishedOf } from "../core/trial.ts";
import { bestTrials } from "../report/best.ts";
import {
  type Cell,
  exactJson,
  FORMATS,
  type Format,
  formatTable,
  humanCell,
  linesOf,
  objectLines,
  rowLines,
} from "../report/format.ts";
import { listStudies } from "../report/list.ts";
import { noBest } from "../report/losses.ts";
import { queryLines } from "../report/query.ts";
import { showStudy, showTrial } from "../report/show.ts";
import { toObjects } from "../report/sql.ts";
import { withReader } from "./database.ts";
import { noBestText } from "./terminal/no-best-text.ts";
import { print, printPages } from "./terminal/output.ts";
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
    return withReader(String(argv.db), (reader) =>
      printPages(queryLines(reader, String(argv.study), options), { exact }),
    );
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
    return withReader(String(argv.db), async (reader) => {
      const { columns, pages } = await reader.sql(String(argv.select));
      if (format === "json" || format === "ndjson") {
        const toObject = toObjects(columns);
        return printPages(
          linesOf(
            objectLines(format, (row: readonly Cell[]) => exactJson(toObject(row))),
            pages,
          ),
        );
      }
      const headings = columns.map((key) => ({ key, kind: "exact" as const }));
      const lines = linesOf(rowLines(format, headings, process.stdout.columns), pages);
      return printPages(lines, { exact: format === "csv" });
    });
  },
} satisfies CommandModule;

export const listCommand = {
  command: "list",
  describe: "the studies of a database",
  builder: (yargs: Argv) => yargs.example("$0 list --json", "for scripts"),
  handler: async (argv: ArgumentsCamelCase) => {
    const studies = await withReader(String(argv.db), listStudies);
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
    print(formatTable(columns, rows, process.stdout.columns));
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
    return withReader(String(argv.db), async (reader) => {
      const name = String(argv.study);
      if (argv.number === undefined) {
        const study = await showStudy(reader, name);
        print(argv.json ? JSON.stringify(study) : studyText(study));
      } else {
        const trial = await showTrial(reader, name, whole("number", argv.number));
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
  handler: async (argv: ArgumentsCamelCase) => {
    const [name, file] = [String(argv.study), String(argv.db)];
    const found = await withReader(file, (reader) => bestTrials(reader, name));
    if (argv.json) print(JSON.stringify(found));
    const trials = found.front ?? (found.best ? [found.best] : []);
    if (trials.length === 0) {
      const why = await withReader(file, (reader) => noBest(reader, name));
      const { lacks, text } = noBestText(file, name, why);
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
