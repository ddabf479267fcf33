import { expect, test } from "vitest";
import { folder, start, until, write } from "../support/belay.ts";
import { launchBowl } from "../support/refused.ts";
import { serve } from "./served.ts";

/** What programs that watch over studies read. */

test("/health says little to everybody, and all to those who know the token", async () => {
  const cwd = folder();
  launchBowl(cwd);
  const served = await serve(cwd);
  expect(await (await fetch(`${served.origin}/health`)).json()).toEqual({ ok: true });
  for (const path of ["/health/scheduler", "/health/system", "/metrics"])
    expect((await fetch(`${served.origin}${path}`)).status).toBe(401);
  const scheduler = await served.json<{ readonly ok: boolean; readonly studies: unknown[] }>(
    "/health/scheduler",
  );
  expect(scheduler).toMatchObject({
    ok: true,
    studies: [
      { study: "bowl", state: "finished", finished: 1, target: 1, heartbeatAgeMs: null, scheduler: null },
    ],
  });
  const system = await served.json("/health/system");
  expect(system).toMatchObject({ ok: true, dashboard: { pid: served.running.pid } });
});

test("a run is healthy until its coordinator dies", async () => {
  const cwd = folder();
  write(cwd, {
    "slow.ts": `import { defineStudy, float } from "belay";
export default defineStudy({
  name: "slow", direction: "minimize", space: { x: float(-1, 1) },
  async train({ params }) { await new Promise((resolve) => setTimeout(resolve, 60_000)); return params.x; },
});`,
  });
  const run = start(cwd, ["launch", "slow.ts", "--trials", "2", "--quiet"]);
  const served = await serve(cwd);
  const health = () => served.get("/health/scheduler").then((response) => response.json());
  const told = await until("the metrics of the run", async () => {
    const found = (await health()) as { studies?: { scheduler: unknown }[] };
    return found.studies?.[0]?.scheduler && found;
  });
  expect(told).toMatchObject({
    ok: true,
    studies: [{ study: "slow", state: "running", scheduler: { breaker: "off", slots: 1, waits: [] } }],
  });
  const metrics = await (await served.get("/metrics")).text();
  expect(metrics).toContain('belay_study_running{study="slow"} 1');
  expect(metrics).toContain('belay_trials{study="slow",state="running"} 1');
  expect(metrics).toMatch(/^belay_slot_rss_bytes\{study="slow",slot="0"\} \d+$/m);
  expect(metrics).toMatch(/^# HELP belay_memory_available_bytes /m);
  run.child.kill("SIGKILL");
  await run.finished;
  const dead = await until("the death", async () => {
    const found = (await health()) as { readonly ok: boolean };
    return !found.ok && found;
  });
  expect(dead).toMatchObject({ studies: [{ state: "interrupted", ok: false, heartbeatAgeMs: null }] });
});
