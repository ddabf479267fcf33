import type { Aggregate, AggregateKind } from "./aggregate.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { StudyLimits } from "./limits.ts";
import type { Direction } from "./search/direction.ts";
import type { Pruner, PrunerName } from "./search/pruner.ts";
import type { Sampler, SamplerName } from "./search/sampler.ts";
import type { StopRule, StopRuleName } from "./search/stop-rule.ts";
import type { DataContext, SetupContext } from "./setup-context.ts";
import type { SpaceDeclaration } from "./space/param.ts";
import type { CheckedSpace, DefaultsOf, ParamsOf, Refused } from "./space/params-of.ts";
import type { Params, Space } from "./space/space.ts";

/**
 * The TensorFlow.js backend that a study asks for: "auto" takes the best one that works, the others require one.
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
/** The values of `BackendChoice`. */
export const BACKEND_CHOICES = Object.keys(EVERY_BACKEND) as readonly BackendChoice[];

/** The TensorFlow.js backend of a running study. */
export type Backend = Exclude<BackendChoice, "auto">;

/**
 * What the coordinator knows of a study file, as plain data. The file itself is imported only in workers, so that its
 * code cannot hang or crash the coordinator.
 */
export interface StudyManifest {
  readonly name: string;
  readonly directions: readonly Direction[];
  readonly space: Space;
  /** null: the study uses no TensorFlow. */
  readonly backend: BackendChoice | null;
  readonly limits: StudyLimits;
  /** Whether the same params may give different values. */
  readonly noise: boolean;
  /** The params that the first trial has, as far as the study file gives them; null: it gives none. */
  readonly defaults: Params | null;
  /** What the study file proposes, as the command line writes it: `tpe`, `tpe(startupTrials=20)`; null: nothing. */
  readonly sampler: string | null;
  readonly pruner: string | null;
  readonly splitOrder: "informative" | "given" | null;
  readonly stop: readonly string[] | null;
  readonly trials: number | null;
  /** How a trial's value of the first objective is computed from its splits. */
  readonly aggregate: AggregateKind;
  /** Whether a program of its own trains, instead of `train`. */
  readonly command: boolean;
}

/**
 * The limits as a study file writes them. A duration is `"500ms"`, `"90s"`, `"30m"`, `"2h"` or a number of seconds; a
 * size is `"512MB"`, `"12GB"` (10^9), `"8GiB"` (2^30) or a number of bytes.
 *
 * @example
 * limits: { splitTimeout: "5m", trialTimeout: "30m", memory: "4GiB" }
 */
export interface LimitsDefinition {
  /** Time in `train` for one split. @default none */
  readonly splitTimeout?: string | number;
  /** Time for all splits and `aggregate` of one trial. @default none */
  readonly trialTimeout?: string | number;
  /** Time for import, `data` and `splits` of one worker. @default "10m" */
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
  /** Index of the split in what `splits` returned. */
  readonly splitIndex: number;
  /** Number of splits. */
  readonly splitCount: number;
  /** What `data` returned. All trials of a worker share it, so do not change it. */
  readonly data: Data;
  /** TensorFlow.js with its backend ready; only in a study that sets `backend`. */
  readonly tf: TensorFlowOf<Backend>;
  /** A seed in [0, 2^31) for this trial and split alone; it is the same when the split runs again. */
  readonly seed: number;
  /** Is aborted, with the reason, when the trial must end. */
  readonly signal: AbortSignal;
  /** The trial's number in the study, from 0, and the number of this attempt at it, from 1. */
  readonly trial: { readonly number: number; readonly attempt: number };
  /** Storage for what the trial's next attempt needs if this one is cut short. */
  readonly checkpoint: Checkpoint;
  /**
   * Reports progress within a split: the value reached at a step, once per step. In a study with one split the pruner
   * judges it, and the promise rejects if the trial is pruned: do not catch that error.
   * @throws TypeError for a step that is not finite, or a value that is no number.
   */
  report(step: number, value: number): Promise<void>;
  /** Writes to the study's log, formatted as by `console.log`. */
  log(...args: readonly unknown[]): void;
}

/** `typeof import("@tensorflow/tfjs")` in a study that sets `backend`; a type that nothing fits in any other. */
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
  /** The split is feasible when all are <= 0. Return the same number of them for every split of every trial. */
  readonly constraints?: readonly number[];
}

/**
 * What `train` returns: an array with one number for each direction, or simply a number in a study with one direction;
 * alone or with constraints.
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
 * The array type is not inside a conditional type, because the compiler would then not infer a tuple from what `train`
 * returns. The optional last item gives surplus numbers a clear message; without it the compiler would only say that
 * they are not assignable to `undefined`.
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

/** `T`, in a place from which it must not be inferred. Unlike `NoInfer` it does not show in the compiler's messages. */
type Fixed<T> = [T][T extends unknown ? 0 : never];

/** The type of `direction`, which is refused beside `directions`. */
type DirectionOf<Directions extends readonly Direction[]> = readonly [Direction] extends Directions
  ? Direction
  : Refused<"expected either direction or directions, got both">;

/** Requires `direction` or `directions`, depending on whether `Directions` was inferred. */
type Directed<Directions extends readonly Direction[]> = readonly [Direction] extends Directions
  ? { readonly direction: Direction }
  : { readonly directions: Directions };

/**
 * A study as its file declares it. Write `data`, `splits` and `train` in this order, because each gets its types from
 * those before it.
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
  /** Name of the study: 1 to 64 letters, digits, `_`, `-` or `.`; the first is no `-` and no `.`. */
  readonly name: string;
  /** Whether a smaller or a larger value is better. Give either this or `directions`. */
  readonly direction?: DirectionOf<Directions>;
  /** One direction for each of several objectives. The best trials are then a Pareto front. */
  readonly directions?: Directions;
  /**
   * Asks for TensorFlow.js with this backend, so that `train` receives `tf`; "auto" takes the best one that works.
   * @default none: no TensorFlow is loaded
   */
  readonly backend?: Backend;
  /** The params: `float`, `int`, `categorical`, each with `.when` if it is conditional. */
  readonly space: Space & CheckedSpace<Space>;
  /**
   * The params that you would take without a search. The first trial has them, so that the search has something to
   * beat; params that are left out are chosen by the sampler. A conditional param counts where it is active.
   * @default none: the sampler chooses the first trial too
   */
  readonly defaults?: DefaultsOf<Fixed<Space>>;
  /** Limits of time and memory, at which a trial is ended. */
  readonly limits?: LimitsDefinition;
  /** Whether the same params may give different values; samplers may then propose them again. @default false */
  readonly noise?: boolean;
  /** How many trials the study is to have, if the command line does not say. @default 100 */
  readonly trials?: number;
  /** The sampler, as its name or what its factory returns, if the command line does not say. @default "auto" */
  readonly sampler?: SamplerName | Sampler;
  /**
   * The pruner, as its name or what its factory returns, if the command line does not say.
   * @default "race" for one objective and three or more splits, if `aggregate` is the mean, `median`, `worst`,
   * `meanMinusStd` or the like; else "none"
   */
  readonly pruner?: PrunerName | Pruner;
  /**
   * The order in which the splits of a trial run: "informative" begins with the one that predicts the final mean best,
   * "given" is the order in which `splits` returns them.
   * @default the order with which the pruner works best
   */
  readonly splitOrder?: "informative" | "given";
  /** Rules that end the study early, as names or what factories return, if the command line does not say. @default none */
  readonly stop?: readonly (StopRuleName | StopRule)[];
  /** Loads the data, once in each worker, within `limits.setupTimeout`. @default none */
  readonly data?: (context: DataContext) => Data | Promise<Data>;
  /** Divides the data, in every worker into the same splits. @default one split, which is undefined */
  readonly splits?: (data: Data, context: SetupContext) => readonly Split[] | Promise<readonly Split[]>;
  /** Trains with `params` on `split.train`, and returns how good the result is on rows that it has not seen. */
  readonly train: (
    context: TrainContext<ParamsOf<Space>, [Split] extends [never] ? undefined : Split, Data, Backend>,
  ) => OneNumberPerDirection<Fixed<Directions>> | Promise<OneNumberPerDirection<Fixed<Directions>>>;
  /** Computes the trial's value from its split values; one for all objectives, or one for each. @default mean */
  readonly aggregate?: Aggregate | OnePerDirection<Fixed<Directions>, Aggregate>;
}

/**
 * A division of the data into row numbers for training and for validation, which should have no row in common. Other
 * keys are passed on to `train`.
 *
 * @example
 * splits: (data) => [{ train: data.early, validation: data.late, year: 2026 }],
 * train: ({ split }) => score(split.year)
 */
export interface SplitShape {
  readonly train: ArrayLike<number>;
  readonly validation: ArrayLike<number>;
  /** Rows that neither trains nor validates on: for scoring the chosen params once, at the end. */
  readonly test?: ArrayLike<number>;
}

/**
 * Declares a study; the result is the default export of a study file. At run time `definition` is returned as it is.
 * The function is there for the types: those of `params` come from `space`, of `split` from `splits`, of `tf` from
 * `backend`, of the result from `directions`.
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
