/**
 * What completes a word: one of some words; `list`: several of some words, with commas; or what the name of a source means:
 *
 * - `study`: the name of a study in the database.
 * - `trial`, `running-trial`: the number of a trial of the study that is typed before it.
 * - `column`: a column of that study's trials, one of its params among them; `columns`: several with commas.
 * - `sort`: columns, each with `:desc` if wanted; with `--group-by` the grouped columns and the figures.
 * - `target`: what `importance` can explain of that study.
 * - `file`, `study-file`: a file, or one that can be a study.
 * - `nothing`: a text that only a person knows.
 */
export type Source =
  | readonly string[]
  | { readonly list: readonly string[] }
  | ("study" | "trial" | "running-trial" | "column" | "columns" | "sort" | "target")
  | ("file" | "study-file" | "nothing");

/** An option of a command. */
export interface CompletedOption {
  readonly describe: string;
  /** Whether a value follows; `maybe`: a number may follow. */
  readonly value: "none" | "maybe" | "one";
  /** Whether it may be repeated. */
  readonly repeats: boolean;
  /** What completes its value. */
  readonly source: Source;
}

/** A command with what it takes. */
export interface CompletedCommand {
  readonly describe: string;
  /** What completes each of its positional arguments, in their order. */
  readonly positionals: readonly Source[];
  /** Whether the last positional argument may be repeated. */
  readonly repeats: boolean;
  /** Its options by name, without those that every command has. */
  readonly options: Readonly<Record<string, CompletedOption>>;
}

/** All that the command line knows, as plain data, so that completing a word loads no command. The build writes it. */
export interface CompletionTable {
  readonly everywhere: Readonly<Record<string, CompletedOption>>;
  readonly commands: Readonly<Record<string, CompletedCommand>>;
  /** How the names of study files end, without the dot. */
  readonly studyFiles: readonly string[];
}
