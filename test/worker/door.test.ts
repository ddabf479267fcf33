import fc from "fast-check";
import { expect, test } from "vitest";
import type { EngineEvent, TrialTask } from "../../src/core/engine.ts";
import { UNKNOWN_MEMORY } from "../../src/core/trial.ts";
import { hostReader, threadReader } from "../../src/worker/door/message.ts";
import { type HostAttempt, handleHostEvent, newHostAttempt } from "../../src/worker/host-attempt.ts";
import type { HostLink } from "../../src/worker/link.ts";

/** Messages from a host's process: the coordinator accepts sound messages, and reports anything else. */

const EXPECTED = { directions: 2, splitCount: 3 };
const OF = { number: 7, attempt: 1 };
const MEMORY = { ...UNKNOWN_MEMORY, rssBytes: 5e7 };
const { baselineBytes: _b, peakBytes: _p, rssBytes: _r, gpuBytes: _g, ...ISOLATE } = UNKNOWN_MEMORY;
const RESULT = { split: 1, values: [1, 2], constraints: [-1], durationMs: 3.5 };
const ERROR = { name: "Error", message: "no", stack: null };
const MANIFEST = {
  name: "s",
  directions: ["minimize", "maximize"],
  space: {
    params: [
      { name: "k", distribution: { kind: "categorical", choices: ["a", 1, null, true] }, when: [] },
      {
        name: "x",
        distribution: { kind: "float", low: 0, high: 1, log: false, step: null },
        when: [{ parent: 0, values: [1] }],
      },
      { name: "n", distribution: { kind: "int", low: 1, high: 9, log: true, step: 1 }, when: [] },
    ],
  },
  backend: "auto",
  limits: { splitTimeoutMs: 1_000 },
  noise: false,
  defaults: { k: 1, x: 0.5 },
  sampler: null,
  pruner: "median",
  splitOrder: "given",
  stop: ["no-improvement(trials=50)"],
  trials: 10,
  aggregate: "mean",
  command: false,
};
const PRUNED = {
  state: "pruned",
  reason: "split-timeout",
  detail: { limitMs: 5, elapsedMs: 6, during: "split 1", by: "host" },
};
const ENDS = [
  { state: "complete", values: [1, 2], constraints: [] },
  PRUNED,
  { state: "fail", reason: "exit", detail: { exitCode: null, during: "start" }, error: null },
  { state: "fail", reason: "error", detail: { during: "split 0" }, error: { ...ERROR, stack: "at x" } },
  { state: "pruned-by-verdict" },
  { state: "interrupted" },
];

const HOST_WORDS: readonly object[] = [
  { kind: "loaded", manifest: MANIFEST },
  { kind: "progress", text: "1 of 2" },
  { kind: "ready", splitCount: 3, splitHash: "abc", splits: null, rssBytes: 5e7, setupMs: 12 },
  { kind: "setup-failed", phase: "data", error: ERROR, code: "setup", progress: null },
  { kind: "started", ...OF, baselineBytes: 5e7 },
  { kind: "split-began", ...OF, split: 2 },
  { kind: "split", ...OF, id: 4, result: { ...RESULT, memory: MEMORY }, partial: [1, 2] },
  { kind: "report", ...OF, id: 5, report: { split: 0, step: 1, value: 2 } },
  { kind: "guard", ...OF, outcome: PRUNED, memory: MEMORY },
  { kind: "rung", ...OF, rung: "abort" },
  ...ENDS.map((end) => ({ kind: "outcome", ...OF, end })),
  { kind: "final", ...OF, memory: { ...MEMORY, source: "worker" }, leftovers: ["1 Timeout"] },
  { kind: "final", ...OF, memory: { ...MEMORY, source: "guard" }, leftovers: null },
  { kind: "output", text: "hello" },
  { kind: "bye" },
];
const THREAD_WORDS: readonly object[] = [
  { kind: "loaded", manifest: MANIFEST },
  { kind: "phase", phase: "splits" },
  { kind: "progress", text: "1 of 2" },
  { kind: "ready", splitCount: 3, splitHash: "abc", splits: null },
  { kind: "setup-failed", phase: "import", error: ERROR, code: "study" },
  { kind: "split-began", ...OF, split: 2 },
  { kind: "split", ...OF, id: null, result: RESULT, partial: null, memory: ISOLATE },
  { kind: "report", ...OF, id: 5, report: { split: 0, step: 1, value: Number.NaN } },
  ...ENDS.map((end) => ({ kind: "outcome", ...OF, end })),
  { kind: "abort-acknowledged", ...OF },
  { kind: "cleaned", ...OF, memory: ISOLATE, leftovers: [] },
];

const named = (words: readonly object[]) =>
  words.map((word, i) => [`${(word as { kind: string }).kind} (${i})`, word] as const);

test.each(named(HOST_WORDS))("a message of a host is read unchanged: %s", (_, word) => {
  expect(hostReader(EXPECTED)(JSON.parse(JSON.stringify(word)))).toEqual(word);
  expect(hostReader(EXPECTED)({ ...word, more: 1 })).toEqual(word);
});

test.each(named(THREAD_WORDS))("a message of a thread is read unchanged: %s", (_, word) => {
  expect(threadReader(EXPECTED)(structuredClone(word))).toEqual(word);
});

test.each([
  [{ ...RESULT, values: ["1", 2] }, 'split.result.values[0]: expected a finite number, got "1"'],
  [{ ...RESULT, values: [1] }, "split.result.values: expected 2 entries, got [1]"],
  [{ ...RESULT, values: [1, null] }, "split.result.values[1]: expected a finite number, got null"],
  [{ ...RESULT, split: 3 }, "split.result.split: expected a whole number, 0 or more and below 3, got 3"],
  [{ ...RESULT, durationMs: -1 }, "split.result.durationMs: expected an amount, 0 or more, got -1"],
  [null, "split.result: expected an object, got null"],
])("what does not fit is told (%#)", (result, why) => {
  const message = {
    kind: "split",
    ...OF,
    id: 4,
    result: result && { ...result, memory: MEMORY },
    partial: null,
  };
  expect(hostReader(EXPECTED)(message)).toEqual({ kind: "invalid", got: `one that does not fit (${why})` });
});

/** Values that a trial could put anywhere: text where a number is due, holes, nesting, foreign keys. */
const junk = fc.oneof(
  fc.constantFrom(
    ...[
      null,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      -1,
      0.5,
      1e308,
      "NaN",
      "1",
      "",
      "complete",
      true,
      [],
      {},
      [[]],
    ],
    ...[new Array(3), "x".repeat(70_000), { length: 1e9 }, { __proto__: null }, Number.MAX_SAFE_INTEGER],
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

const JUNK = fc.sample(junk, { numRuns: 500, seed: 1 });

/** Copies plain data. structuredClone would take most of the test's time. */
function copyOf<T>(value: T): T {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return Array.from(value, (each: unknown) => copyOf(each)) as T;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copyOf(each)])) as T;
}

/** A message that depends on a number: one of the known ones with up to three changes, or nothing but junk. */
function messageOf(words: readonly object[], seed: number): unknown {
  const digit = digits(seed);
  if (digit(10) === 0) return copyOf(JUNK[digit(JUNK.length)]);
  let copy: unknown = copyOf(words[digit(words.length)]);
  for (let left = digit(4); left > 0; left--) copy = damaged(copy, digit);
  return copy;
}

/** Draws small numbers from a large one. */
function digits(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** The places in plain data at which something can be changed. */
function placesOf(value: unknown): [owner: Record<string, unknown>, key: string][] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, each]) => [
    [value as Record<string, unknown>, key] as [Record<string, unknown>, string],
    ...placesOf(each),
  ]);
}

function damaged(value: unknown, digit: (below: number) => number): unknown {
  const what = copyOf(JUNK[digit(JUNK.length)]);
  const places = placesOf(value);
  if (places.length === 0) return what;
  const [owner, key] = places[digit(places.length)]!;
  const how = digit(4);
  if (how === 0) delete owner[key];
  else if (how === 1) owner[key] = [owner[key], copyOf(owner[key])];
  else if (how === 2) owner[`${key}s`] = what;
  else owner[key] = what;
  return value;
}

const seeds = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 40, maxLength: 40 });

const task: TrialTask = {
  ...OF,
  params: {},
  recorded: [{ split: 0, values: [1, 2], constraints: [], durationMs: 1 }],
  limits: { splitTimeoutMs: null, trialTimeoutMs: null, memoryBytes: null, graceMs: 1 },
};

function attemptWith(kill: () => void): HostAttempt {
  const link = { pid: 1, kill, send: () => {}, killed: false, sent: 0, received: 0 } as unknown as HostLink;
  const boot = { beacon: null } as HostAttempt["boot"];
  return newHostAttempt({ task, slot: 0, link, boot, signal: new AbortController().signal, splitCount: 3 });
}

const isNumber = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value);

/** Expects the properties that the coordinator relies on. */
function expectSound(event: EngineEvent | { kind: "lost" }): void {
  if (event.kind === "split") {
    expect(event.result.values).toHaveLength(2);
    expect(
      [...event.result.values, ...event.result.constraints, event.result.durationMs].every(isNumber),
    ).toBe(true);
    expect([1, 2]).toContain(event.result.split);
  } else if (event.kind === "report") expect(isNumber(event.report.step)).toBe(true);
  else if (event.kind === "outcome") {
    const { end } = event;
    expect(["pruned", "fail"]).toContain(end.state); // It is neither a result without splits, nor a verdict that was not given.
    if (end.state === "pruned" || end.state === "fail") expect(typeof end.reason).toBe("string");
  }
}

test("each of 100,000 damaged messages is read as a sound one, or refused", async () => {
  const read = hostReader(EXPECTED);
  const readThread = threadReader(EXPECTED);
  const counts = { invalid: 0, sound: 0 };
  const count = (came: { kind: string }): void => {
    counts[came.kind === "invalid" ? "invalid" : "sound"]++;
  };
  await fc.assert(
    fc.asyncProperty(seeds, async (messages) => {
      let kills = 0;
      const attempt = attemptWith(() => kills++);
      for (const seed of messages) {
        const came = read(messageOf(HOST_WORDS, seed));
        count(came);
        if (attempt.isOver) continue;
        for (const event of await handleHostEvent(attempt, came)) expectSound(event);
        if (came.kind === "invalid" && kills === 0) throw new Error(`nobody was killed for ${came.got}`);
      }
      if (attempt.isOver) return;
      const exit = { code: null, signal: "SIGKILL", stderr: "" } as const;
      const last = await handleHostEvent(attempt, { kind: "exit", exit });
      for (const event of last) expectSound(event);
      expect(last.at(-1)?.kind).toBe(attempt.started ? "final" : "lost");
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(seeds, (messages) => {
      for (const seed of messages) count(readThread(messageOf(THREAD_WORDS, seed)));
    }),
    { numRuns: 500 },
  );
  expect(counts.invalid + counts.sound).toBe(100_000);
  expect(Math.min(counts.invalid, counts.sound)).toBeGreaterThan(20_000);
}, 300_000);
