import { expect, test, vi } from "vitest";
import type { Cells, Frame } from "../../../src/dashboard/client/data/frame.ts";
import { rowOf } from "../../../src/dashboard/client/state/column-store.ts";
import { countIn } from "../../../src/dashboard/client/state/mask.ts";
import { openStudy, type StudySource } from "../../../src/dashboard/client/state/study-data.ts";
import type { MatchesHead, StudyHeadJson } from "../../../src/report/page/page.ts";

/** A server with trials that a test changes: a value for each, by its number, and the version of its last change. */
function serverOf(values: number[]) {
  const trials = values.map((value, number) => ({ number, value, version: 1 }));
  const asked: { readonly names: readonly string[]; readonly since: number | undefined }[] = [];
  let version = 1;
  const head = (): StudyHeadJson =>
    ({
      version,
      columns: ["number", "value.0", "param.x", "split.0"].map((name) => ({ name, type: "f8" })),
    }) as never;
  const source = {
    head: async () => head(),
    live: () => Promise.reject(new Error("no run")),
    analysis: async () => ({ state: "failed", message: "none" }),
    async columns(_: string, names: readonly string[], since?: number): Promise<Frame> {
      asked.push({ names, since });
      const sent = trials.filter((trial) => since === undefined || trial.version > since);
      const cellsOf = (name: string): Cells =>
        Float64Array.from(sent, ({ number, value }) => (name === "number" ? number : value));
      return {
        head: { version, rows: sent.length, whole: since === undefined, columns: [] },
        columns: new Map(
          names.map((name) => [name, { head: { name, type: "f8" as const }, cells: cellsOf(name) }]),
        ),
      };
    },
    async matches(_: string, where: string): Promise<Frame<MatchesHead>> {
      if (where !== "value > 2")
        throw Object.assign(new Error(`--where: unexpected ${where}`), { status: 400 });
      const bits = new Uint8Array(Math.ceil(trials.length / 8));
      for (const { number, value } of trials) if (value > 2) bits[number >> 3]! |= 1 << (number & 7);
      return {
        head: { version, rows: trials.length, whole: true, columns: [], count: 0 },
        columns: new Map([["matches", { head: { name: "matches", type: "u1" as const }, cells: bits }]]),
      };
    },
  } as unknown as StudySource;
  return {
    source,
    asked,
    /** Changes the value of a trial, or adds the next one. */
    set(number: number, value: number): number {
      version++;
      trials[number] = { number, value, version };
      return version;
    },
  };
}

test("A column is read when it is asked for, and then only what has changed; all columns have as many rows", async () => {
  const server = serverOf([3, 1]);
  const study = openStudy("s", server.source);
  const [values, x] = [study.data.column("value.0"), study.data.column("param.x")];
  await vi.waitFor(() => expect([...values.value!]).toEqual([3, 1]));
  expect(server.asked).toEqual([{ names: ["number", "value.0", "param.x"], since: undefined }]);

  server.set(1, 5);
  study.changed(server.set(2, 7));
  await vi.waitFor(() => expect([...values.value!]).toEqual([3, 5, 7]));
  expect([...x.value!]).toEqual([3, 5, 7]);
  expect(study.data.rows.value).toBe(3);
  expect(server.asked.at(-1)).toEqual({ names: ["number", "value.0", "param.x"], since: 1 });
  study.close();
});

test("The columns of splits, which take long, keep no other column waiting", async () => {
  const server = serverOf([3, 1]);
  const study = openStudy("s", server.source);
  const [split, values] = [study.data.column("split.0"), study.data.column("value.0")];
  await vi.waitFor(() => expect([...split.value!]).toEqual([3, 1]));
  expect([...values.value!]).toEqual([3, 1]);
  expect(server.asked.map(({ names }) => names)).toEqual([
    ["number", "value.0"],
    ["number", "split.0"],
  ]);
  study.close();
});

test("What is visible is in the filter and in the brush; a wrong filter says its line and keeps what was selected", async () => {
  const { source } = serverOf([1, 3, 4, 2]);
  const study = openStudy("s", source);
  const { data } = study;
  data.column("value.0");
  await vi.waitFor(() => expect(data.rows.value).toBe(4));
  expect(data.visible.value).toBeNull();

  data.where.value = "value > 2";
  await vi.waitFor(() => expect([...data.visible.value!]).toEqual([0, 1, 1, 0]));
  data.selection.value = Uint8Array.of(1, 1, 0, 0);
  expect([...data.visible.value!]).toEqual([0, 1, 0, 0]);
  expect(countIn(data.visible.value, 4)).toBe(1);

  data.where.value = "value >";
  await vi.waitFor(() => expect(data.whereError.value).toBe("--where: unexpected value >"));
  expect([...data.matches.value!]).toEqual([0, 1, 1, 0]);

  data.where.value = "";
  await vi.waitFor(() => expect(data.matches.value).toBeNull());
  expect(data.whereError.value).toBeNull();
  study.close();
});

test("Rows are found by the numbers of trials, some of which may be missing", () => {
  expect([0, 2, 3, 9].map((number) => rowOf([0, 3, 9], number))).toEqual([0, -1, 1, 2]);
});
