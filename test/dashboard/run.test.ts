import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folder, processesIn, start, until, write } from "../support/belay.ts";
import { serve } from "./served.ts";
import { WAITING } from "./waiting.ts";

/** `launch --dashboard`: a page beside a run, which never harms it. */

/** The processes of dashboards, by the word that is typed; words are separated by zeros. */
const dashboardsIn = (cwd: string): number[] => processesIn(cwd, "\0dashboard\0");

/** A run with a dashboard, once its link is there. */
async function launched(args: readonly string[] = ["--dashboard-port", "0"]) {
  const cwd = folder();
  write(cwd, { "waiting.ts": WAITING });
  const run = start(cwd, ["launch", "waiting.ts", "--trials", "1", ...args]);
  const line = await until("the link", () => /^dashboard: .*$/m.exec(run.output().stderr)?.[0]);
  return { cwd, run, line };
}

describe("launch --dashboard", () => {
  test("prints the link, shows the run, and ends with it", async () => {
    const { cwd, run, line } = await launched();
    const [, origin, token] = /^dashboard: (http:\/\/127\.0\.0\.1:\d+)\/#token=([\w-]+)$/.exec(line)!;
    const headers = { authorization: `Bearer ${token}` };
    const studies = await (await fetch(`${origin}/api/studies`, { headers })).json();
    expect(studies).toMatchObject([{ study: "waiting", owner: { pid: run.pid } }]);
    expect(readFileSync(join(cwd, "belay.log"), "utf8")).not.toContain(token);
    write(cwd, { go: "" });
    const { code, stderr } = await run.finished;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("`belay dashboard` shows the study again\n");
    await until("the end of the dashboard", () => dashboardsIn(cwd).length === 0);
  });

  test("ends also when the run is killed", async () => {
    const { cwd, run } = await launched();
    expect(dashboardsIn(cwd)).toHaveLength(1);
    run.child.kill("SIGKILL");
    await until("the end of the dashboard", () => dashboardsIn(cwd).length === 0);
  });

  test("goes on without it when the port is taken or it is killed", async () => {
    const other = await serve(folder());
    const { cwd, run, line } = await launched(["--dashboard", "--dashboard-port", `${other.port}`]);
    expect(line).toMatch(
      /^dashboard: --port: expected a free port, .*; the run goes on, and `belay dashboard` shows it$/,
    );
    write(cwd, { go: "" });
    expect((await run.finished).code).toBe(0);
    const killed = await launched();
    process.kill(dashboardsIn(killed.cwd)[0]!, "SIGKILL");
    await until("the note", () =>
      killed.run.output().stderr.includes("dashboard: it has ended; the run goes on"),
    );
    write(killed.cwd, { go: "" });
    expect((await killed.run.finished).code).toBe(0);
  });
});
