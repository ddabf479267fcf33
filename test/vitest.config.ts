import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./support/longest-first.ts";

/** The file to which .ci/run wants the test counts written. */
const report = process.env.BELAY_TEST_REPORT;
const root = fileURLToPath(new URL("..", import.meta.url));

// Node reads the certificates that this names at each start, which takes longer than all else that it does then. The
// tests start thousands of processes, and none of them connects to the network.
delete process.env.NODE_EXTRA_CA_CERTS;

export default defineConfig({
  root,
  resolve: { alias: { belay: fileURLToPath(new URL("../src/index.ts", import.meta.url)) } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/build.ts"],
    // The timeout only guards against hanging; no test asserts it. Two busy cores may take ten times as long as idle
    // ones.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: "forks",
    // Most of the time goes into scenarios, whose processes wait more than they compute: four files keep two cores busy.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
  },
});
