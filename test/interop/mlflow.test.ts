import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { mlflowClient } from "../../src/interop/mlflow/client.ts";
import { sendToMlflow } from "../../src/interop/mlflow/send.ts";
import { digits, readerOf } from "../report/fixture.ts";
import { belay, MAIN, startProgram, until } from "../support/belay.ts";
import { FINAL, splitResult } from "../support/records.ts";
import { type Fault, mlflowServer, type StoredRun } from "./mlflow-server.ts";

/** `belay export --format mlflow`: what a server by the contract of MLflow holds afterwards, whatever goes wrong on the way. */

const PARAMS = { learningRate: 0.25, optimizer: "sgd", momentum: 0.5, value: 2, batchNorm: true };

/** The study `digits` with another trial, number 6, which has reported `reports` times, and one that waits. */
async function study(reports = 2) {
  const { store, owned } = await digits();
  const key = await owned.startTrial({ number: 6, params: PARAMS });
  for (let step = 1; step <= reports; step++)
    await owned.recordReport(key, { split: 0, step, value: step === 2 ? Number.NaN : step / 2 });
  await owned.recordSplit(key, splitResult(0, 0.75));
  await owned.finish(key, { state: "complete", values: [0.75], constraints: [] }, FINAL, { durationMs: 9 });
  await owned.enqueue({ learningRate: 0.5, optimizer: "sgd" });
  return { store, owned, cwd: dirname(store.location) };
}

type Server = Awaited<ReturnType<typeof mlflowServer>>;

async function send(
  { store }: Pick<Awaited<ReturnType<typeof study>>, "store">,
  { url }: Pick<Server, "url">,
) {
  const reader = await readerOf(store);
  return sendToMlflow(mlflowClient(url, {}), reader, (await reader.study("digits"))!, {});
}

interface Held {
  readonly status: string;
  readonly start: number;
  readonly end: number | null;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly metrics: StoredRun["metrics"];
}

/** What a server holds, without what depends on the order in which runs were created. */
function held({ runs }: Server): Record<string, Held> {
  const of = (run: StoredRun): Held => ({
    ...{ status: run.status, start: run.start, end: run.end },
    params: Object.fromEntries([...run.params].sort()),
    tags: Object.fromEntries([...run.tags].sort()),
    metrics: run.metrics,
  });
  const all = [...runs.values()].map((run): [string, Held] => [run.name, of(run)]);
  expect(new Set(all.map(([name]) => name)).size, "runs, none of which is there twice").toBe(all.length);
  return Object.fromEntries(all.sort(([a], [b]) => a.localeCompare(b)));
}

describe("belay export --format mlflow", () => {
  it("makes a run of each trial that has begun, with params, metrics, tags, status and times", async () => {
    const { cwd } = await study();
    const server = await mlflowServer();
    const { code, stderr } = await belay(cwd, ["export", "digits", "--format", "mlflow", "--to", server.url]);
    expect([code, stderr]).toEqual([
      0,
      `digits: 7 trials at ${server.url}: 7 new, 0 completed, 0 there already\n`,
    ]);
    expect([...server.experiments.keys()]).toEqual(["digits"]);
    const at = Date.UTC(2026, 0, 1);
    const all = held(server);
    expect(Object.keys(all)).toEqual([0, 1, 2, 3, 4, 5, 6].map((number) => `trial ${number}`));
    expect(all["trial 6"]).toEqual({
      ...{ status: "FINISHED", start: at, end: at },
      params: { learningRate: "0.25", optimizer: "sgd", momentum: "0.5", value: "2", batchNorm: "true" },
      tags: {
        ...{
          "belay.study": "digits 2026-01-01T00:00:00.000Z",
          "belay.trial": "6",
          "belay.state": "complete",
        },
        ...{ "belay.metrics": "5", "belay.feasible": "true" },
      },
      metrics: [
        { key: "report/0", value: 0.5, timestamp: at, step: 1 }, // the second was not finite
        { key: "split", value: 0.75, timestamp: at, step: 0 },
        { key: "value", value: 0.75, timestamp: at, step: 0 },
        { key: "durationMs", value: 9, timestamp: at, step: 0 },
        { key: "memory.peakBytes", value: FINAL.peakBytes, timestamp: at, step: 0 },
      ],
    });
    expect(all["trial 2"]).toMatchObject({ status: "KILLED", tags: { "belay.reason": "memory-limit" } });
    expect(all["trial 3"]).toMatchObject({
      status: "FAILED",
      tags: { "belay.error": 'TypeError: a "bad", day\nindeed' },
    });
    expect(all["trial 5"]).toMatchObject({ status: "RUNNING", end: null });
  });

  it("has nothing to send a second time, and completes runs of trials that went on", async () => {
    const made = await study();
    const server = await mlflowServer();
    await send(made, server);
    const before = JSON.stringify(held(server));
    const sent = server.requests.length;
    expect(await send(made, server)).toEqual({ trials: 7, created: 0, completed: 0 });
    expect(JSON.stringify(held(server))).toBe(before);
    expect(server.requests.slice(sent)).toEqual(["GET experiments/get-by-name", "POST runs/search"]);
    const reader = await readerOf(made.store);
    const running = await reader.trial((await reader.study("digits"))!.id, 5);
    const key = { trialId: running!.id, attempt: 1 };
    await made.owned.recordSplit(key, splitResult(0, 0.5));
    await made.owned.finish(key, { state: "complete", values: [0.5], constraints: [] }, FINAL, {
      durationMs: 5,
    });
    expect(await send(made, server)).toEqual({ trials: 7, created: 0, completed: 1 });
    const { status, metrics } = held(server)["trial 5"]!;
    expect([status, metrics.map(({ key: name }) => name)]).toEqual([
      "FINISHED",
      ["split", "value", "durationMs", "memory.peakBytes"],
    ]);
  });

  it("keeps the limits of a request with thousands of points", async () => {
    const made = await study(2500);
    const server = await mlflowServer();
    await send(made, server);
    const { metrics, tags } = held(server)["trial 6"]!;
    expect(metrics.filter(({ key }) => key === "report/0").map(({ step }) => step)).toEqual(
      Array.from({ length: 2500 }, (_, i) => i + 1).filter((step) => step !== 2),
    );
    expect(tags["belay.metrics"]).toBe("2503");
  });

  it("holds the same whatever fails on the way: a busy server, lost requests and lost answers", async () => {
    const made = await study(1200);
    const good = await mlflowServer();
    await send(made, good);
    const faults: readonly Fault[] = [
      { status: 429, headers: { "retry-after": "0.01" } },
      { status: 503 },
      "hang up",
      "hang up when done",
      { status: 502, isDone: true },
    ];
    // Every second request of a kind meets a fault, each kind all of them in turn.
    const seen = new Map<string, number>();
    const bad = await mlflowServer({
      fault: (path) => {
        const times = seen.get(path) ?? 0;
        seen.set(path, times + 1);
        return path.startsWith("GET") || times % 2 === 1 ? null : faults[(times / 2) % faults.length]!;
      },
    });
    await send(made, bad);
    for (const path of ["POST runs/create", "POST runs/log-batch", "POST runs/update"])
      expect(seen.get(path)).toBeGreaterThanOrEqual(2 * faults.length);
    expect(withoutRepeated(held(bad))).toEqual(held(good));
  });

  it("goes on where it was killed, and nothing is there twice", async () => {
    const made = await study(1200);
    const good = await mlflowServer();
    await send(made, good);
    let isStuck = true;
    const server = await mlflowServer({
      fault: (path, count) =>
        isStuck && path === "POST runs/log-batch" && count > 8 ? { status: 503 } : null,
    });
    const { child, finished } = startProgram(made.cwd, [
      ...([process.execPath, MAIN, "export", "digits", "--format", "mlflow", "--to", server.url] as const),
    ]);
    await until("the export is stuck", () => server.requests.length > 14);
    child.kill("SIGKILL");
    await finished;
    isStuck = false;
    const { created } = await send(made, server);
    expect(created).toBeLessThan(7);
    expect(held(server)).toEqual(held(good));
  });

  it.each([
    [
      "no address",
      ["--to", "localhost:5000"],
      2,
      '--to: expected an address such as http://localhost:5000, got "localhost:5000"',
    ],
    ["none at all", [], 2, "--to: expected the address of an MLflow server, got none"],
    ["a file", ["--to", "http://localhost", "--out", "x"], 2, "--out: expected none"],
    [
      "no server",
      ["--to", "http://me:secret@127.0.0.1:9"],
      1,
      "http://127.0.0.1:9: experiments/get-by-name: expected MLflow to answer, got",
    ],
  ])("says in one line what is wrong: %s", async (_, args, expected, message) => {
    const { cwd } = await study();
    const { code, stdout, stderr } = await belay(cwd, ["export", "digits", "--format", "mlflow", ...args]);
    expect([code, stdout, stderr.trimEnd().split("\n").length]).toEqual([expected, "", 1]);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("secret");
  });

  it("logs in as MLflow's clients do, and says what the server refuses", async () => {
    const { cwd } = await study();
    const args = (url: string) => ["export", "digits", "--format", "mlflow", "--to", url, "--json"];
    const token = await mlflowServer({ authorization: "Bearer abc" });
    const refused = await belay(cwd, args(token.url));
    expect([refused.code, refused.stderr]).toEqual([
      1,
      `belay: ${token.url}: experiments/get-by-name: expected MLflow to answer, got 401 Unauthorized: You are not authenticated.\n`,
    ]);
    const { stdout } = await belay(cwd, args(token.url), { MLFLOW_TRACKING_TOKEN: "abc" });
    expect(JSON.parse(stdout)).toEqual({
      ...{ study: "digits", format: "mlflow", to: token.url, trials: 7, created: 7, completed: 0 },
    });
    const basic = await mlflowServer({
      authorization: `Basic ${Buffer.from("me:secret").toString("base64")}`,
    });
    const named = { MLFLOW_TRACKING_USERNAME: "me", MLFLOW_TRACKING_PASSWORD: "secret" };
    expect((await belay(cwd, args(basic.url), named)).code).toBe(0);
    const inside = basic.url.replace("http://", "http://me:secret@");
    expect(JSON.parse((await belay(cwd, args(inside))).stdout).to).toBe(basic.url);
    basic.experiments.get("digits")!.stage = "deleted";
    expect((await belay(cwd, args(inside))).stderr).toContain("got one that was deleted");
  });
});

/** MLflow drops a point that is there already; the test's server keeps all, so that a test can see them. */
function withoutRepeated(all: Record<string, Held>): Record<string, Held> {
  return Object.fromEntries(
    Object.entries(all).map(([name, run]) => {
      const points = new Map(run.metrics.map((metric) => [JSON.stringify(metric), metric]));
      return [name, { ...run, metrics: [...points.values()] }];
    }),
  );
}
