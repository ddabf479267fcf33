import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { digits } from "../report/fixture.ts";
import { belay } from "../support/belay.ts";

/** `belay export --format parquet`: what readers of Parquet find in the file. */

/** A Python with pyarrow and duckdb: its path is in BELAY_PARQUET_PYTHON; without it their checks are left out, and say so. */
const PYTHON = process.env.BELAY_PARQUET_PYTHON;

if (!PYTHON)
  console.warn("pyarrow and DuckDB do not check exports: BELAY_PARQUET_PYTHON names no Python that has them");

const SCRIPT = fileURLToPath(new URL("../../scripts/interop/parquet_check.py", import.meta.url));

async function exported(changes = {}, ...filters: string[]): Promise<string> {
  const { store, owned } = await digits(changes);
  await owned.enqueue({ learningRate: 0.5, optimizer: "sgd" });
  const cwd = dirname(store.location);
  for (const format of ["parquet", "csv", "ndjson"]) {
    const { code, stderr } = await belay(cwd, [
      ...(["export", "digits", "--format", format, "--out", `digits.${format}`] as const),
      ...filters,
    ]);
    expect([code, stderr.split(" in ")[1]]).toEqual([0, `digits.${format}\n`]);
  }
  return cwd;
}

async function read(cwd: string): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: bytesOf(cwd) });
}

function bytesOf(cwd: string): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = readFileSync(join(cwd, "digits.parquet"));
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

describe("belay export --format parquet", () => {
  it("writes the columns of the csv with types, and lists of the splits", async () => {
    const cwd = await exported();
    const rows = await read(cwd);
    expect(rows).toHaveLength(7);
    expect(rows[1]).toMatchObject({
      ...{ number: 1n, state: "complete", reason: null, detail: null, value: 0.95, feasible: true },
      ...{ learningRate: 0.1, optimizer: "sgd", momentum: 0.5, "params.value": 1n, batchNorm: false },
      ...{ proposer: "gp", why: "turn of gp", durationMs: 400_000n, splits: 1n },
      ...{ "memory.peakBytes": 3_000_000_000n, startedAt: new Date("2026-01-01T00:00:00Z"), constraints: [] },
      ...{ splitValues: [0.8] },
    });
    expect(rows[2]).toMatchObject({ state: "pruned", reason: "memory-limit", value: null });
    expect(JSON.parse(String(rows[2]!.detail))).toMatchObject({ limitBytes: 12e9, during: "split 2" });
    expect(rows[3]).toMatchObject({ error: 'a "bad", day\nindeed', momentum: null });
    expect(rows[4]).toMatchObject({ constraints: [1], violation: 1, feasible: false });
    expect(rows[6]).toMatchObject({ state: "waiting", startedAt: null, splitValues: [], batchNorm: null });
    const [head] = readFileSync(join(cwd, "digits.csv"), "utf8").split("\n");
    const lists = ["splitValues", "splitDurationsMs", "splitRssBytes"];
    expect(Object.keys(rows[0]!)).toEqual([...head!.split(","), ...lists]);
    expect(parquetMetadata(bytesOf(cwd)).key_value_metadata).toEqual([
      { key: "belay", value: '{"study":"digits","directions":["maximize"]}' },
    ]);
  });

  it("takes the filters of query, and a file may have no rows", async () => {
    expect((await read(await exported({}, "--where", "value > 0.92"))).map(({ number }) => number)).toEqual([
      1n,
      4n,
    ]);
    expect(await read(await exported({}, "--where", "value > 2"))).toEqual([]);
  });

  it.skipIf(!PYTHON)(
    "is read by pyarrow and DuckDB, every cell equal to the csv and the ndjson",
    async () => {
      const several = { directions: ["maximize", "minimize"] };
      for (const [changes, filters, trials] of [
        [{}, [], 7],
        [several, [], 7],
        [{}, ["--where", "value > 2"], 0],
      ] as const) {
        const cwd = await exported(changes, ...filters);
        const files = ["parquet", "csv", "ndjson"].map((format) => join(cwd, `digits.${format}`));
        const checked = JSON.parse(execFileSync(PYTHON!, [SCRIPT, ...files], { encoding: "utf8" }));
        expect(checked).toMatchObject({
          trials,
          types: {
            number: "int64",
            learningRate: "double",
            startedAt: "timestamp[ms, tz=UTC]",
            batchNorm: "bool",
          },
        });
      }
    },
  );
});
