import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { openDatabase } from "../../../src/sqlite/database.ts";
import { belay, folder, trials } from "../../support/belay.ts";
import { launchBowl, studyText } from "../../support/refused.ts";
import { ownedStudy, temporaryFolder, temporaryStore } from "../../support/store.ts";

/** A database behind a symbolic link, as for results on another disk or in a shared folder. */

// Each test runs several commands one after another.
vi.setConfig({ testTimeout: 180_000 });

/** A folder in which `belay.db` is a link to `data/results.db`. */
function linked(): { cwd: string; target: string; link: string } {
  const cwd = folder();
  mkdirSync(join(cwd, "data"));
  const link = join(cwd, "belay.db");
  symlinkSync(join("data", "results.db"), link);
  writeFileSync(join(cwd, "bowl.ts"), studyText());
  return { cwd, target: join(cwd, "data", "results.db"), link };
}

function overwrite(file: string, from: number, length: number): void {
  const handle = openSync(file, "r+");
  writeSync(handle, Buffer.alloc(length, 0xa5), 0, length, from);
  closeSync(handle);
}

test.each(["full", "normal"])(
  "with --durability %s a study is launched and resumed through a link, whether its target exists or not",
  async (durability) => {
    const { cwd, target, link } = linked();
    const launched = await belay(cwd, ["launch", "bowl.ts", "--trials", "3", "--durability", durability]);
    expect(launched.code, launched.stderr).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    const resumed = await belay(cwd, ["resume", "bowl", "--add", "2", "--durability", durability]);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(await trials(cwd, "bowl")).toHaveLength(5);
    expect(readdirSync(cwd).filter((name) => name.startsWith("belay.db"))).toEqual(["belay.db"]);
    const db = openDatabase(target, { readonly: true });
    expect(db.prepare("SELECT count(*) FROM trials").pluck().get()).toBe(5);
    db.close();
  },
);

test("the log of a database behind a link is kept short", async () => {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, "data"));
  const link = join(cwd, "belay.db");
  const target = join(cwd, "data", "results.db");
  symlinkSync(target, link);
  const store = temporaryStore({ file: link, durability: "normal" });
  const study = await ownedStudy(store);
  const reader = openDatabase(target, { readonly: true });
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM trials").get(); // While this read is open, SQLite cannot write the log back.
  for (let i = 0; i < 40; i++) await study.event("padding", null, { text: "x".repeat(500_000) });
  reader.exec("COMMIT");
  reader.close();
  expect(statSync(`${target}-wal`).size).toBeGreaterThan(16 * 2 ** 20);
  await study.periodic.heartbeat();
  expect(statSync(`${target}-wal`).size).toBe(0);
});

test("repair of a link repairs the target and keeps the link", async () => {
  const { cwd, target, link } = linked();
  await belay(cwd, ["launch", "bowl.ts", "--trials", "40", "--quiet"]);
  const db = openDatabase(target);
  const pages =
    "SELECT pageno FROM dbstat WHERE name = 'splits' AND pagetype = 'leaf' ORDER BY pageno LIMIT 1";
  const page = db.prepare(pages).pluck().get() as number;
  const pageSize = db.pragma("page_size", { simple: true }) as number;
  db.close();
  overwrite(target, (page - 1) * pageSize, pageSize);
  const repaired = await belay(cwd, ["repair", "--json"]);
  const { kept } = JSON.parse(repaired.stdout) as { kept: string };
  expect(kept).toBe(`${target}.damaged`);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(existsSync(target)).toBe(true);
  expect((await trials(cwd, "bowl")).length).toBe(40);
});

test("a backup to a link is written to the link's target", async () => {
  const cwd = folder();
  launchBowl(cwd);
  mkdirSync(join(cwd, "safe"));
  symlinkSync(join("safe", "copy.db"), join(cwd, "copy.db"));
  const { code, stderr } = await belay(cwd, ["backup", "copy.db"]);
  expect(code, stderr).toBe(0);
  expect(lstatSync(join(cwd, "copy.db")).isSymbolicLink()).toBe(true);
  expect(lstatSync(join(cwd, "safe", "copy.db")).isFile()).toBe(true);
});
