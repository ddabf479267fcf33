import type { Aggregate } from "./aggregate.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { Direction } from "./search/direction.ts";
import type { Pruner, PrunerName } from "./search/pruner.ts";
import type { Sampler, SamplerName } from "./search/sampler.ts";
import type { DataContext, SetupContext } from "./setup-context.ts";
import type { SpaceDeclaration } from "./space/param.ts";
import type { CheckedSpace, ParamsOf, Refused } from "./space/params-of.ts";
import type { Space } from "./space/space.ts";

/**
 * The TensorFlow.js backend that a study asks for: "auto" takes the best that works here, the others force one.
 *
 * @example
 * backend: "wasm"
 */
export type BackendChoice = "auto" | "gpu" | "node" | "wasm" | "cpu";

const EVERY_BACKEND: Readonly<Record<BackendChoice, true>> = {
  auto: true,
  gpu: true,
  node: true,
  wasm: true,
  cpu: true,
};
/** What `backend` may ask for; "auto" takes the best that works. */
export const BACKEND_CHOICES = Object.keys(EVERY_BACKEND) as readonly BackendChoice[];

/** A TensorFlow.js backend that was taken. */
export type Backend = Exclude<BackendChoice, "auto">;

/** The limits that a study file sets; what it leaves out is absent. */
export interface StudyLimits {
  readonly splitTimeoutMs?: number;
  readonly trialTimeoutMs?: number;
  readonly setupTimeoutMs?: number;
  readonly memoryBytes?: number;
}

/**
 * A study file as plain data: what the coordinator knows of it. The file itself is imported only in workers, so that
 * nothing it does can hang or crash the coordinator.
 */
export interface StudyManifest {
  readonly name: string;
  readonly directions: readonly Direction[];
  readonly space: Space;
  /** null: the study uses no TensorFlow. */
  readonly backend: BackendChoice | null;
  readonly limits: StudyLimits;
  /** The same params may give other values. */
  readonly noise: boolean;
  /** Settings that the study file proposes, as the command line writes them: `tpe`, `tpe(startupTrials=20)`. */
  readonly sampler: string | null;
  readonly pruner: string | null;
  readonly trials: number | null;
  /** Whether a trial's value is the mean of its splits, of the first objective. */
  readonly isMean: boolean;
}

/**
 * The limits as a study file writes them: `"90s"` `"30m"` `"2h"` or seconds, `"12GB"` (10^9) `"8GiB"` (2^30) or bytes.
 *
 * @example
 * limits: { splitTimeout: "5m", trialTimeout: "30m", memory: "4GiB" }
 */
export interface LimitsDefinition {
  /** Time in `train` for one split. @default none */
  readonly splitTimeout?: string | number;
  /** All splits and `aggregate` of one trial. @default none */
  readonly trialTimeout?: string | number;
  /** Import, `data` and `splits` of one worker. @default "10m" */
  readonly setupTimeout?: string | number;
  /**
   * Resident memory of a worker's process and its children, data included, as `ps` shows it.
   * @default "12GiB", or what the machine leaves for each worker, whichever is less
   */
  readonly memory?: string | number;
}

/**
 * What `train` receives.
 *
 * @example
 * train: async ({ params, split, data, seed, signal, report }) => {
 *   const model = start(params, seed);
 *   for (let epoch = 0; epoch < 20 && !signal.aborted; epoch++) {
 *     model.fit(data, split.train);
 *     await report(epoch, model.score(data, split.validation));
 *   }
 *   return model.score(data, split.validation);
 * }
 */
export interface TrainContext<Params, Split, Data, Backend> {
  /** The chosen values, typed by `space`. */
  readonly params: Params;
  /** The division to train on, as `splits` returned it; undefined in a study without `splits`. */
  readonly split: Split;
  /** Its place in what `splits` returned. */
  readonly splitIndex: number;
  /** How many splits there are. */
  readonly splitCount: number;
  /** What `data` returned: shared by all trials of a worker, so leave it as it is. */
  readonly data: Data;
  /** TensorFlow.js with its backend ready; only in a study that sets `backend`. */
  readonly tf: TensorFlowOf<Backend>;
  /** A seed in [0, 2^31), of this trial and split alone: the same when the split runs again. */
  readonly seed: number;
  /** Aborted when the trial must end, with the reason. */
  readonly signal: AbortSignal;
  /** The trial's number in the study, and which attempt at it this is (1 is the first). */
  readonly trial: { readonly number: number; readonly attempt: number };
  /** What this trial keeps for its next attempt, should this one be cut short. */
  readonly checkpoint: Checkpoint;
  /**
   * Tells progress inside a split, at most one value a step. In a study of one split the pruner judges it, and the
   * promise rejects if the trial is to be pruned: let that pass.
   */
  report(step: number, value: number): Promise<void>;
  /** Writes to the study's log, as `console.log` would. */
  log(...args: readonly unknown[]): void;
}

/** `typeof import("@tensorflow/tfjs")`, in a study that sets `backend`. */
export type TensorFlowOf<Backend> = unknown extends Backend
  ? unknown
  : Backend extends BackendChoice
    ? typeof import("@tensorflow/tfjs")
    : Refused<'tf exists only in a study with a backend: add backend: "auto"'>;

/**
 * What `train` returns in a study with constraints.
 *
 * @example
 * train: ({ params }): Constrained<number> => ({ values: 0.93, constraints: [params.size - 1e6] })
 */
export interface Constrained<Values> {
  /** One number, or one for each direction. */
  readonly values: Values;
  /** Feasible when all are <= 0; as many for every trial of the study. */
  readonly constraints?: readonly number[];
}

/**
 * What `train` returns: a number for each direction, in one direction simply a number; alone or with constraints.
 *
 * @example
 * train: () => 0.93;                                       // one direction
 * train: () => [0.93, 12_000];                             // two directions
 * train: () => ({ values: 0.93, constraints: [size - 1e6] }) // feasible when the size is at most a million
 */
export type OneNumberPerDirection<Directions extends readonly Direction[]> =
  | ValuesOf<Directions>
  | Constrained<ValuesOf<Directions>>;

/**
 * The array is not within a conditional type: only so does the compiler take what `train` returns for a tuple. Of an
 * item after the last one it would only say that it is no `undefined`: the place behind the end says it better.
 */
type ValuesOf<Directions extends readonly Direction[]> =
  | readonly [
      ...OnePerDirection<[Directions, never][Directions extends readonly [Direction] ? 1 : 0], number>,
      Refused<`expected ${Directions["length"]} numbers, one for each direction`>?,
    ]
  | (Directions extends readonly [Direction] ? number : never);

/** An array with one item for each direction. */
type OnePerDirection<Directions extends readonly Direction[], Item> = {
  readonly [Index in keyof Directions]: Item;
};

/** `T`, where nothing is to be inferred for it. Unlike `NoInfer` it does not show in the compiler's messages. */
type Fixed<T> = [T][T extends unknown ? 0 : never];

/** `direction` where `directions` is left out. */
type DirectionOf<Directions extends readonly Direction[]> = readonly [Direction] extends Directions
  ? Direction
  : Refused<"expected either direction or directions, got both">;

/** One of the two there must be: by whether `Directions` was inferred. */
type Directed<Directions extends readonly Direction[]> = readonly [Direction] extends Directions
  ? { readonly direction: Direction }
  : { readonly directions: Directions };

/**
 * A study, as its file declares it. Write `data`, `splits`, `train` in this order: each is typed by those before.
 *
 * @example
 * export default defineStudy({ name: "line", direction: "minimize", space: { slope: float(-5, 5) }, train: ({ params }) => params.slope ** 2 });
 */
export interface StudyDefinition<
  Space extends SpaceDeclaration,
  Data,
  Split,
  Directions extends readonly Direction[],
  Backend extends BackendChoice | undefined,
> {
  /** Its name in the database and on the command line: 1 to 64 letters, digits, `_`, `-`, `.`, the first no `-` or `.`. */
  readonly name: string;
  /** Whether a smaller or a larger value is better. Either this or `directions`. */
  readonly direction?: DirectionOf<Directions>;
  /** For several objectives: a direction for each. The best are then a Pareto front. */
  readonly directions?: Directions;
  /**
   * Asks for TensorFlow.js: "auto" takes the best backend that works, the others force one. `train` then receives `tf`.
   * @default none: no TensorFlow is loaded
   */
  readonly backend?: Backend;
  /** The params: `float`, `int`, `categorical`, each with `.when` if it is conditional. */
  readonly space: Space & CheckedSpace<Space>;
  /** What may end a trial. */
  readonly limits?: LimitsDefinition;
  /** The same params may give other values: then samplers may propose them again. @default false */
  readonly noise?: boolean;
  /** How many trials the study is for, if the command line does not say. @default 100 */
  readonly trials?: number;
  /** The sampler, by its name or by what its factory returns, if the command line does not say. @default "tpe" */
  readonly sampler?: SamplerName | Sampler;
  /**
   * The pruner, by its name or by what its factory returns, if the command line does not say.
   * @default "race" for one objective that is the mean of three or more splits, else "none"
   */
  readonly pruner?: PrunerName | Pruner;
  /** Loads the data: once per worker, under `limits.setupTimeout`. @default none */
  readonly data?: (context: DataContext) => Data | Promise<Data>;
  /** The divisions of the data; every worker must find the same. @default one split, undefined */
  readonly splits?: (data: Data, context: SetupContext) => readonly Split[] | Promise<readonly Split[]>;
  /** Trains with `params` on `split` and returns how good the result is on rows that it has not seen. */
  readonly train: (
    context: TrainContext<ParamsOf<Space>, [Split] extends [never] ? undefined : Split, Data, Backend>,
  ) => OneNumberPerDirection<Fixed<Directions>> | Promise<OneNumberPerDirection<Fixed<Directions>>>;
  /** Split values -> the trial's value; one for all objectives or one for each. @default mean */
  readonly aggregate?: Aggregate | OnePerDirection<Fixed<Directions>, Aggregate>;
}

/**
 * A division of the data: row numbers of two arrays that share none. Other keys are passed on to `train`.
 *
 * @example
 * splits: (data) => [{ train: data.early, validation: data.late, year: 2026 }],
 * train: ({ split }) => score(split.year)
 */
export interface SplitShape {
  readonly train: ArrayLike<number>;
  readonly validation: ArrayLike<number>;
  /** Rows for neither: to score the chosen params once, at the end. */
  readonly test?: ArrayLike<number>;
}

/**
 * Declares a study: the default export of a study file. At run time it returns `definition` as it is; its work is the
 * types: `params` comes from `space`, `split` from `splits`, `tf` from `backend`, the result from `directions`.
 *
 * @example
 * export default defineStudy({
 *   name: "line",
 *   direction: "minimize",
 *   space: { slope: float(-5, 5), offset: float(-5, 5) },
 *   data: () => Array.from({ length: 40 }, (_, x) => ({ x, y: 2 * x + 1 })),
 *   splits: (rows, { seed }) => kFold(rows, { folds: 4, seed }),
 *   train: ({ params, split, data }) =>
 *     mean(split.validation.map((row) => (params.slope * data[row]!.x + params.offset - data[row]!.y) ** 2)),
 * });
 */
export function defineStudy<
  const Space extends SpaceDeclaration,
  Data = undefined,
  Split extends SplitShape = never,
  const Directions extends readonly Direction[] = readonly [Direction],
  Backend extends BackendChoice | undefined = undefined,
>(
  definition: StudyDefinition<Space, Data, Split, Directions, Backend> & Directed<Directions>,
): StudyDefinition<Space, Data, Split, Directions, Backend> {
  return definition;
}
