import { spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { openDatabase } from "../../../src/sqlite/database.ts";
import { SCHEMA_VERSION } from "../../../src/sqlite/migrate.ts";
import { belay, folder, rows, trials, write } from "../../support/belay.ts";
import { launchBowl, studyText } from "../../support/refused.ts";
import { script } from "../../support/scripts.ts";

/** Databases of every released schema, used by the commands that people type. */

// Each test runs several commands one after another.
vi.setConfig({ testTimeout: 180_000 });

const FROZEN = fileURLToPath(new URL("../../sqlite/frozen", import.meta.url));
const UPGRADES = script("upgrades");
const versions = Array.from({ length: SCHEMA_VERSION }, (_, i) => i + 1);
const older = versions.filter((version) => version < SCHEMA_VERSION);

/** The study of the frozen databases, as its file may have looked. */
const DIGITS = `
import { categorical, defineStudy, float, kFold } from "belay";
export default defineStudy({
  name: "digits",
  direction: "maximize",
  space: {
    learningRate: float(1e-4, 1e-1, { log: true }),
    optimizer: categorical(["adam", "sgd"]),
    momentum: float(0, 0.99).when("optimizer", "sgd"),
  },
  splits: () => kFold(30, { folds: 3 }),
  train: ({ params }) => params.learningRate,
});`;

/** A folder with a frozen database whose coordinator died on this machine, or on the given one. */
function thaw(version: number, machine = hostname()): string {
  const cwd = folder();
  write(cwd, { "digits.ts": DIGITS, "front.ts": FRONT, "bowl.ts": studyText() });
  copyFileSync(join(FROZEN, `version-${version}.db`), join(cwd, "belay.db"));
  const db = openDatabase(join(cwd, "belay.db"));
  db.prepare("UPDATE owners SET hostname = ?").run(machine);
  db.prepare("UPDATE studies SET study_file = ? || name || '.ts'").run(`${cwd}/`);
  if (version >= 3) db.exec("UPDATE studies SET checksum = NULL"); // It is that of the row before the change of study_file.
  db.close();
  return cwd;
}

/** The other study of the frozen databases; its coordinator never ended it. */
const FRONT = DIGITS.replace('"digits"', '"front"')
  .replace('direction: "maximize"', 'directions: ["minimize", "maximize"]')
  .replace("kFold(30, { folds: 3 })", "[{ train: [0], validation: [1] }]")
  .replace("params.learningRate,", "[params.learningRate, 1],");

function schemaOf(cwd: string): number {
  const db = openDatabase(join(cwd, "belay.db"), { readonly: true });
  const version = db.pragma("user_version", { simple: true }) as number;
  db.close();
  return version;
}

const FINISHED =
  "select s.name, t.number, t.state, t.value from trials t join studies s on s.id = t.study_id order by 1, 2";

test.each(versions)("a database of schema %i: launch adds a study and keeps all rows", async (version) => {
  const cwd = thaw(version);
  const launched = await belay(cwd, ["launch", "bowl.ts", "--trials", "2"]);
  expect(launched.code, launched.stderr).toBe(0);
  const isOld = version < SCHEMA_VERSION;
  expect(launched.stderr.includes(`upgraded from schema ${version} to ${SCHEMA_VERSION}`)).toBe(isOld);
  expect(schemaOf(cwd)).toBe(SCHEMA_VERSION);
  expect((await trials(cwd, "digits")).length).toBe(8);
  expect((await trials(cwd, "bowl")).length).toBe(2);
});

test.each(versions)("a database of schema %i: resume continues both of its studies", async (version) => {
  const cwd = thaw(version);
  const before = (await rowsOf(cwd)).filter(({ state }) => state === "complete");
  for (const [name, total] of [
    ["digits", 10],
    ["front", 3],
  ] as const) {
    const resumed = await belay(cwd, ["resume", name, "--accept-changes", "--trials", String(total)]);
    expect(resumed.code, resumed.stderr).toBe(0);
    const all = await trials(cwd, name);
    expect(all.map(({ number }) => number)).toEqual(Array.from({ length: total }, (_, number) => number));
    expect(all.filter(({ state }) => state === "waiting" || state === "running")).toEqual([]);
    // The sampler that the study has, also where its settings do not say so and the default is another one by now.
    expect(all.at(-1)).toMatchObject({ proposer: "tpe" });
  }
  expect(await rows(cwd, FINISHED)).toEqual(expect.arrayContaining(before));
});

/** The trials of a file of any schema. */
async function rowsOf(cwd: string): Promise<{ state: string }[]> {
  const db = openDatabase(join(cwd, "belay.db"), { readonly: true });
  try {
    return db.prepare<[], { state: string }>(FINISHED).all();
  } finally {
    db.close();
  }
}

test.each(versions)("a database of schema %i: backup copies it without an upgrade", async (version) => {
  const cwd = thaw(version);
  const { code, stderr } = await belay(cwd, ["backup", "copy.db"]);
  expect(code, stderr).toBe(0);
  expect(schemaOf(cwd)).toBe(version);
  const copy = openDatabase(join(cwd, "copy.db"), { readonly: true });
  expect(copy.pragma("user_version", { simple: true })).toBe(version);
  expect(copy.prepare(FINISHED).all()).toEqual(await rowsOf(cwd));
  copy.close();
});

test.each(older)(
  "a database of schema %i: the command that each reading command names upgrades it, and runs no trial",
  async (version) => {
    for (const args of [
      ["query", "digits"],
      ["list"],
      ["show", "digits"],
      ["prune-data", "--older-than", "30d"],
    ]) {
      const cwd = thaw(version);
      const refused = await belay(cwd, args);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(/^belay: [^\n]+\n$/);
      const advice = `its schema ${version} is older than this Belay's, ${SCHEMA_VERSION}: \`belay (.*)\` upgrades it, and runs nothing`;
      const typed = new RegExp(advice).exec(refused.stderr)?.[1];
      expect(typed, refused.stderr).toBeDefined();
      const before = await rowsOf(cwd);
      const upgraded = await belay(cwd, typed!.split(" "));
      expect(upgraded.code, upgraded.stderr).toBe(0);
      expect(await rowsOf(cwd)).toEqual(before);
      const again = await belay(cwd, args);
      expect(again.code, again.stderr).toBe(0);
    }
  },
);

test.each(older)(
  "a database of schema %i from another machine, where its study was running: the command that launch names continues it",
  async (version) => {
    const cwd = thaw(version, "elsewhere");
    const refused = await belay(cwd, ["launch", "bowl.ts"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /an upgrade of its schema has to wait: study front is run by pid \d+ on elsewhere, where this process cannot look/,
    );
    const typed = /: `belay (resume front --takeover)` replaces it/.exec(refused.stderr)?.[1];
    expect(typed, refused.stderr).toBeDefined();
    expect(schemaOf(cwd)).toBe(version);
    const resumed = await belay(cwd, [...typed!.split(" "), "--accept-changes", "--trials", "3"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect((await belay(cwd, ["launch", "bowl.ts", "--trials", "1"])).code).toBe(0);
  },
);

test("launch makes a database of an empty file, as of a missing one", async () => {
  const cwd = folder();
  write(cwd, { "belay.db": "" });
  launchBowl(cwd);
  expect(await trials(cwd, "bowl")).toHaveLength(1);
});

// Each of the six files is upgraded nine times, in a process of its own.
test("an upgrade that is killed at a random moment leaves a whole file of one version", {
  timeout: 600_000,
}, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...UPGRADES, "--kills", "5"], {
    encoding: "utf8",
  });
  expect(status, stdout + stderr).toBe(0);
  for (const version of versions)
    expect(stdout).toMatch(new RegExp(`version-${version}.db: 5 kills .*; 0 harmed`));
});
