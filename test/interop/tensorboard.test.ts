import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { describe, expect, it } from "vitest";
import { crc32c } from "../../src/interop/tensorboard/record.ts";
import { digits } from "../report/fixture.ts";
import { belay } from "../support/belay.ts";
import { FINAL, splitResult } from "../support/records.ts";

/** `belay export --format tensorboard`: what readers of TensorBoard's event files find. */

/** A Python with tensorboard: its path is in BELAY_TENSORBOARD_PYTHON; without it its checks are left out, and say so. */
const PYTHON = process.env.BELAY_TENSORBOARD_PYTHON;

if (!PYTHON)
  console.warn("TensorBoard does not check exports: BELAY_TENSORBOARD_PYTHON names no Python that has it");

const SCRIPT = fileURLToPath(new URL("../../scripts/interop/tensorboard_check.py", import.meta.url));

/** Exports `digits` with another trial, number 6, which has reported, and one that waits. */
async function exported(changes = {}, ...filters: string[]): Promise<string> {
  const { store, owned } = await digits(changes);
  const params = { learningRate: 0.25, optimizer: "sgd", momentum: 0.5, value: 2, batchNorm: true };
  const key = await owned.startTrial({ number: 6, params });
  for (const step of [1, 2, 4])
    await owned.recordReport(key, { split: 0, step, value: step === 4 ? Number.NaN : step / 2 });
  await owned.recordSplit(key, splitResult(0, 0.75));
  await owned.finish(key, { state: "complete", values: [0.75], constraints: [] }, FINAL, { durationMs: 9 });
  await owned.enqueue({ learningRate: 0.5, optimizer: "sgd" });
  const cwd = dirname(store.location);
  const args = ["export", "digits", "--format", "tensorboard", "--out", "runs", ...filters];
  const { code, stderr } = await belay(cwd, args);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^digits: \d trials? in runs\n$/)]);
  return cwd;
}

/** The events of a run's file, as messages of fields. Throws where a CRC is wrong. */
function eventsOf(folder: string): Fields[] {
  const bytes = readFileSync(
    join(folder, readdirSync(folder).find((name) => /^events\.out\.tfevents\.\d{10}\.belay$/.test(name))!),
  );
  const events: Fields[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    const record = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 8)).toBe(masked(bytes.subarray(at, at + 8)));
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(masked(record));
    events.push(fieldsOf(record));
    at += length + 16;
  }
  return events;
}

/** As the format describes it: rotated right by 15 bits, plus a constant. */
function masked(bytes: Uint8Array): number {
  const crc = BigInt(crc32c(bytes));
  return Number(((((crc >> 15n) | (crc << 17n)) & 0xffffffffn) + 0xa282ead8n) & 0xffffffffn);
}

type Fields = Readonly<Record<number, unknown>>;

/** The last value of each field: a number, or bytes. */
function fieldsOf(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes);
  const fields: Record<number, unknown> = {};
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (type === WireType.Varint) fields[field] = Number(reader.int64());
    else if (type === WireType.Bit64) fields[field] = reader.double();
    else if (type === WireType.Bit32) fields[field] = reader.float();
    else fields[field] = reader.bytes();
  }
  return fields;
}

const within = (fields: Fields, ...path: number[]): Fields =>
  path.reduce((inner, field) => fieldsOf(inner[field] as Uint8Array), fields);
const text = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString("utf8");

/** The scalars of a run by tag, as steps and values. */
function scalarsOf(folder: string): Record<string, unknown[]> {
  const found: Record<string, unknown[]> = {};
  for (const event of eventsOf(folder).slice(1)) {
    const value = within(event, 5, 1);
    if (value[2] === undefined) continue;
    const tag = text(value[1]);
    found[tag] = [...(found[tag] ?? []), [event[2], value[2]]];
  }
  return found;
}

describe("belay export --format tensorboard", () => {
  it("has the CRC of its records right", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283); // the check value of CRC-32C
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa); // RFC 3720, B.4
  });

  it("writes a run for each trial that has begun, with its splits, reports, value and times", async () => {
    const cwd = await exported({ splitCount: 1 });
    const runs = readdirSync(join(cwd, "runs")).filter((name) => !name.startsWith("events"));
    expect(runs).toEqual([0, 1, 2, 3, 4, 5, 6].map((number) => `trial-${number}`));
    expect(scalarsOf(join(cwd, "runs/trial-6"))).toEqual({
      split: [[0, 0.75]],
      report: [
        [1, 0.5],
        [2, 1],
        [4, Number.NaN],
      ],
      value: [[0, 0.75]],
      durationMs: [[0, 9]],
      "memory.peakBytes": [[0, Math.fround(FINAL.peakBytes!)]],
    });
    expect(scalarsOf(join(cwd, "runs/trial-2")).value).toBeUndefined();
    const events = eventsOf(join(cwd, "runs/trial-6"));
    expect(text(events[0]![3])).toBe("brain.Event:2");
    expect(events.map((event) => event[1])).toEqual(events.map(() => Date.UTC(2026, 0, 1) / 1000));
  });

  it("tells the HParams plugin the experiment, and of each trial its params and how it ended", async () => {
    const cwd = await exported({}, "--where", "number in (1, 3)");
    const [, root] = eventsOf(join(cwd, "runs"));
    expect(text(within(root!, 5, 1)[1])).toBe("_hparams_/experiment");
    expect(text(within(root!, 5, 1, 9, 1)[1])).toBe("hparams");
    expect(text(within(root!, 5, 1, 9, 1, 2, 2)[1])).toBe("digits: maximize");
    const [, start, ...rest] = eventsOf(join(cwd, "runs/trial-1"));
    // The last of its params is batchNorm, which is false.
    const last = within(start!, 5, 1, 9, 1, 2, 3, 1);
    expect([text(last[1]), within(last, 2)]).toEqual(["batchNorm", { 4: 0 }]);
    const success = within(rest.at(-1)!, 5, 1, 9, 1, 2, 4);
    expect(success).toEqual({ 1: 1, 2: Date.UTC(2026, 0, 1) / 1000 });
    const failure = within(eventsOf(join(cwd, "runs/trial-3")).at(-1)!, 5, 1, 9, 1, 2, 4);
    expect(failure[1]).toBe(2);
  });

  it("leaves nothing behind where it cannot write, and replaces nothing", async () => {
    const { store } = await digits();
    const cwd = dirname(store.location);
    mkdirSync(join(cwd, "runs"));
    const args = ["export", "digits", "--format", "tensorboard"];
    const there = await belay(cwd, [...args, "--out", "runs"]);
    expect([there.code, there.stderr]).toEqual([
      2,
      expect.stringContaining("--out: expected a new folder, got one that exists: runs"),
    ]);
    expect((await belay(cwd, args)).stderr).toContain("--out: expected the folder to write, got none");
    expect(readdirSync(join(cwd, "runs"))).toEqual([]);
    expect(readdirSync(cwd).filter((name) => name.includes("part"))).toEqual([]);
  });

  it.skipIf(!PYTHON)("is read by TensorBoard, and its HParams plugin lists every trial", async () => {
    for (const changes of [{ splitCount: 1 }, { splitCount: 3 }]) {
      const cwd = await exported(changes);
      await belay(cwd, ["export", "digits", "--format", "ndjson", "--out", "trials.ndjson"]);
      const args = [SCRIPT, join(cwd, "runs"), join(cwd, "trials.ndjson")];
      const checked = JSON.parse(
        execFileSync(PYTHON!, [...args, "value,durationMs,memory.peakBytes"], {
          encoding: "utf8",
          stdio: ["ignore", "pipe", "pipe"],
        }),
      );
      expect(checked).toMatchObject({
        ...{ trials: 7, reports: 1 },
        hparams: {
          learningRate: "DATA_TYPE_FLOAT64",
          optimizer: "DATA_TYPE_STRING",
          batchNorm: "DATA_TYPE_BOOL",
        },
        domains: { optimizer: ["adam", "sgd"], learningRate: { minValue: 1e-4, maxValue: 1 } },
      });
    }
  });
});
