import { type Rng, rng } from "../rng.ts";
import type { Space } from "../space/space.ts";
import type { Direction } from "./direction.ts";
import type { History } from "./history.ts";
import type { Spec } from "./spec.ts";

/**
 * The samplers by name.
 *
 * @example
 * sampler: "cmaes"
 */
export type SamplerName = "auto" | "tpe" | "gp" | "cmaes" | "nsga2" | "nsga3" | "qmc" | "grid" | "random";

/** All that a sampler may look at: neither the study nor the store, so that a run can be replayed. */
export interface AskContext {
  readonly space: Space;
  readonly directions: readonly Direction[];
  /** The finished trials, and those that run now. */
  readonly history: History;
  /** Number of the trial whose params are asked for. */
  readonly number: number;
  /** A random stream for this trial and a purpose; equal purposes give equal streams. */
  readonly rng: (purpose: string) => Rng;
  /** A random stream for what does not depend on the trial, such as a shuffled grid or a scrambled sequence. */
  readonly studyRng: (purpose: string) => Rng;
  /** Whether the same params may give different values; then duplicates are allowed. */
  readonly noise: boolean;
  /** How many trials are planned in all, for samplers that spend a budget; null if that is not known. */
  readonly trials: number | null;
  /**
   * What the study learns from: trials of another one, mapped to this space, as complete trials of one objective that is
   * minimised. They are no trials of this study. @default none
   */
  readonly learned?: History | null;
}

/** Who proposed the params of a trial, and why: it is recorded with them. */
export interface Origin {
  /** A sampler, or a part of one: `tpe`, `sobol`; `defaults` or `enqueued` for params that a person asked for. */
  readonly by: string;
  /** A plain clause for people; null if there is nothing to add. */
  readonly why: string | null;
}

/** The origin of params that a person has enqueued, and of a study's own defaults. */
export const ENQUEUED: Origin = { by: "enqueued", why: "a person asked for these params" };
export const DEFAULTS: Origin = { by: "defaults", why: "the study's own defaults come first" };

/**
 * A row that says who proposed it: a sampler that is made of several returns it, so that the history tells who brought
 * what.
 */
export interface Suggestion extends Origin {
  readonly row: Float64Array;
}

/**
 * Proposes params, as a pure function of the context. It may cache what it computed from the finished trials, by the
 * history object, but must answer the same without the cache.
 */
export interface Sampler {
  readonly name: string;
  /** The options that its factory was given; name and options are its spec. */
  readonly options?: Spec["options"];
  /** Whether it learns from other studies, `AskContext.learned`. @default false */
  readonly learns?: boolean;
  /**
   * @returns a row of the space (see `Space`), in which inactive params are NaN, alone or with who proposed it, which is
   *   else the sampler's name; null when the space is exhausted, and the study is finished.
   */
  ask(context: AskContext): Float64Array | Suggestion | null;
  /**
   * Whether this ask may take more than 10 ms. A study then asks in a thread beside its loop, which has time for
   * commands and for other trials meanwhile; the answer is the same. @default never
   */
  isSlow?(context: Pick<AskContext, "history" | "space" | "directions">): boolean;
}

/**
 * What a study asks for params: a sampler, or one beside the loop, whose answers may come later. It has read the context
 * when it returns, because the history changes while an answer is awaited.
 */
export interface Asker extends Pick<Sampler, "name"> {
  ask(context: AskContext): ReturnType<Sampler["ask"]> | Promise<Suggestion | null>;
}

/** A sampler whose rows are all its own. */
export interface PlainSampler extends Sampler {
  ask(context: AskContext): Float64Array | null;
}

/** Asks a sampler for a row, and says who proposed it; null when the space is exhausted. */
export function suggest(sampler: Sampler, context: AskContext): Suggestion | null {
  return toSuggestion(sampler, sampler.ask(context));
}

/** The answer of a sampler with who proposed it. */
export function toSuggestion(
  { name }: Pick<Sampler, "name">,
  answer: ReturnType<Sampler["ask"]>,
): Suggestion | null {
  return answer instanceof Float64Array ? { row: answer, by: name, why: null } : answer;
}

/** What is the same for all asks of a study. */
export interface AskedStudy extends Omit<AskContext, "history" | "number" | "rng" | "studyRng" | "trials"> {
  readonly seed: number;
}

/** The context of one ask: its random streams follow from the seed and the number. */
export function askContext(
  { space, directions, noise, learned = null, seed }: AskedStudy,
  { history, number, trials }: Pick<AskContext, "history" | "number" | "trials">,
): AskContext {
  return {
    space,
    directions,
    noise,
    learned,
    history,
    number,
    trials,
    rng: (purpose) => rng(seed, number, purpose),
    studyRng: (purpose) => rng(seed, -1, purpose),
  };
}
