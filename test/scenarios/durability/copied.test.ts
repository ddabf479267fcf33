import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { openDatabase } from "../../../src/sqlite/database.ts";
import { belay, folder, trials } from "../../support/belay.ts";
import { launchBowl } from "../../support/refused.ts";

/**
 * A database that was copied from another machine while its study ran: this machine cannot know whether it still runs.
 */

// Each test runs several commands one after another.
vi.setConfig({ testTimeout: 180_000 });

/**
 * A database with a finished trial, whose owner on another machine had its last heartbeat `seconds` ago; negative: its
 * clock is ahead.
 */
function copied(seconds: number): string {
  const cwd = folder();
  launchBowl(cwd);
  const db = openDatabase(join(cwd, "belay.db"));
  db.prepare(
    `UPDATE owners SET released_at = NULL, hostname = 'elsewhere', boot_id = 'another', heartbeat_at = ?`,
  ).run(Date.now() - seconds * 1_000);
  db.exec("UPDATE studies SET state = 'running', ended_at = NULL, checksum = NULL");
  db.close();
  return cwd;
}

/** The command that a refusal suggests. */
async function advised(cwd: string, args: readonly string[]): Promise<string[]> {
  const { code, stderr } = await belay(cwd, args);
  expect(code).toBe(1);
  expect(stderr).toMatch(/is run by pid \d+ on elsewhere, where this process cannot look/);
  const typed = /: `belay ([^`]*--takeover)`( replaces it)?\n$/.exec(stderr)?.[1];
  expect(typed, stderr).toBeDefined();
  return typed!.split(" ");
}

test("resume suggests a takeover, which resumes the study", async () => {
  const cwd = copied(3_600);
  const typed = await advised(cwd, ["resume", "bowl"]);
  expect(typed).toEqual(["resume", "bowl", "--takeover"]);
  const resumed = await belay(cwd, [...typed, "--trials", "3"]);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(await trials(cwd, "bowl")).toHaveLength(3);
});

test("repair suggests a takeover, also if the file is damaged, and the study can be resumed afterwards", async () => {
  const cwd = copied(3_600);
  const file = join(cwd, "belay.db");
  const db = openDatabase(file);
  const pageSize = db.pragma("page_size", { simple: true }) as number;
  const page = db.prepare("SELECT pageno FROM dbstat WHERE name = 'events' AND pagetype = 'leaf'").pluck();
  const at = ((page.get() as number) - 1) * pageSize;
  db.close();
  const handle = openSync(file, "r+");
  writeSync(handle, Buffer.alloc(pageSize, 0xa5), 0, pageSize, at);
  closeSync(handle);
  const typed = await advised(cwd, ["repair"]);
  expect(typed).toEqual(["repair", "--takeover"]);
  const repaired = await belay(cwd, [...typed, "--json"]);
  expect(repaired.code, repaired.stderr).toBe(0);
  expect(JSON.parse(repaired.stdout)).toMatchObject({ settled: ["bowl"] });
  const resumed = await belay(cwd, ["resume", "bowl", "--trials", "3"]);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(await trials(cwd, "bowl")).toHaveLength(3);
});

test("within a minute of the last heartbeat the study is not taken over, and the line says what will help later", async () => {
  const cwd = copied(-5);
  for (const args of [["resume", "bowl"], ["repair"]]) {
    const { code, stderr } = await belay(cwd, args);
    expect(code).toBe(1);
    expect(stderr).toContain(`silent for 60 s \`belay ${args.join(" ")} --takeover\` replaces it`);
    const taken = await belay(cwd, [...args, "--takeover"]);
    expect(taken.code).toBe(1);
    expect(taken.stderr).toContain("a takeover needs more than 60 s");
  }
});
