import { folder, start, write } from "../support/belay.ts";

/** Trials that wait for a file in their second split, so that a test decides when they go on. */
export const WAITING = `import { existsSync } from "node:fs";
import { defineStudy, float } from "belay";
export default defineStudy({
  name: "waiting",
  direction: "minimize",
  space: { x: float(-1, 1) },
  splits: () => [{ train: [0], validation: [1] }, { train: [1], validation: [0] }],
  async train({ params, splitIndex }) {
    while (splitIndex > 0 && !existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 10));
    return params.x ** 2;
  },
});
`;

/** A run of three trials, the first of which waits in its second split. */
export function launchWaiting() {
  const cwd = folder();
  write(cwd, { "waiting.ts": WAITING });
  const run = start(cwd, ["launch", "waiting.ts", "--trials", "3", "--quiet", "--split-order", "given"]);
  return { cwd, run };
}
