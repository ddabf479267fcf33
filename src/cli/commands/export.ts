import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { BelayError, didYouMean, show } from "../../core/error.ts";
import { formatTrials } from "../../core/units.ts";
import { writeOptuna } from "../../interop/optuna/write.ts";
import { exportLines, TEXT_EXPORTS } from "../../report/export.ts";
import { allColumns } from "../../report/query/columns.ts";
import { filterOf } from "../../report/query/selection.ts";
import { requireStudy } from "../../report/study.ts";
import { openDatabase } from "../../sqlite/database.ts";
import type { Selection } from "../../store/filter.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import { optionalText, trialOptions } from "../arguments.ts";
import { withReader } from "../database.ts";
import { newFile, newFolder, writeLines } from "../new-file.ts";
import { trialSelectionOptions } from "../options.ts";
import { print, printPages, printToStderr } from "../terminal/output.ts";

/** The formats of `export`. */
export const EXPORT_FORMATS = [...TEXT_EXPORTS, "parquet", "optuna", "tensorboard", "mlflow"] as const;

type Format = (typeof EXPORT_FORMATS)[number];

const text = { type: "string", requiresArg: true } as const;

/** The trials of a study in a format for other programs. */
export const exportCommand = {
  command: "export <study>",
  describe:
    "writes the trials of a study for other programs: csv, ndjson, Parquet, Optuna, TensorBoard, MLflow",
  builder: (yargs: Argv) =>
    trialSelectionOptions(yargs)
      .option("format", {
        ...text,
        describe: "csv, ndjson, parquet, optuna, tensorboard or mlflow",
        demandOption: true,
      })
      .option("out", {
        ...text,
        describe: "the file to write, a new one; of tensorboard the folder [stdout for csv and ndjson]",
      })
      .option("to", { ...text, describe: "of mlflow: the address of its server" })
      .example("$0 export digits --format csv --out digits.csv", "one row for each trial")
      .example("$0 export digits --format optuna --out digits.db", "a database that Optuna goes on with"),
  handler: exportStudy,
} satisfies CommandModule;

/** What to export. */
interface Export {
  readonly reader: Reader;
  readonly study: StudyRow;
  readonly selection: Selection;
}

async function exportStudy(argv: ArgumentsCamelCase): Promise<void> {
  const format = formatOf(argv.format);
  const [out, to] = [optionalText(argv.out), optionalText(argv.to)];
  checkTarget(format, out, to);
  const asked = trialOptions(argv);
  await withReader(String(argv.db), async (reader) => {
    const study = await requireStudy(reader, String(argv.study));
    const exported: Export = { reader, study, selection: filterOf(study, asked) };
    if (format === "mlflow") return sendStudy(exported, to!, argv.json === true);
    if (out === undefined && isText(format))
      return printPages(exportLines(reader, study, format, exported.selection), { exact: true });
    const make = format === "tensorboard" ? newFolder : newFile;
    const trials = await make(out!, (file) => writeExport(exported, format, file));
    if (argv.json) print(JSON.stringify({ study: study.name, format, file: out, trials }));
    else printToStderr(`${study.name}: ${formatTrials(trials)} in ${out}`);
  });
}

/** Refuses a format without its target, or with that of another. */
function checkTarget(format: Format, out: string | undefined, to: string | undefined): void {
  const wrong = (text: string): BelayError => new BelayError("usage", text);
  if (format === "mlflow") {
    if (to === undefined) throw wrong("--to: expected the address of an MLflow server, got none");
    if (out !== undefined)
      throw wrong(`--out: expected none, because mlflow is written to a server, got ${show(out)}`);
    return;
  }
  if (to !== undefined)
    throw wrong(`--to: expected none, because ${format} is written to a file, got ${show(to)}`);
  if (out === undefined && !isText(format))
    throw wrong(`--out: expected the ${format === "tensorboard" ? "folder" : "file"} to write, got none`);
}

async function sendStudy({ reader, study, selection }: Export, to: string, asJson: boolean): Promise<void> {
  const [{ mlflowClient }, { sendToMlflow }] = await Promise.all([
    import("../../interop/mlflow/client.ts"),
    import("../../interop/mlflow/send.ts"),
  ]); // loaded late, as they are seldom used
  const client = mlflowClient(to, process.env);
  const sent = await sendToMlflow(client, reader, study, selection);
  if (asJson)
    return print(JSON.stringify({ study: study.name, format: "mlflow", to: client.address, ...sent }));
  const { trials, created, completed } = sent;
  const there = trials - created - completed;
  printToStderr(
    `${study.name}: ${formatTrials(trials)} at ${client.address}: ${created} new, ${completed} completed, ${there} there already`,
  );
}

/** @returns how many trials were written. */
async function writeExport(
  { reader, study, selection }: Export,
  format: Exclude<Format, "mlflow">,
  file: string,
): Promise<number> {
  if (format === "optuna") {
    const db = openDatabase(file);
    try {
      return await writeOptuna(db, reader, study, selection);
    } finally {
      db.close();
    }
  }
  if (format === "tensorboard") {
    const { writeTensorboard } = await import("../../interop/tensorboard/write.ts"); // loaded late, as it is seldom used
    return writeTensorboard(file, reader, study, selection);
  }
  if (format === "parquet") {
    const { writeParquet } = await import("../../interop/parquet/write.ts"); // loaded late: it brings its own encoder
    return writeParquet(file, reader, study, { columns: allColumns(study), selection });
  }
  let trials = 0;
  const count = (more: number): void => {
    trials += more;
  };
  await writeLines(file, exportLines(reader, study, format, selection, count));
  return trials;
}

function isText(format: Format): format is (typeof TEXT_EXPORTS)[number] {
  return (TEXT_EXPORTS as readonly string[]).includes(format);
}

function formatOf(typed: unknown): Format {
  const format = EXPORT_FORMATS.find((each) => each === typed);
  if (format) return format;
  throw new BelayError(
    "usage",
    `--format: expected one of ${EXPORT_FORMATS.join(", ")}, got ${show(typed)}${didYouMean(String(typed), EXPORT_FORMATS)}`,
  );
}
