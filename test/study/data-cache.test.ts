import { readdirSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CacheOptions } from "../../src/index.ts";
import { openCached } from "../../src/study/data-cache.ts";
import { decodeData, encodeData } from "../../src/study/data-file.ts";
import { folder } from "../support/belay.ts";

const stored = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.double(),
    fc.string({ unit: "binary" }),
    fc.float32Array({ maxLength: 40 }),
    fc.float64Array({ maxLength: 40 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.int16Array({ maxLength: 40 }),
    fc.bigInt64Array({ maxLength: 9 }),
    fc.array(fc.double(), { minLength: 30, maxLength: 40 }),
    fc.array(tie("tree"), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie("tree"), { maxKeys: 5, noNullPrototype: true }),
  ),
})).tree;

describe("a data file", () => {
  it("reads any data as it was stored", () => {
    fc.assert(
      fc.property(stored, (data) => {
        expect(decodeData("key", encodeData("x", "key", data))!.data).toEqual(data);
      }),
    );
  });

  it("is refused if it was cut short, if a bit of it has changed, or for another key", () => {
    const whole = encodeData("x", "key", { a: Float32Array.of(1, 2, 3), b: "text", c: [1, 2] });
    expect(decodeData("other", whole)).toBeNull();
    for (let length = 0; length < whole.length; length++)
      expect(decodeData("key", whole.slice(0, length))).toBeNull();
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const changed = whole.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(decodeData("key", changed), `bit ${bit}`).toBeNull();
    }
    expect(decodeData("key", whole)).not.toBeNull();
  });

  it.each<[string, unknown, RegExp]>([
    [
      "a function",
      { rows: [1, () => 1] },
      /^x: expected plain objects, .*, got a function at data\.rows\[1\]$/,
    ],
    ["a Map", { days: new Map() }, /got an instance of Map at data\.days$/],
    ["nothing", undefined, /got undefined at data$/],
    ["a date", [new Date(0)], /got an instance of Date at data\[0\]$/],
  ])("does not take %s", (_, data, message) => {
    expect(() => encodeData("x", "key", data)).toThrow(message);
  });

  it("refuses data with a cycle", () => {
    const data: { self?: unknown } = {};
    data.self = data;
    expect(() => encodeData("x", "key", data)).toThrow(/got a cycle at data\.self$/);
  });
});

/** A cache in a folder of its own that counts how often `load` ran. */
function cache(path: string | null = folder(), seed = 1) {
  const notes: string[] = [];
  let loads = 0;
  return {
    path,
    notes,
    loads: () => loads,
    open: (options: Partial<CacheOptions<unknown>> = {}) =>
      openCached<unknown>(
        { name: "days", load: load(() => loads++), ...options },
        { folder: path, seed, note: (text) => notes.push(text) },
      ),
    files: () => readdirSync(path!).filter((file) => file.endsWith(".data")),
  };
}

function load(ran: () => void) {
  return () => {
    ran();
    return { heights: Float32Array.of(1.5, 2.5), names: ["a", "b"] };
  };
}

const DATA = { heights: Float32Array.of(1.5, 2.5), names: ["a", "b"] };

describe("cached", () => {
  it("loads once and opens the file afterwards, also in another process", async () => {
    const first = cache();
    expect(await first.open()).toEqual(DATA);
    const second = cache(first.path);
    expect(await second.open()).toEqual(DATA);
    expect([first.loads(), second.loads()]).toEqual([1, 0]);
    expect(first.notes[0]).toMatch(
      /^data "days": made in \d+ ms, kept as .*days-[0-9a-f]{16}\.data \(1 kB\)$/,
    );
    expect(second.notes[0]).toMatch(/^data "days": opened .* \(1 kB, \d+ ms\)$/);
  });

  it("loads again if a source, a value, the name or the text of load changes", async () => {
    const made = cache();
    const source = join(folder(), "days.csv");
    writeFileSync(source, "1\n2\n");
    const options = { files: [source], values: [7, { scale: true }] };
    await made.open(options);
    await made.open(options);
    expect(made.loads()).toBe(1);
    await made.open({ ...options, values: [8, { scale: true }] });
    await made.open({ ...options, name: "nights" });
    writeFileSync(source, "1\n3\n");
    await made.open(options);
    expect(made.loads()).toBe(4);
    expect(await made.open({ ...options, load: () => 5 })).toBe(5);
  });

  it("keeps the data of each seed apart, if load uses the seed", async () => {
    const path = folder();
    const seeds = [1, 2, 1];
    for (const seed of seeds) expect(await cache(path, seed).open({ load: () => seed })).toBe(seed);
    for (const seed of seeds) expect(await cache(path, seed).open({ load: () => 7 })).toBe(7);
    expect(cache(path).files()).toHaveLength(3);
  });

  it("recognises a large source by its modification time and size, and notices a change", async () => {
    const made = cache();
    const source = join(folder(), "large.bin");
    const bytes = new Uint8Array(5_000_000);
    writeFileSync(source, bytes);
    const settled = new Date(Date.now() - 60_000);
    utimesSync(source, settled, settled);
    for (let i = 0; i < 2; i++) await made.open({ files: [source] });
    expect(made.loads()).toBe(1);
    bytes[4_999_999] = 1;
    writeFileSync(source, bytes);
    await made.open({ files: [source] });
    expect(made.loads()).toBe(2);
  });

  it.each<[string, (file: string) => void]>([
    ["damaged", (file) => writeFileSync(file, readFileSync(file).fill(7, 70, 74))],
    ["cut short", (file) => truncateSync(file, statSync(file).size - 4)],
    ["empty", (file) => truncateSync(file, 0)],
    ["something else", (file) => writeFileSync(file, "not a data file")],
  ])("makes it again when the file is %s", async (_, harm) => {
    const made = cache();
    await made.open();
    harm(join(made.path!, made.files()[0]!));
    expect(await made.open()).toEqual(DATA);
    expect(made.notes.join("\n")).toContain("is damaged or cut short: making it again");
    expect(await made.open()).toEqual(DATA);
    expect(made.loads()).toBe(2);
  });

  it("is whole for every process if several load at once", async () => {
    const path = folder();
    const large = { load: () => ({ a: new Float64Array(20_000).fill(3) }) };
    const opened = await Promise.all(Array.from({ length: 8 }, () => cache(path).open(large)));
    for (const data of opened) expect(data).toEqual({ a: new Float64Array(20_000).fill(3) });
    expect(readdirSync(path).filter((file) => file.endsWith(".tmp"))).toEqual([]);
    expect(cache(path).files()).toHaveLength(1);
  });

  it("works without a cache where no file can be kept, and removes files that were not used for long", async () => {
    const file = join(folder(), "file");
    writeFileSync(file, "");
    const blocked = cache(file);
    expect(await blocked.open()).toEqual(DATA);
    expect(blocked.notes.join("\n")).toContain("and not kept: ");
    expect(await cache(null).open()).toEqual(DATA);

    const made = cache();
    await made.open({ values: [1] });
    const old = join(made.path!, made.files()[0]!);
    const longAgo = new Date(Date.now() - 40 * 86_400_000);
    utimesSync(old, longAgo, longAgo);
    await made.open({ values: [2] });
    expect(made.files()).toHaveLength(1);
    expect(made.files()[0]).not.toBe(old);
  });

  it.each<[Partial<CacheOptions<unknown>>, RegExp]>([
    [{ name: "a/b" }, /^cached: name: expected 1 to 64 letters, .*, got "a\/b"$/],
    [
      { files: ["nowhere.csv"] },
      /^cached "days": files\[0\]: expected a file that can be read, got ".*nowhere\.csv" \(ENOENT/,
    ],
    // A long path is cut in the middle, because people look for the name.
    [
      { files: [`${"a-long-way/".repeat(20)}nowhere.csv`] },
      /^cached "days": files\[0\]: expected a file that can be read, got ".*\.\.\..*nowhere\.csv" \(ENOENT/,
    ],
    [
      { files: [new URL("https://example.com/x")] },
      /^cached "days": files\[0\]: expected a file's name or file: URL/,
    ],
    [{ values: [() => 1] }, /^cached "days": values: expected plain objects/],
  ])("refuses %o", async (options, message) => {
    await expect(cache().open(options)).rejects.toThrow(message);
  });
});
