import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { belay, folder, MAIN, write } from "../../support/belay.ts";

/** A machine with too few resources: few open files, no space for temporary files. */

const study = (ballast = ""): string => `
import { defineStudy, float } from "belay";
export default defineStudy({
  name: "scarce",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: async () => ${JSON.stringify(ballast)}.length,
});
`;

/** Starts a launch that may have at most `files` files open. */
function launchWith(files: number, cwd: string, options: readonly string[]) {
  const command = `ulimit -n ${files} && exec "$0" "$@"`;
  const args = [MAIN, "launch", "study.mjs", "--trials", "1", ...options];
  return spawnSync("sh", ["-c", command, process.execPath, ...args], { cwd, encoding: "utf8" });
}

test.each([24, 48, 64, 72])(
  "with a limit of %d open files a launch says in one line how many it needs",
  (files) => {
    const cwd = folder();
    write(cwd, { "study.mjs": study() });
    const { status, stderr } = launchWith(files, cwd, ["--workers", "1"]);
    expect(stderr.trim()).toBe(
      `belay: open files: the limit is ${files}, and at least 128 are needed; raise it, as in ulimit -n 1024`,
    );
    expect(status).toBe(1);
  },
);

test("too many workers for the limit of open files are refused before anything is recorded", () => {
  const cwd = folder();
  write(cwd, { "study.mjs": study() });
  const { status, stderr } = launchWith(256, cwd, ["--workers", "40"]);
  expect(stderr.trim()).toBe(
    "belay: open files: the limit is 256, and at least 304 are needed; raise it, as in ulimit -n 1024, or use fewer --workers than 40",
  );
  expect(status).toBe(2);
  expect(launchWith(256, cwd, ["--workers", "2"]).status).toBe(0);
});

test("a TMPDIR without space for the bundle is named, with what to do", async () => {
  const cwd = folder();
  const small = join(cwd, "small");
  mkdirSync(small);
  write(cwd, { "study.mjs": study("x".repeat(300_000)) });
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", small], { encoding: "utf8" });
  if (mounted.status !== 0) {
    process.stderr.write(
      `\nNOT TESTED: a full TMPDIR. This process may not mount a small file system: ${mounted.stderr}\n`,
    );
    return;
  }
  onTestFinished(() => void spawnSync("umount", ["-l", small]));
  const { code, stderr } = await belay(cwd, ["launch", "study.mjs", "--trials", "1"], { TMPDIR: small });
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toMatch(/^belay: .*small.*: the study's bundle cannot be written there: ENOSPC/);
  expect(stderr).toContain("TMPDIR=");
  expect(code).toBe(1);
});
