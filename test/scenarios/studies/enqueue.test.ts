import { expect, it } from "vitest";
import { belay, folder, trials, write } from "../../support/belay.ts";

it("draws a param that an enqueued trial leaves open from its declaration, on a log scale if it has one", async () => {
  const cwd = folder();
  // A sampler that proposes another model proposes no `units`, so they have to be drawn.
  write(cwd, {
    "x.ts": `import { categorical, defineStudy, float, int } from "belay";
export default defineStudy({
  name: "x", direction: "minimize",
  space: {
    model: categorical(["net", ...Array.from({ length: 60 }, (_, i) => \`other\${i}\`)]),
    units: int(1, 1000, { log: true }).when("model", "net"),
    rate: float(0.0001, 1, { log: true }).when("model", "net"),
    share: float(0, 1, { step: 0.1 }).when("model", "net"),
  },
  train: () => 1,
});`,
  });
  const count = 60;
  const enqueue = Array.from({ length: count }, () => ["--enqueue", '{"model":"net"}']).flat();
  const { code, stderr } = await belay(cwd, [
    ...["launch", "x.ts", "--trials", `${count}`, "--sampler", "random", "--seed", "1"],
    ...["--durability", "normal", ...enqueue],
  ]);
  expect(code, stderr).toBe(0);
  const params = (await trials(cwd, "x")).map((trial) => trial.params);
  expect(params).toHaveLength(count);
  // Half of the draws on the log scale are below sqrt(1 * 1000) = 31.6; on a linear scale it would be one in thirty.
  const below = (name: string, limit: number): number =>
    params.filter((each) => Number(each[name]) < limit).length;
  expect(below("units", 31.6)).toBeGreaterThan(count / 4);
  expect(below("units", 31.6)).toBeLessThan((3 * count) / 4);
  expect(below("rate", 0.01)).toBeGreaterThan(count / 4);
  // The values are rounded to their step: 0.3, not 0.30000000000000004.
  for (const { share } of params) expect(String(share).length).toBeLessThanOrEqual(3);
});
