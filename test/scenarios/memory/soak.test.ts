import { execFile } from "node:child_process";
import { expect, test } from "vitest";
import { script } from "../../support/scripts.ts";

const SOAK = script("soak");

test("a hundred short TensorFlow trials, ten of them misbehaving, leave correct rows and nothing behind", {
  timeout: 180_000,
}, async () => {
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, [...SOAK, "--trials", "100"], (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
  expect(output).toContain("100 rows right");
  expect(output).not.toContain("WRONG");
});
