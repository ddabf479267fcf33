import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { script } from "../support/scripts.ts";

it("docs/api.md has the text of the comments, and every public symbol has a comment with an example", () => {
  const { stderr, status } = spawnSync(process.execPath, [...script("api"), "--check"], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

it("docs/api.md shows plain data in full: a trial's outcome, its reasons, the names that a field accepts", () => {
  const page = readFileSync(fileURLToPath(new URL("../../docs/api.md", import.meta.url)), "utf8");
  const section = (name: string): string =>
    new RegExp(`^### ${name}\n([\\s\\S]*?)(?=\n##|$(?![\\s\\S]))`, "m").exec(page)?.[1] ?? "";
  const shapes = {
    Told: ["state", "value", "constraints", "reason", "overrun"].map((field) => `readonly ${field}`),
    PruneReason: ['"memory-limit"', '"not-finite"'],
    FailReason: ['"crash"', '"interrupted"'],
    BackendChoice: ['"auto"', '"wasm"'],
    SamplerName: ['"tpe"', '"grid"'],
    PrunerName: ['"median"'],
    Constrained: ["readonly values", "readonly constraints"],
  };
  for (const [name, fields] of Object.entries(shapes))
    for (const field of fields) expect(section(name), name).toContain(field);
});
