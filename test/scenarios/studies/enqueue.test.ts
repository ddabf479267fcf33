import { expect, it } from "vitest";
import { belay, folder, rows, trials, write } from "../../support/belay.ts";

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

/** A study with defaults. Its third trial kills the coordinator, once, if the file `kill` is there. */
const DEFAULTS = `
import { existsSync, unlinkSync } from "node:fs";
import { categorical, defineStudy, float } from "belay";
export default defineStudy({
  name: "y", direction: "minimize",
  space: { x: float(0, 1), kind: categorical(["a", "b"]), only: float(0, 1).when("kind", "b") },
  defaults: { x: 0.25, kind: "a", only: 0.5 },
  train: async ({ params, trial }) => {
    if (trial.number === 2 && existsSync("kill")) {
      unlinkSync("kill");
      process.kill(process.ppid, "SIGKILL");
      await new Promise(() => {});
    }
    return params.x + (params.only ?? 0);
  },
});`;
const SEEDS = `{"x":0.5,"kind":"b"}

{"x":0.75,"kind":"a","only":null}\r
{"kind":"b","only":0.125}
`;
const LAUNCH = [
  ...["launch", "y.ts", "--trials", "20", "--seed", "3", "--deterministic", "4"],
  ...["--enqueue", '{"x":0.875}', "--enqueue", "seeds.ndjson"],
];

it("tries the defaults first, then what was enqueued, also after kill -9 and with other numbers of workers", async () => {
  const run = async (workers: number, isKilled: boolean) => {
    const cwd = folder();
    write(cwd, { "y.ts": DEFAULTS, "seeds.ndjson": SEEDS, ...(isKilled && { kill: "" }) });
    const { code, signal, stderr } = await belay(cwd, [...LAUNCH, "--workers", `${workers}`]);
    if (isKilled) {
      expect(signal, stderr).toBe("SIGKILL");
      // What was asked for is recorded together with the study, so none of it can be missing.
      expect(await rows(cwd, "select count(*) as n from trials where enqueued = 1")).toEqual([{ n: 5 }]);
      write(cwd, { "seeds.ndjson": "" });
      const resumed = await belay(cwd, ["resume", "y"]);
      expect(resumed.code, resumed.stderr).toBe(0);
    } else expect(code, stderr).toBe(0);
    return (await trials(cwd, "y")).map(({ number, params, value }) => ({ number, params, value }));
  };
  const undisturbed = await run(1, false);
  expect(undisturbed).toHaveLength(20);
  const drawn = expect.any(Number);
  expect(undisturbed.slice(0, 5).map(({ params }) => params)).toEqual([
    { x: 0.25, kind: "a" },
    expect.objectContaining({ x: 0.875 }),
    { x: 0.5, kind: "b", only: drawn },
    { x: 0.75, kind: "a" },
    { x: drawn, kind: "b", only: 0.125 },
  ]);
  expect(await run(1, true)).toEqual(undisturbed);
  expect(await run(4, true)).toEqual(undisturbed);
});

it("resume tries enqueued params before others, and says how many of them wait for more trials", async () => {
  const cwd = folder();
  write(cwd, { "y.ts": DEFAULTS, "seeds.ndjson": SEEDS });
  const launched = await belay(cwd, ["launch", "y.ts", "--trials", "2", "--enqueue", "seeds.ndjson"]);
  expect(launched.code, launched.stderr).toBe(0);
  expect(launched.stderr).toContain(
    "2 trials wait beyond the 2 of the study: `belay resume y --add 2` goes on with them",
  );
  const wrong = await belay(cwd, ["resume", "y", "--add", "1", "--enqueue", '{"x":2}']);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("--enqueue: param x: expected 0..1, got 2");
  const dry = (text: string) => belay(cwd, ["resume", "y", "--add", "4", "--enqueue", text, "--dry-run"]);
  const dryWrong = await dry('{"x":2}');
  expect(dryWrong.code).toBe(2);
  expect(dryWrong.stderr).toContain("--enqueue: param x: expected 0..1, got 2");
  expect((await dry('{"x":0.0625,"kind":"a"}')).stdout).toBe(
    "y: 2 of 6 trials are finished; 3 would go on, 1 would be new\n",
  );
  const resumed = await belay(cwd, ["resume", "y", "--add", "4", "--enqueue", '{"x":0.0625,"kind":"a"}']);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(resumed.stderr).not.toContain("beyond");
  const params = (await trials(cwd, "y")).map((trial) => trial.params);
  expect(params).toHaveLength(6);
  expect(params.slice(0, 5)).toEqual([
    { x: 0.25, kind: "a" },
    { x: 0.5, kind: "b", only: expect.any(Number) },
    { x: 0.75, kind: "a" },
    { x: expect.any(Number), kind: "b", only: 0.125 },
    { x: 0.0625, kind: "a" },
  ]);
});
