import type { Direction } from "./search/direction.ts";
import type { SpaceDeclaration } from "./space/param.ts";
import type { ParamsOf } from "./space/params-of.ts";
import type { StudyDefinition } from "./study.ts";

/**
 * What `command` receives.
 *
 * @example
 * command: ({ params, split, seed }) => ["python3", "train.py", `--rate=${params.rate}`, `--fold=${split}`, `--seed=${seed}`]
 */
export interface CommandContext<Params> {
  /** The chosen values, typed by `space`. */
  readonly params: Params;
  /** Index of the split that the program runs; of one that runs several splits, the first of them. */
  readonly split: number;
  /** Number of splits. */
  readonly splitCount: number;
  /** A seed in [0, 2^31) for this trial and split alone; it is the same when the split runs again. */
  readonly seed: number;
  /** The trial's number in the study, from 0, and the number of this attempt at it, from 1. */
  readonly trial: { readonly number: number; readonly attempt: number };
}

/**
 * Where the value of a program that does not speak the protocol is read: from the last line that it prints, from a file
 * (relative to `cwd`), or from the last match of a regular expression in what it prints, by its first group.
 *
 * @example
 * value: "last-line"
 * value: { file: "score.txt" }
 * value: { pattern: /accuracy: (\S+)/ }
 */
export type ValueSource = "last-line" | { readonly file: string } | { readonly pattern: RegExp | string };

/**
 * The fields of a study that trains by a program of its own instead of `train`.
 *
 * @example
 * command: ({ params }) => ["python3", "train.py", String(params.rate)],
 * splits: 5,
 * env: { OMP_NUM_THREADS: "1" }
 */
export interface CommandFields<Params> {
  /** The program and its arguments; no shell reads them. */
  readonly command: (context: CommandContext<Params>) => readonly string[];
  /** How many splits a trial has; the program divides the data by itself. @default 1 */
  readonly splits?: number;
  /**
   * Whether one process serves all splits of a trial, or each split has one. A program that does not speak the protocol
   * has one process for each split in any case.
   * @default "trial"
   */
  readonly per?: "trial" | "split";
  /** The working directory, relative to the folder of the study file. @default that folder */
  readonly cwd?: string;
  /** Further environment variables. @default none */
  readonly env?: Readonly<Record<string, string>>;
  /** Where the value is read if the program does not speak the protocol. @default "last-line" */
  readonly value?: ValueSource;
  /** Whether the program speaks the protocol; "auto" finds out by whether it says hello. @default "auto" */
  readonly protocol?: boolean | "auto";
}

/**
 * A study whose trials train in a program of its own, in any language.
 *
 * @example
 * export default defineCommandStudy({ name: "line", direction: "minimize", space: { x: float(-5, 5) }, command: ({ params }) => ["python3", "train.py", String(params.x)] });
 */
export interface CommandStudyDefinition<
  Space extends SpaceDeclaration,
  Directions extends readonly Direction[],
> extends Omit<
      StudyDefinition<Space, undefined, never, Directions, undefined>,
      "backend" | "data" | "splits" | "train"
    >,
    CommandFields<ParamsOf<Space>> {}

/** Requires `direction` or `directions`, depending on whether `Directions` was inferred. */
type Directed<Directions extends readonly Direction[]> = readonly [Direction] extends Directions
  ? { readonly direction: Direction }
  : { readonly directions: Directions };

/**
 * Declares a study whose trials train in a program of its own, in any language; the result is the default export of a
 * study file. Such a study has `command` instead of `train`, and no `data`. At run time `definition` is returned as it
 * is.
 *
 * @example
 * export default defineCommandStudy({
 *   name: "forest",
 *   direction: "maximize",
 *   space: { trees: int(10, 500, { log: true }), depth: int(2, 30) },
 *   splits: 5,
 *   limits: { splitTimeout: "5m", memory: "4GiB" },
 *   command: ({ params }) => ["python3", "train.py", String(params.trees), String(params.depth)],
 * });
 */
export function defineCommandStudy<
  const Space extends SpaceDeclaration,
  const Directions extends readonly Direction[] = readonly [Direction],
>(
  definition: CommandStudyDefinition<Space, Directions> & Directed<Directions>,
): CommandStudyDefinition<Space, Directions> {
  return definition;
}
