import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { checkpointIn } from "../../../src/worker/thread/checkpoint.ts";
import { belay, folder, rows, start, trials, until, write } from "../../support/belay.ts";

const STUDY = `
import { appendFileSync } from "node:fs";
import { defineStudy, float } from "belay";
export default defineStudy({
  name: "long",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: async ({ params, checkpoint, trial, report }) => {
    let { step, sum } = (await checkpoint.load("state")) ?? { step: 0, sum: 0 };
    for (; step < 20; step++) {
      appendFileSync("ran.txt", trial.number + " " + step + " " + trial.attempt + "\\n");
      await new Promise((resolve) => setTimeout(resolve, 50));
      sum += params.x;
      await checkpoint.save("state", { step: step + 1, sum });
    }
    return sum;
  },
});`;

/** The steps that were run, as [trial, step, attempt]. */
function ran(cwd: string): number[][] {
  if (!existsSync(join(cwd, "ran.txt"))) return [];
  const lines = readFileSync(join(cwd, "ran.txt"), "utf8").trim().split("\n");
  return lines.map((line) => line.split(" ").map(Number));
}

test("a long split continues from its checkpoint after kill -9, and the checkpoint's folder is deleted in the end", async () => {
  const cwd = folder();
  write(cwd, { "study.ts": STUDY });
  const launched = start(cwd, ["launch", "study.ts", "--trials", "3", "--seed", "1"]);
  await until("half of trial 1", () => ran(cwd).some(([trial, step]) => trial === 1 && step === 10));
  process.kill(launched.pid, "SIGKILL");
  await launched.finished;
  expect(readdirSync(join(cwd, "belay.db.checkpoints", "long"))).toEqual(["1"]);
  const { code, stderr } = await belay(cwd, ["resume", "long"]);
  expect(code, stderr).toBe(0);
  // The first attempt may have begun one more step before its host noticed that the coordinator was gone.
  const attempts = ran(cwd)
    .filter(([trial]) => trial === 1)
    .map(([, step, attempt]) => ({ step: step!, attempt: attempt! }));
  const resumed = attempts.findIndex(({ attempt }) => attempt === 2);
  expect(attempts[resumed]!.step).toBeGreaterThanOrEqual(10);
  expect(new Set(attempts.slice(resumed).map(({ attempt }) => attempt))).toEqual(new Set([2]));
  for (const { value, params } of await trials(cwd, "long")) expect(value).toBeCloseTo(20 * Number(params.x));
  expect(existsSync(join(cwd, "belay.db.checkpoints"))).toBe(false);
  const kept = await belay(cwd, ["resume", "long", "--add", "1", "--keep-checkpoints"]);
  expect(kept.code).toBe(0);
  expect(readdirSync(join(cwd, "belay.db.checkpoints", "long", "3"))).toEqual(["state.checkpoint"]);
}, 600_000);

test("plain data, typed arrays, tensors, variables and compiled models are loaded as they were saved", async () => {
  await tf.setBackend("cpu");
  const path = join(folder(), "7");
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
  model.compile({ optimizer: tf.train.adam(0.01), loss: "meanSquaredError" });
  const [x, y] = [tf.randomNormal([8, 3]), tf.randomNormal([8, 2])];
  await model.fit(x, y, { epochs: 2, verbose: 0 });
  const saved = {
    epoch: 3,
    losses: new Float64Array([1, Number.NaN, 3]),
    seen: new Map([["a", new Date(0)]]),
    weights: [tf.variable(tf.tensor2d([[1, 2]])), tf.tensor(["a", "b"]), tf.tensor([true, false])],
    model,
  };
  const checkpoint = checkpointIn(path, tf);
  expect(await checkpoint.load("state")).toBeNull();
  expect(existsSync(path)).toBe(false);
  await checkpoint.save("state", saved);
  const loaded = (await checkpointIn(path, tf).load<typeof saved>("state"))!;
  expect({ epoch: loaded.epoch, losses: loaded.losses, seen: loaded.seen }).toEqual({
    epoch: saved.epoch,
    losses: saved.losses,
    seen: saved.seen,
  });
  for (const [i, tensor] of saved.weights.entries()) {
    expect(loaded.weights[i]!.shape).toEqual(tensor.shape);
    expect(Array.from(await loaded.weights[i]!.data())).toEqual(Array.from(await tensor.data()));
  }
  const predict = (one: typeof model) => Array.from((one.predict(x) as tf.Tensor).dataSync());
  expect(predict(loaded.model)).toEqual(predict(model));
  // The optimizer is restored too, so training continues as before; without its moments the next step differs by 1e-2.
  await model.fit(x, y, { epochs: 1, verbose: 0, shuffle: false });
  await loaded.model.fit(x, y, { epochs: 1, verbose: 0, shuffle: false });
  const expected = predict(model);
  for (const [i, value] of predict(loaded.model).entries()) expect(value).toBeCloseTo(expected[i]!, 5);
});

test("a save is whole or does not exist, and names are checked", async () => {
  const path = folder();
  const checkpoint = checkpointIn(path, null);
  await checkpoint.save("state", { step: 1 });
  // A kill in the middle of a save leaves such a file behind.
  writeFileSync(join(path, ".state.1-0"), "half");
  expect(await checkpoint.load("state")).toEqual({ step: 1 });
  await Promise.all([2, 3, 4].map((step) => checkpoint.save("state", { step })));
  expect([2, 3, 4]).toContain((await checkpoint.load<{ step: number }>("state"))!.step);
  for (const name of ["../state", "", "a/b", ".hidden"])
    await expect(checkpoint.save(name, 1)).rejects.toThrow(/checkpoint: expected 1 to 64 letters/);
  mkdirSync(join(path, "blocked.checkpoint"));
  await expect(checkpoint.save("blocked", 1)).rejects.toThrow();
  expect(readdirSync(path).filter((name) => name.startsWith(".blocked"))).toEqual([]);
});

test("resume names the changes since launch, refuses those after which trials cannot be compared, and asks to accept the others", async () => {
  const cwd = folder();
  const study = (space: string, extra = "", folds = 3) => `
    import { categorical, defineStudy, float, int, kFold } from "belay";
    export default defineStudy({
      name: "changed", direction: "minimize",
      space: { ${space} },
      splits: () => kFold(12, { folds: ${folds} }),
      train: async ({ params }) => { ${extra} return Number(params.x); },
    });`;
  const launchSpace = 'x: float(0, 1), kind: categorical(["a", "b"])';
  write(cwd, { "study.ts": study(launchSpace) });
  expect((await belay(cwd, ["launch", "study.ts", "--trials", "4", "--seed", "1"])).code).toBe(0);
  const resume = async (text: string, ...options: string[]) => {
    write(cwd, { "study.ts": text });
    return belay(cwd, ["resume", "changed", "--add", "2", ...options]);
  };

  for (const [text, said] of [
    [
      study('x: float(0, 0.5), kind: categorical(["a", "b"])'),
      /space\.x was .* and is .*: old values do not fit/,
    ],
    [study(`${launchSpace}, more: int(1, 3)`), /space\.more is new: old trials have no value of it/],
    [study("x: float(0, 1)"), /space\.kind is gone: old params do not fit/],
    [study('x: float(0, 1), kind: categorical(["a", "c"])'), /space\.kind was .*: old values do not fit/],
    [study(launchSpace, "", 4), /splits were 3 and are 4: values cannot be compared/],
  ] as const) {
    const { code, stderr } = await resume(text, "--accept-changes");
    expect(code).toBe(2);
    expect(stderr).toMatch(said);
    expect(stderr).toMatch(/`belay launch \S+ --name \S+-2` begins anew\n$/);
  }

  const wider = study('kind: categorical(["c", "b", "a"]), x: float(-1, 2)', "void 0;");
  const asked = await resume(wider);
  expect(asked.code).toBe(2);
  expect(asked.stderr).toMatch(
    /space\.x was .*every old value is still possible; .*code \w{8} is now \w{8}: .*--accept-changes` goes on/s,
  );
  const accepted = await resume(wider, "--accept-changes", "--json");
  expect(accepted.code, accepted.stderr).toBe(0);
  const all = await trials(cwd, "changed");
  expect(all).toHaveLength(6);
  expect(all.slice(0, 4).every(({ params }) => params.kind === "a" || params.kind === "b")).toBe(true);
  const hashes = await rows<{ hash: string }>(cwd, "select distinct code_hash as hash from attempts");
  expect(hashes).toHaveLength(2);
  expect(await rows(cwd, "select 1 from events where kind = 'changes'")).toHaveLength(1);
});
