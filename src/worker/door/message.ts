import type { EngineEnd } from "../../core/engine.ts";
import { type FinalMemory, MEMORY_SOURCES, type MemoryReading, type Outcome } from "../../core/trial.ts";
import type { FromHost, FromThread, IsolateMemory } from "../protocol.ts";
import {
  amount,
  anyNumber,
  field,
  fields,
  finite,
  list,
  nullable,
  type Reader,
  record,
  text,
  Unfit,
  unfit,
  whole,
  word,
} from "./fields.ts";
import { detail, HOST_PRUNE_REASONS, trialError } from "./outcome.ts";
import { manifest, splitsReport } from "./setup.ts";

/**
 * The door of a host: what comes from a trial's process, and from its thread, is data from a stranger. A trial may write
 * to any file of its process, and so in Belay's name. Here each kind of message has its reader; what does not fit in kind,
 * form or size comes out as `Foreign`, and everything that fits as a fresh object without anything else in it.
 */

/** Something came that is no message of Belay. */
export interface Foreign {
  readonly kind: "foreign";
  /** What it was, for people. */
  readonly came: string;
}

/** What the study is like, as far as it is known; null: not yet. */
export interface Expected {
  readonly directions: number | null;
  readonly splitCount: number | null;
}

/** Before a study has told anything. */
export const UNKNOWN_STUDY: Expected = { directions: null, splitCount: null };

/** Reads the messages of a host. */
export function hostReader(expected: Expected): (value: unknown) => FromHost | Foreign {
  return readerOf<FromHost>(expected, FROM_HOST);
}

/** Reads the messages of a host's thread. */
export function threadReader(expected: Expected): (value: unknown) => FromThread | Foreign {
  return readerOf<FromThread>(expected, FROM_THREAD);
}

type Body<Message, Kind> = Omit<Extract<Message, { readonly kind: Kind }>, "kind">;
type Kinds<Message extends { readonly kind: string }> = {
  readonly [Kind in Message["kind"]]: (expected: Expected) => Reader<Body<Message, Kind>>;
};

function readerOf<Message extends { readonly kind: string }>(
  expected: Expected,
  kinds: Kinds<Message>,
): (value: unknown) => Message | Foreign {
  const made = new Map<string, Reader<object>>();
  const readerFor = (kind: string): Reader<object> => {
    const known = made.get(kind) ?? kinds[kind as Message["kind"]](expected);
    made.set(kind, known);
    return known;
  };
  return (value) => {
    try {
      const { kind } = fields(value);
      if (typeof kind !== "string" || !Object.hasOwn(kinds, kind)) return unfit("a known kind", kind);
      return { kind, ...readerFor(kind)(value) } as unknown as Message;
    } catch (error) {
      // Not all that is thrown is ours: an array in arrays, ten thousand deep, cannot even be shown.
      const why =
        error instanceof Unfit
          ? `${kindOf(value)}${error.place}: ${error.message}`
          : "a value that cannot be read";
      return { kind: "foreign", came: `one that does not fit (${why.slice(0, 500)})` };
    }
  };
}

function kindOf(value: unknown): string {
  const kind = value !== null && typeof value === "object" && "kind" in value ? value.kind : null;
  return typeof kind === "string" ? kind.slice(0, 50) : "message";
}

const ATTEMPT = { number: whole(), attempt: whole() };
const SETUP_PHASE = word(["backend", "import", "data", "splits"]);
const BYTES = nullable(amount);
const ISOLATE = {
  heapBytes: BYTES,
  externalBytes: BYTES,
  arrayBufferBytes: BYTES,
  tensors: BYTES,
  tensorBytes: BYTES,
};
const isolate: Reader<IsolateMemory> = record(ISOLATE);
const READING = { rssBytes: BYTES, baselineBytes: BYTES, peakBytes: BYTES, ...ISOLATE, gpuBytes: BYTES };
const reading: Reader<MemoryReading> = record(READING);
const finalMemory: Reader<FinalMemory> = record({ ...READING, source: word(MEMORY_SOURCES) });
const DIRT = list(text(500), null);

const splitOf = ({ splitCount }: Expected): Reader<number> => whole(splitCount ?? undefined);
const valuesOf = ({ directions }: Expected): Reader<number[]> => list(finite, directions);
const partialOf = (expected: Expected): Reader<number[] | null> => nullable(valuesOf(expected));
const resultOf = (expected: Expected) => ({
  split: splitOf(expected),
  values: valuesOf(expected),
  constraints: list(finite),
  durationMs: amount,
});
const reportOf = (expected: Expected) =>
  record({
    ...ATTEMPT,
    id: whole(),
    report: record({ split: splitOf(expected), step: finite, value: anyNumber }),
  });

/** How a trial ends as its host may say it: what only the coordinator decides is not among it. */
function endOf(expected: Expected): Reader<EngineEnd> {
  const result = record({ values: valuesOf(expected), constraints: list(finite) });
  return (value) => {
    const { state } = fields(value);
    if (state === "pruned-by-verdict" || state === "interrupted") return { state };
    return state === "complete" ? { state, ...result(value) } : guardedOrFailed(value);
  };
}

const pruned = record({ reason: word(HOST_PRUNE_REASONS), detail });
const failed = record({
  reason: word(["error", "exit", "heap", "crash"]),
  detail,
  error: nullable(trialError),
});
const state = word(["complete", "pruned", "fail"]);

function guardedOrFailed(value: unknown): Outcome {
  return field(value, "state", state) === "fail"
    ? { state: "fail", ...failed(value) }
    : { state: "pruned", ...pruned(value) };
}

const guardOutcome: Reader<Outcome> = (value) => ({
  state: field(value, "state", word(["pruned"])),
  ...pruned(value),
});

const FROM_HOST: Kinds<FromHost> = {
  loaded: () => record({ manifest }),
  progress: () => record({ text: text(2_000) }),
  ready: () =>
    record({
      splitCount: whole(),
      splitHash: text(200),
      splits: nullable(splitsReport),
      rssBytes: BYTES,
      setupMs: amount,
    }),
  "setup-failed": () =>
    record({
      phase: SETUP_PHASE,
      error: trialError,
      code: text(50),
      progress: nullable(text(2_000)),
    }),
  started: () => record({ ...ATTEMPT, baselineBytes: BYTES }),
  "split-began": (expected) => record({ ...ATTEMPT, split: splitOf(expected) }),
  split: (expected) =>
    record({
      ...ATTEMPT,
      id: nullable(whole()),
      result: record({ ...resultOf(expected), memory: reading }),
      partial: partialOf(expected),
    }),
  report: reportOf,
  guard: () => record({ ...ATTEMPT, outcome: guardOutcome, memory: reading }),
  rung: () => record({ ...ATTEMPT, rung: word(["abort", "terminate", "sigkill"]) }),
  outcome: (expected) => record({ ...ATTEMPT, end: endOf(expected) }),
  final: () => record({ ...ATTEMPT, memory: finalMemory, dirt: nullable(DIRT) }),
  output: () => record({ text: text(100_000) }),
  bye: () => record({}),
};

const FROM_THREAD: Kinds<FromThread> = {
  loaded: () => record({ manifest }),
  phase: () => record({ phase: SETUP_PHASE }),
  progress: () => record({ text: text(2_000) }),
  ready: () => record({ splitCount: whole(), splitHash: text(200), splits: nullable(splitsReport) }),
  "setup-failed": () => record({ phase: SETUP_PHASE, error: trialError, code: text(50) }),
  "split-began": (expected) => record({ ...ATTEMPT, split: splitOf(expected) }),
  split: (expected) =>
    record({
      ...ATTEMPT,
      id: nullable(whole()),
      result: record(resultOf(expected)),
      partial: partialOf(expected),
      memory: isolate,
    }),
  report: reportOf,
  outcome: (expected) => record({ ...ATTEMPT, end: endOf(expected) }),
  "abort-acknowledged": () => record(ATTEMPT),
  cleaned: () => record({ ...ATTEMPT, memory: isolate, dirt: DIRT }),
};
