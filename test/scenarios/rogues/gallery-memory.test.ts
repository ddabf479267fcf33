import { expect, test } from "vitest";
import { expectNoTrace, runGallery } from "./gallery.ts";

/** Trials that take many times their memory limit, in every kind of memory. */

const LIMIT_BYTES = 250e6;
const KINDS = [
  "typed-arrays",
  "objects",
  "strings",
  "wasm-memory",
  "shared-memory",
  "spike",
  "native-leak",
  "grandchild-memory",
  "growing-map",
  "third-split-leak",
];

test("every kind of memory counts: the trial is pruned at its limit, with the memory that was seen", async () => {
  const gallery = await runGallery("gallery-memory", KINDS, [
    ...["--memory-limit", "250MB", "--split-timeout", "30s"],
  ]);
  for (const kind of KINDS) {
    const { number, state, reason, detail, memory, splits } = gallery.row(kind);
    expect({ kind, state, reason }).toEqual({ kind, state: "pruned", reason: "memory-limit" });
    const during = kind === "third-split-leak" ? "split 2" : "split 0";
    expect(detail).toMatchObject({ limitBytes: LIMIT_BYTES, during, rung: "sigkill" });
    expect(splits).toHaveLength(kind === "third-split-leak" ? 2 : 0);
    expect(detail?.seenBytes).toBeGreaterThan(LIMIT_BYTES);
    expect(memory?.source).toBe("guard");
    expect(memory?.peakBytes).toBeGreaterThanOrEqual(Number(detail?.seenBytes));
    const said = gallery.log(number).map(({ msg }) => msg);
    expect(said.find((msg) => msg.includes("pruned"))).toMatch(
      /^Trial #\d+ pruned: memory limit exceeded: \d\.\d\d GB > 0\.25 GB during split \d$/,
    );
  }
  expectNoTrace(gallery);
});
