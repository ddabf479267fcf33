import type { EngineEnd } from "../../core/engine.ts";
import { type FinalMemory, MEMORY_SOURCES, type MemoryReading, type Outcome } from "../../core/trial.ts";
import type { FromHost, FromThread, IsolateMemory } from "../protocol.ts";
import {
  amount,
  anyNumber,
  type FieldReader,
  field,
  fields,
  finite,
  list,
  nullable,
  oneOf,
  record,
  reject,
  text,
  ValidationError,
  whole,
} from "./fields.ts";
import { detail, HOST_PRUNE_REASONS, trialError } from "./outcome.ts";
import { manifest, splitsReport } from "./setup.ts";

/**
 * The validation of messages from a host and from its thread. They are untrusted, because a trial may write to any file
 * of its process, and so forge messages of Belay. Each kind of message has a reader here: a message of a wrong kind,
 * form or size becomes an `InvalidMessage`; any other is copied into new objects without other fields.
 */

/** Stands for something that is no message of Belay. */
export interface InvalidMessage {
  readonly kind: "invalid";
  /** What it was instead, for error messages: the words after "expected messages of Belay, got". */
  readonly got: string;
}

/** What the validation knows about the study; null: not known yet. */
export interface Expected {
  readonly directions: number | null;
  readonly splitCount: number | null;
}

/** The knowledge before a study is loaded. */
export const UNKNOWN_STUDY: Expected = { directions: null, splitCount: null };

/** Creates the reader of a host's messages. */
export function hostReader(expected: Expected): (value: unknown) => FromHost | InvalidMessage {
  return readerOf<FromHost>(expected, FROM_HOST);
}

/** Creates the reader of the messages of a host's thread. */
export function threadReader(expected: Expected): (value: unknown) => FromThread | InvalidMessage {
  return readerOf<FromThread>(expected, FROM_THREAD);
}

type Body<Message, Kind> = Omit<Extract<Message, { readonly kind: Kind }>, "kind">;
type Kinds<Message extends { readonly kind: string }> = {
  readonly [Kind in Message["kind"]]: (expected: Expected) => FieldReader<Body<Message, Kind>>;
};

function readerOf<Message extends { readonly kind: string }>(
  expected: Expected,
  kinds: Kinds<Message>,
): (value: unknown) => Message | InvalidMessage {
  const made = new Map<string, FieldReader<object>>();
  const readerFor = (kind: string): FieldReader<object> => {
    const known = made.get(kind) ?? kinds[kind as Message["kind"]](expected);
    made.set(kind, known);
    return known;
  };
  return (value) => {
    try {
      const { kind } = fields(value);
      if (typeof kind !== "string" || !Object.hasOwn(kinds, kind)) return reject("a known kind", kind);
      return { kind, ...readerFor(kind)(value) } as unknown as Message;
    } catch (error) {
      // Other errors are possible: an array nested ten thousand levels deep overflows the stack when it is shown.
      const why =
        error instanceof ValidationError
          ? `${kindOf(value)}${error.place}: ${error.message}`
          : "a value that cannot be read";
      return { kind: "invalid", got: `one that does not fit (${why.slice(0, 500)})` };
    }
  };
}

function kindOf(value: unknown): string {
  const kind = value !== null && typeof value === "object" && "kind" in value ? value.kind : null;
  return typeof kind === "string" ? kind.slice(0, 50) : "message";
}

const ATTEMPT = { number: whole(), attempt: whole() };
const SETUP_PHASE = oneOf(["backend", "import", "data", "splits"]);
const BYTES = nullable(amount);
const ISOLATE = {
  heapBytes: BYTES,
  externalBytes: BYTES,
  arrayBufferBytes: BYTES,
  tensors: BYTES,
  tensorBytes: BYTES,
};
const isolate: FieldReader<IsolateMemory> = record(ISOLATE);
const READING = { rssBytes: BYTES, baselineBytes: BYTES, peakBytes: BYTES, ...ISOLATE, gpuBytes: BYTES };
const reading: FieldReader<MemoryReading> = record(READING);
const finalMemory: FieldReader<FinalMemory> = record({ ...READING, source: oneOf(MEMORY_SOURCES) });
const LEFTOVERS = list(text(500), null);

const splitOf = ({ splitCount }: Expected): FieldReader<number> => whole(splitCount ?? undefined);
const valuesOf = ({ directions }: Expected): FieldReader<number[]> => list(finite, directions);
const partialOf = (expected: Expected): FieldReader<number[] | null> => nullable(valuesOf(expected));
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

/** Reads how a trial has ended, of the ways that a host may report: not those that only the coordinator decides. */
function endOf(expected: Expected): FieldReader<EngineEnd> {
  const result = record({ values: valuesOf(expected), constraints: list(finite) });
  return (value) => {
    const { state } = fields(value);
    if (state === "pruned-by-verdict" || state === "interrupted") return { state };
    return state === "complete" ? { state, ...result(value) } : guardedOrFailed(value);
  };
}

const pruned = record({ reason: oneOf(HOST_PRUNE_REASONS), detail });
const failed = record({
  reason: oneOf(["error", "exit", "heap", "crash"]),
  detail,
  error: nullable(trialError),
});
const state = oneOf(["complete", "pruned", "fail"]);

function guardedOrFailed(value: unknown): Outcome {
  return field(value, "state", state) === "fail"
    ? { state: "fail", ...failed(value) }
    : { state: "pruned", ...pruned(value) };
}

const guardOutcome: FieldReader<Outcome> = (value) => ({
  state: field(value, "state", oneOf(["pruned"])),
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
  rung: () => record({ ...ATTEMPT, rung: oneOf(["abort", "terminate", "sigkill"]) }),
  outcome: (expected) => record({ ...ATTEMPT, end: endOf(expected) }),
  final: () => record({ ...ATTEMPT, memory: finalMemory, leftovers: nullable(LEFTOVERS) }),
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
  cleaned: () => record({ ...ATTEMPT, memory: isolate, leftovers: LEFTOVERS }),
};
