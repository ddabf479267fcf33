import { describe, expect, test } from "vitest";
import type { AuditEntryJson, LiveJson } from "../../src/report/page/page.ts";
import { folder, start, trials, until, write } from "../support/belay.ts";
import { type Served, serve } from "./served.ts";

/** What a page can order, and what it cannot. */

/** Trials that never end by themselves. */
const ENDLESS = `import { defineStudy, float } from "belay";
export default defineStudy({
  name: "endless",
  direction: "minimize",
  space: { x: float(-1, 1) },
  async train({ signal }) {
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    return 0;
  },
});
`;

/** A run, and a dashboard that may act on it. */
async function endlessServed(args: readonly string[]) {
  const cwd = folder();
  write(cwd, { "endless.ts": ENDLESS });
  const run = start(cwd, ["launch", "endless.ts", "--trials", "5", "--quiet"]);
  const served = await serve(cwd, args);
  await until("the first trial", async () => {
    const response = await served.get("/api/studies/endless/live");
    return response.ok && ((await response.json()) as LiveJson).slots.some(({ trial }) => trial === 0);
  });
  return { cwd, run, served };
}

async function order(served: Served, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const response = await served.get("/api/studies/endless/orders", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, ...((await response.json()) as { message?: string; error?: string }) };
}

describe("a dashboard with --control", () => {
  test("kills, pauses, sets, enqueues, resumes and stops, and the audit trail says who did", async () => {
    const { cwd, run, served } = await endlessServed(["--control"]);
    expect(await order(served, { kind: "kill", number: 0 })).toMatchObject({ status: 200 });
    await until("the killed trial", async () => (await trials(cwd, "endless"))[0]!.reason === "stopped");
    expect((await order(served, { kind: "pause" })).status).toBe(200);
    expect((await served.json<LiveJson>("/api/studies/endless/live")).state).toBe("paused");
    expect((await order(served, { kind: "set", changes: ["trials=7"] })).message).toContain("7");
    expect(await order(served, { kind: "enqueue", params: { x: 0.5 }, add: true })).toMatchObject({
      status: 200,
    });
    expect((await order(served, { kind: "resume" })).status).toBe(200);
    expect((await order(served, { kind: "stop" })).status).toBe(200);
    // What runs is aborted, because its split would never end.
    run.child.kill("SIGTERM");
    await run.finished;
    const audit = await served.json<AuditEntryJson[]>("/api/studies/endless/audit");
    const told = audit.filter(({ who }) => who?.startsWith("dashboard (")).map(({ kind }) => kind);
    expect(new Set(told)).toEqual(new Set(["kill", "pause", "set", "enqueue", "resume", "stop"]));
    expect((await order(served, { kind: "invalidate", number: 0, reason: "a spoiled disk" })).status).toBe(
      200,
    );
    const marked = await served.frame("/api/studies/endless/columns?names=invalid");
    expect(marked.columns.get("invalid")!.cells[0]).toBe(1);
    expect(await served.matches("endless", "invalid")).toEqual([0]);
    expect((await order(served, { kind: "validate", number: 0 })).status).toBe(200);
    expect(await served.matches("endless", "invalid")).toEqual([]);
    const late = await order(served, { kind: "pause" });
    expect(late.status).toBe(409);
    expect(late.error).toMatch(/^endless is not running \(stopped\): `belay resume endless` runs it$/);
  });

  test("refuses in one line what is no order", async () => {
    const { served } = await endlessServed(["--control"]);
    for (const [body, says] of [
      [
        { kind: "puase" },
        '--kind: expected one of set, pause, resume, stop, kill, enqueue, invalidate, validate, got "puase"; did you mean pause?',
      ],
      [{ kind: "kill", number: "0" }, '--number: expected the number of a trial, got "0"'],
      [{ kind: "set", changes: "workers=4" }, '--changes: expected texts such as "workers=4"'],
      [{ kind: "set", changes: ["wrkers=4"] }, "did you mean workers?"],
      [{ kind: "enqueue", params: [1] }, "--params: expected an object"],
      [{ kind: "enqueue", params: { y: 1 } }, "y"],
      [[], "--order: expected a JSON object"],
    ] as const) {
      const { status, error } = await order(served, body);
      expect({ body, status, error }).toMatchObject({ body, status: 400 });
      expect(error).toContain(says);
    }
    const form = await order(served, { kind: "pause" }, { "content-type": "text/plain" });
    expect(form.status).toBe(400);
    const large = await order(served, { kind: "set", changes: ["x".repeat(70_000)] });
    expect(large).toMatchObject({ status: 413, error: "body: expected at most 64 KiB" });
  });
});

test("a dashboard without --control changes nothing, and says what to type", async () => {
  const { served } = await endlessServed([]);
  expect(await order(served, { kind: "kill", number: 0 })).toEqual({
    status: 403,
    error: "this dashboard only shows: `belay dashboard --control` starts one that may act",
  });
  const live = await served.json<LiveJson>("/api/studies/endless/live");
  expect(live.slots).toMatchObject([{ trial: 0 }]);
});
