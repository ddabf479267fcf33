import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { belay, folder, rows, trials, write } from "../../support/belay.ts";

/** A host that is clean, or can be cleaned, serves the next trial. */

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/left-behind/${name}.ts`, import.meta.url));

/** A hundred trials, or many starts of hosts, take some time on a busy machine. */
const TIMEOUT_MS = 240_000;

/** The pids of the hosts in which the trials ran, in order. */
async function hosts(cwd: string): Promise<number[]> {
  const found = await rows<{ pid: number }>(
    cwd,
    "select host_pid as pid from attempts a join trials t on t.id = a.trial_id order by t.number",
  );
  return found.map(({ pid }) => pid);
}

test("settings of TensorFlow are restored; if that is impossible the host is replaced", {
  timeout: TIMEOUT_MS,
}, async () => {
  const cwd = folder();
  const kinds = ["backend", "debug", "production", "flag", "scope", "kernel", "removed", "good"];
  const { code, stderr } = await belay(cwd, [
    ...["launch", fixture("tensorflow"), "--trials", String(kinds.length)],
    ...kinds.flatMap((kind) => ["--enqueue", JSON.stringify({ kind })]),
  ]);
  expect(code, stderr).toBe(0);
  const done = await trials(cwd, "tensorflow");
  expect(done.map(({ params, state, error }) => [params.kind, state, error])).toEqual(
    kinds.map((kind) => [kind, "complete", null]),
  );
  const [first, ...others] = await hosts(cwd);
  const [kernel, removed, good] = others.slice(-3);
  expect(others.slice(0, 5)).toEqual([first, first, first, first, first]);
  expect([kernel === removed, removed === good]).toEqual([false, false]);
});

test("a trial's error is recorded, even if an earlier trial listened for uncaught exceptions", {
  timeout: TIMEOUT_MS,
}, async () => {
  const cwd = folder();
  write(cwd, {
    "listens.mjs": `
import { categorical, defineStudy } from "belay";
export default defineStudy({
  name: "listens",
  direction: "minimize",
  space: { kind: categorical(["listens", "throws"]) },
  train: ({ params }) => {
    if (params.kind === "throws") return new Promise(() => setTimeout(() => { throw new Error("its own"); }));
    for (const event of ["uncaughtException", "unhandledRejection", "exit"]) process.on(event, () => {});
    return process.listenerCount("uncaughtException");
  },
});
`,
  });
  const wanted = ["listens", "listens", "throws"];
  const { code, stderr } = await belay(cwd, [
    ...["launch", "listens.mjs", "--trials", "3", "--split-timeout", "20s"],
    ...wanted.flatMap((kind) => ["--enqueue", JSON.stringify({ kind })]),
  ]);
  expect(code, stderr).toBe(0);
  const [first, second, third] = await trials(cwd, "listens");
  expect([first?.value, second?.value]).toEqual([1, 1]);
  expect(third).toMatchObject({ state: "fail", reason: "error", error: { message: "its own" } });
  expect(new Set(await hosts(cwd)).size).toBe(1);
});

test.each(["from-import", "from-import-busy"])(
  "things that the study file creates at import do not count as leftovers: %s",
  async (name) => {
    const cwd = folder();
    const { code, stderr } = await belay(cwd, ["launch", fixture(name), "--trials", "20"]);
    expect(code, stderr).toBe(0);
    expect(new Set(await hosts(cwd)).size).toBe(1);
  },
);

test.each(["tidy", "tidy-tensors"])(
  "a hundred clean trials run in one host: %s",
  { timeout: TIMEOUT_MS },
  async (name) => {
    const server = createServer((_, response) => response.end("answer"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const cwd = folder();
    const { code, stderr } = await belay(
      cwd,
      ["launch", fixture(name), "--trials", "100", "--sampler", "random"],
      { BELAY_TEST_URL: `http://127.0.0.1:${port}` },
    );
    expect(code, stderr).toBe(0);
    const done = await trials(cwd, name);
    expect(done.map(({ state }) => state)).toEqual(Array(100).fill("complete"));
    expect(new Set(await hosts(cwd)).size).toBe(1);
  },
);
