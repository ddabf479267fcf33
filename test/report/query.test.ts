import { beforeEach, describe, expect, test } from "vitest";
import { bestTrials } from "../../src/report/best.ts";
import { queryLines } from "../../src/report/query/query.ts";
import type { QueryOptions } from "../../src/report/query/selection.ts";
import type { Reader } from "../../src/store/reader.ts";
import { collect, FINAL, ownedStudy, splitResult, temporaryStore } from "../support/store.ts";
import { digits, flat, queried, readerOf } from "./fixture.ts";

let reader: Reader;
beforeEach(async () => {
  reader = await readerOf((await digits()).store);
});

const trials = (options?: QueryOptions) => queried(reader, options);
const numbers = async (options: QueryOptions): Promise<number[]> =>
  (await trials(options)).map(({ number }) => number);

test("a trial has exactly the keys of the contract", async () => {
  const [, , pruned, failed] = await trials();
  expect(pruned).toEqual({
    number: 2,
    state: "pruned",
    reason: "memory-limit",
    detail: { limitBytes: 12e9, seenBytes: 12.05e9, during: "split 2" },
    value: null,
    estimate: null,
    values: [],
    constraints: [],
    violation: null,
    feasible: null,
    invalid: null,
    params: { learningRate: 0.2, optimizer: "sgd", momentum: 0.9, value: 1, batchNorm: false },
    proposer: "tpe",
    why: null,
    attempts: 1,
    startedAt: "2026-01-01T00:00:00.000Z",
    finishedAt: "2026-01-01T00:00:00.000Z",
    durationMs: 2_000,
    splits: [{ split: 0, value: 0.8, values: [0.8], durationMs: 10, rssBytes: 100e6 }],
    memory: { baselineBytes: 90e6, peakBytes: 12.05e9, finalBytes: 93e6, tensors: 0, source: "worker" },
    error: null,
  });
  expect(failed!.error).toEqual({ name: "TypeError", message: 'a "bad", day\nindeed', stack: null });
});

test("trials are selected by state and reason, sorted, limited and offset", async () => {
  expect(await numbers({ state: ["complete", "pruned"] })).toEqual([0, 1, 2, 4]);
  expect(await numbers({ reason: ["error", "memory-limit"] })).toEqual([2, 3]);
  expect(await numbers({ sort: "violation:desc" })).toEqual([4, 0, 1, 2, 3, 5]);
  expect(await numbers({ sort: "optimizer:desc, memory.peak:DESC", limit: 3 })).toEqual([2, 1, 0]);
  expect(await numbers({ sort: "learningRate:desc", limit: 2, offset: 1 })).toEqual([2, 1]);
  expect(await numbers({ sort: "feasible:desc, memory.peak:desc", limit: 3 })).toEqual([1, 0, 4]);
  expect(await numbers({ limit: 0 })).toEqual([]);
});

test("who proposed a trial, and why, are columns: to show, to filter by and to sort by", async () => {
  expect(await numbers({ where: "proposer = gp" })).toEqual([1]);
  expect(await numbers({ where: 'proposer = "tpe" and why is null' })).toEqual([0, 2, 3, 4]);
  expect(await numbers({ where: "proposer is null" })).toEqual([5]);
  expect(await numbers({ where: 'why = "turn of gp"' })).toEqual([1]);
  expect(await numbers({ sort: "proposer:desc, number:desc" })).toEqual([4, 3, 2, 0, 1, 5]);
  const columns = ["number", "proposer", "why"];
  const lines = await flat(queryLines(reader, "digits", { format: "csv", columns, limit: 2 }));
  expect(lines).toEqual(["number,proposer,why", "0,tpe,", "1,gp,turn of gp"]);
});

test("sorted by value, infeasible trials come after all feasible ones, and are marked", async () => {
  expect(await numbers({ sort: "value:desc" })).toEqual([1, 0, 4, 2, 3, 5]);
  expect(await numbers({ sort: "value" })).toEqual([0, 1, 4, 2, 3, 5]);
  expect(await numbers({ sort: "values.0:desc", limit: 1 })).toEqual([1]);
  expect(await numbers({ sort: "state, value:desc" })).toEqual([1, 0, 4, 3, 2, 5]);
  const columns = ["number", "value", "feasible", "violation", "constraints", "constraints.0"];
  expect(await flat(queryLines(reader, "digits", { format: "csv", columns, sort: "value:desc" }))).toEqual([
    "number,value,feasible,violation,constraints,constraints.0",
    "1,0.95,true,0,[],",
    "0,0.9,true,0,[],",
    "4,0.99,false,1,[1],1",
    "2,,,,[],",
    "3,,,,[],",
    "5,,,,[],",
  ]);
  const [, , , , infeasible] = await trials();
  expect(infeasible).toMatchObject({ constraints: [1], violation: 1, feasible: false });
});

test("wrong names are refused with the nearest one", async () => {
  await expect(flat(queryLines(reader, "digit", { format: "ndjson" }))).rejects.toThrow(
    'got "digit"; did you mean "digits"?',
  );
  await expect(numbers({ state: ["completed"] })).rejects.toThrow("did you mean complete?");
  await expect(numbers({ sort: "learningrate:desc" })).rejects.toThrow("did you mean learningRate?");
  await expect(numbers({ sort: "values" })).rejects.toThrow(
    "--sort: expected a column of one value, such as values.0",
  );
  await expect(numbers({ limit: 1.5 })).rejects.toThrow("--limit: expected a whole number");
  await expect(flat(queryLines(reader, "digits", { format: "csv", columns: ["nope_nope"] }))).rejects.toThrow(
    '--columns: expected a column, got "nope_nope"',
  );
});

describe("formats", () => {
  const columns = ["number", "state", "value", "params.value", "durationMs", "error"];
  const lines = (format: "table" | "csv" | "markdown" | "json" | "ndjson", more = {}): Promise<string[]> =>
    flat(queryLines(reader, "digits", { format, columns, where: "number in (1, 3)", ...more }));

  test("csv quotes cells that need it", async () => {
    expect((await lines("csv")).join("\n")).toBe(
      'number,state,value,params.value,durationMs,error\n1,complete,0.95,1,400000,\n3,fail,,9,10,"a ""bad"", day\nindeed"',
    );
  });

  test("a table is aligned and fits the terminal", async () => {
    expect(await lines("table")).toEqual([
      "number  state     value  params.value  durationMs  error",
      "     1  complete   0.95             1     400.0 s  -",
      '     3  fail          -             9       0.0 s  a "bad", day indeed',
    ]);
    expect((await lines("table", { width: 20 })).every((line) => line.length <= 20)).toBe(true);
  });

  test("markdown, json and ndjson", async () => {
    expect((await lines("markdown")).slice(0, 3)).toEqual([
      "| number | state | value | params.value | durationMs | error |",
      "| ---: | --- | ---: | ---: | ---: | --- |",
      "| 1 | complete | 0.95 | 1 | 400.0 s | - |",
    ]);
    const object = {
      number: 1,
      state: "complete",
      value: 0.95,
      "params.value": 1,
      durationMs: 400_000,
      error: null,
    };
    expect(JSON.parse((await lines("json")).join("\n"))[0]).toEqual(object);
    expect(JSON.parse((await lines("ndjson"))[0]!)).toEqual(object);
    expect(JSON.parse((await flat(queryLines(reader, "digits", { format: "json" }))).join("\n"))).toEqual(
      await trials(),
    );
    expect(await lines("json", { where: "number = 99" })).toEqual(["[]"]);
  });

  test("by default a table has the params; one with the name of another column gets a prefix", async () => {
    const [head] = await flat(queryLines(reader, "digits", { format: "csv" }));
    expect(head).toBe(
      "number,state,reason,value,feasible,learningRate,optimizer,momentum,params.value,batchNorm,attempts,durationMs,memory.peakBytes",
    );
  });
});

test("of 20,000 trials the best twenty are read without the rest", { timeout: 60_000 }, async () => {
  const store = temporaryStore({ durability: "normal" });
  const study = await ownedStudy(store);
  const run = async (number: number): Promise<void> => {
    const params = { learningRate: 0.01, optimizer: "adam" };
    const key = await study.startTrial({ number, params });
    await study.recordSplit(key, splitResult(0, number));
    const values = [(number * 7_919) % 20_000];
    await study.finish(key, { state: "complete", values, constraints: [] }, FINAL, { durationMs: 1 });
  };
  for (let start = 0; start < 20_000; start += 2_000) {
    await Promise.all(Array.from({ length: 2_000 }, (_, i) => run(start + i)));
  }
  const large = await readerOf(store);
  const startedMs = performance.now();
  const best = await queried(large, { sort: "value:desc", limit: 20 });
  const elapsedMs = performance.now() - startedMs;
  expect(best.map(({ value }) => value)).toEqual(Array.from({ length: 20 }, (_, i) => 19_999 - i));
  // The bound is generous: this takes a few milliseconds, and a full read and sort of the rows takes much longer.
  expect(elapsedMs).toBeLessThan(500);
});

test("an estimate has its own column and is in the history, but is never a value nor the best", async () => {
  const { store, owned } = await digits();
  const detail = { pruner: "race", splits: 2, estimate: 0.999, estimateSd: 0.01, partial: 0.98 };
  const key = await owned.startTrial({
    number: 6,
    params: { learningRate: 0.1, optimizer: "adam", value: 1, batchNorm: true },
  });
  await owned.finish(key, { state: "pruned", reason: "pruner", detail }, FINAL, { durationMs: 1 });
  const later = await readerOf(store);
  const [raced] = await queried(later, { where: "estimate > 0.9" });
  expect(raced).toMatchObject({ number: 6, state: "pruned", value: null, values: [], estimate: 0.999 });
  const lines = queryLines(later, "digits", {
    format: "csv",
    columns: ["number", "estimate"],
    sort: "estimate",
  });
  expect((await flat(lines)).slice(0, 3)).toEqual(["number,estimate", "6,0.999", "0,"]);
  expect((await bestTrials(later, "digits")).best).toMatchObject({ number: 1, value: 0.95 });
  const history = await collect(owned.reads.history());
  expect(history.map(({ estimate }) => estimate ?? null)).toEqual([
    ...Array(5).fill(null),
    { value: 0.999, sd: 0.01 },
  ]);
});
