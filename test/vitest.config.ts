import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** The file to which .ci/run wants the test counts written. */
const report = process.env.BELAY_TEST_REPORT;
const root = fileURLToPath(new URL("..", import.meta.url));

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
    maxWorkers: 2,
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
  },
});
