// Damages a database once, runs what the commands run on it, repairs it, and judges all that came of it.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withReader } from "../../dist/cli/database.js";
import { BelayError } from "../../dist/core/error.js";
import { currentIdentity } from "../../dist/machine/identity.js";
import { bestTrials } from "../../dist/report/best.js";
import { listStudies } from "../../dist/report/list.js";
import { memoryReport } from "../../dist/report/memory.js";
import { queryLines } from "../../dist/report/query.js";
import { showStudy, showTrial } from "../../dist/report/show.js";
import { requireStudy } from "../../dist/report/study.js";
import { openDatabase } from "../../dist/sqlite/database.js";
import { repairDatabase } from "../../dist/sqlite/repair.js";
import { brokenPromises } from "../../test/scenarios/chaos/invariants.ts";
import { MUTATIONS } from "./mutations.mjs";
import { keyOf, undamaged } from "./truth.mjs";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** What a repair may change of a row: what depends on rows that are gone. */
const MENDED = {
  studies: ["state", "ended_at", "active_ms"],
  trials: ["told", "attempts", "state"],
  attempts: ["epoch", "state", "reason", "cause", "ended_at", "duration_ms", "detail", "slot", "host_pid"],
  owners: ["released_at", "heartbeat_at"],
};

const lines = async (pages) => {
  const all = [];
  for await (const page of pages) all.push(...page);
  return all;
};

const READERS = {
  list: (reader) => listStudies(reader),
  query: async (reader, name) => (await lines(queryLines(reader, name, { format: "json" }))).join(""),
  where: (reader, name) =>
    lines(queryLines(reader, name, { format: "csv", where: "x > 0", sort: "value:desc" })),
  show: (reader, name) => showStudy(reader, name),
  trial: (reader, name) => showTrial(reader, name, 3),
  best: (reader, name) => bestTrials(reader, name),
  memory: (reader, name) => memoryReport(reader, name),
  past: async (reader, name) => reader.observations(await requireStudy(reader, name)),
};

/** Every outcome that is counted over a campaign. */
export function newTally() {
  return {
    ...{ cases: 0, intact: 0, replaced: 0, hopeless: 0, refused: 0, readsRefused: 0, reads: 0, longestMs: 0 },
    ...{ rows: 0, rowsSaved: 0, rowsWithParents: 0, rowsWithParentsSaved: 0, rowsLost: 0 },
    ...{ studyCases: 0, studyCasesSaved: 0, unseenReads: 0, unseenRepairs: 0, rowsWrongAndTold: 0 },
    lines: new Map(),
    unseen: [],
    shortened: [],
  };
}

/**
 * @param isReal - Whether the commands are run as people run them, too.
 * @returns {Promise<string[]>} what must not be
 */
export async function judgeOnce(truth, kind, random, { folder, tally, isReal }) {
  const files = { main: Buffer.from(truth.bytes.main), log: truth.bytes.log && Buffer.from(truth.bytes.log) };
  const what = `${kind}: ${MUTATIONS[kind](files, random)}`;
  const bad = [];
  const fail = (text) => bad.push(`${truth.file.split("/").at(-1)}, ${what}: ${text}`);
  const file = join(folder, "belay.db");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, files.main);
  if (files.log) writeFileSync(`${file}-wal`, files.log);
  tally.cases++;
  const isWhole = undamaged(truth.bytes, files);
  if (isReal) runCommands(truth, folder, fail);
  await read(truth, file, isWhole, tally, fail);
  await repair(truth, { file, files, what, isWhole, tally, fail });
  return bad;
}

/** The commands themselves, on a copy of the damaged files: one line on stderr at most, and never a stack trace. */
function runCommands(truth, folder, fail) {
  const cwd = join(folder, "typed");
  mkdirSync(cwd);
  for (const name of ["belay.db", "belay.db-wal"])
    if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(cwd, name));
  const [{ row }] = truth.tables.get("studies").rows.values();
  const typed = [
    ["list"],
    ["query", row.name],
    ["best", row.name],
    ["resume", row.name, "--dry-run"],
    ["repair"],
  ];
  for (const words of [...typed, ["list"]]) {
    const { status, stderr } = spawnSync(process.execPath, [MAIN, ...words], { cwd, encoding: "utf8" });
    const isOneLine = /^(belay: [^\n]+\n)?$/.test(stderr) && !/internal error|\n {4}at /.test(stderr);
    if (!isOneLine || ![0, 1, 2].includes(status)) fail(`belay ${words.join(" ")}: ${status}: ${stderr}`);
  }
}

async function read(truth, file, isWhole, tally, fail) {
  const names = [...truth.tables.get("studies").rows.values()].map(({ row }) => row.name);
  for (const [command, run] of Object.entries(READERS)) {
    for (const name of command === "list" ? [""] : names) {
      tally.reads++;
      try {
        const result = await withReader(file, (reader) => run(reader, name));
        if (command === "query") compareQuery(truth, name, JSON.parse(result), isWhole, tally, fail);
      } catch (error) {
        checkLine(command, error, tally, fail);
        tally.readsRefused++;
      }
    }
  }
}

/** Errors are one line each; one about damage names the repair. */
function checkLine(command, error, tally, fail) {
  if (!(error instanceof BelayError)) return fail(`${command}: ${error?.stack ?? error}`);
  if (error.message.includes("\n")) fail(`${command}: several lines: ${error.message}`);
  const line = error.message
    .replace(/^\S+: /, "")
    .replace(/\(.*\)/, "(...)")
    .replace(/\d+/g, "N");
  tally.lines.set(line, (tally.lines.get(line) ?? 0) + 1);
}

/** A value that is shown and never was there, where its bytes were not touched, is a defect; else nobody can see it. */
function compareQuery(truth, name, shown, isWhole, tally, fail) {
  const study = [...truth.tables.get("studies").rows.values()].find(({ row }) => row.name === name).row;
  const byNumber = new Map();
  for (const each of truth.tables.get("trials").rows.values())
    if (each.row.study_id === study.id) byNumber.set(each.row.number, each);
  for (const trial of shown) {
    const known = byNumber.get(trial.number);
    const isSame =
      known &&
      JSON.stringify(trial.params) === JSON.stringify(JSON.parse(known.row.params)) &&
      (trial.state !== known.row.state || trial.value === known.row.value);
    if (isSame) continue;
    if (known && isWhole(known.places)) fail(`query: trial ${trial.number} of ${name} is shown wrong`);
    else tally.unseenReads++;
  }
}

async function repair(truth, { file, files, what, isWhole, tally, fail }) {
  const began = performance.now();
  let done;
  try {
    done = await repairDatabase(file, currentIdentity());
  } catch (error) {
    tally.refused++;
    return checkLine("repair", error, tally, fail);
  } finally {
    tally.longestMs = Math.max(tally.longestMs, performance.now() - began);
  }
  const left = readdirSync(join(file, "..")).filter((name) => name.includes("repairing"));
  if (left.length > 0) fail(`repair: left ${left}`);
  tally[done.damage.length === 0 ? "intact" : done.kept === null ? "hopeless" : "replaced"]++;
  if (done.damage.length > 0) checkKept(done, file, files, fail);
  const found = done.damage.length > 0 && done.kept === null ? null : openDatabase(file, { readonly: true });
  if (found) {
    for (const line of brokenPromises(found, { ended: false, target: null }))
      if (
        done.damage.length === 0 ||
        !/^(each number once, without gaps|a complete trial has all)/.test(line)
      )
        fail(`repair: ${line}`);
  }
  const saved = compareRows(truth, found, done, isWhole, tally, fail);
  if (done.damage.length === 0 && hasLost(truth, saved)) tally.shortened.push(what);
  countStudies(truth, done, saved, isWhole, tally);
  found?.close();
  if (!found) return;
  const again = await repairDatabase(file, currentIdentity()).catch((error) => ({ damage: [error.stack] }));
  if (again.damage.length > 0) fail(`repair: a second one says ${again.damage[0]}`);
}

/** What was damaged is still there, byte for byte: under another name, or in its place. */
function checkKept({ kept }, file, files, fail) {
  for (const [suffix, bytes] of [
    ["", files.main],
    ["-wal", files.log],
  ]) {
    const path = (kept ?? file) + suffix;
    if (bytes === null) continue;
    if (!existsSync(path)) fail(`repair: ${suffix || "the file"} was not kept`);
    else if (!bytes.equals(readFileSync(path)))
      fail(`repair: the kept ${suffix || "file"} is not what it was`);
  }
}

function compareRows(truth, found, done, isWhole, tally, fail) {
  const saved = new Map();
  const wholeTrials = wholeIds(truth, "trials", isWhole);
  const wholeStudies = wholeIds(truth, "studies", isWhole);
  for (const [table, { key, rows }] of truth.tables) {
    const after = new Map(
      (found?.prepare(`SELECT * FROM ${table}`).all() ?? []).map((row) => [keyOf({ key }, row), row]),
    );
    saved.set(table, after);
    for (const [name, { row, places }] of rows) {
      const other = after.get(name);
      const isUntouched = isWhole(places);
      if (other && changesOf(table, row, other) !== "")
        judgeWrong(`${table} ${name}: ${changesOf(table, row, other)}`, { done, isUntouched, tally, fail });
      if (!other) tally.rowsLost++;
      if (!isUntouched) continue;
      tally.rows++;
      if (other) tally.rowsSaved++;
      const hasParents =
        (row.trial_id == null || wholeTrials.has(row.trial_id)) &&
        (row.study_id == null || wholeStudies.has(row.study_id));
      if (!hasParents) continue;
      tally.rowsWithParents++;
      if (other) tally.rowsWithParentsSaved++;
    }
    for (const name of after.keys())
      if (!rows.has(name) && !isAddition(table, after.get(name), done))
        judgeWrong(`${table} ${name} from nowhere`, { done, isUntouched: false, tally, fail });
  }
  return saved;
}

function wholeIds(truth, table, isWhole) {
  return new Set(
    [...truth.tables.get(table).rows.values()]
      .filter(({ places }) => isWhole(places))
      .map(({ row }) => row.id),
  );
}

/** The columns that are not what they were. */
function changesOf(table, before, after) {
  const ignored = MENDED[table] ?? [];
  return Object.keys(before)
    .filter((column) => !ignored.includes(column) && before[column] !== after[column])
    .map((column) => `${column} ${before[column]} -> ${after[column]}`.slice(0, 200))
    .join(", ");
}

/** A repair and the settling of dead runs write of their own. */
function isAddition(table, row, done) {
  if (table === "events") return ["repair", "claim", "interrupt", "release"].includes(row.kind);
  return table === "owners" || (done.damage.length > 0 && ["attempts", "memory_log"].includes(table));
}

function judgeWrong(what, { done, isUntouched, tally, fail }) {
  if (done.damage.length > 0) tally.rowsWrongAndTold++;
  else if (isUntouched) fail(`repair: "intact", and ${what} is wrong`);
  else {
    tally.unseenRepairs++;
    tally.unseen.push(what);
  }
}

/** What is gone without a trace: the end of a log that was cut between two transactions. */
function hasLost(truth, saved) {
  return [...truth.tables].some(([table, { rows }]) =>
    [...rows.keys()].some((name) => !saved.get(table).has(name)),
  );
}

function countStudies(truth, done, saved, isWhole, tally) {
  const rows = [...truth.tables.get("studies").rows.values()];
  if (!rows.every(({ places }) => isWhole(places))) return;
  tally.studyCases++;
  const names = new Set([...saved.get("studies").values()].map(({ name }) => name));
  if (rows.every(({ row }) => names.has(row.name)) && done.hurt.length === 0) tally.studyCasesSaved++;
}
