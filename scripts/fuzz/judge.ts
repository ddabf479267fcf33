// Damages a database once, reads it as the commands do, repairs it, and judges the results.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { withReader } from "../../src/cli/database.ts";
import { bestTrials } from "../../src/report/best.ts";
import { listStudies } from "../../src/report/list.ts";
import { memoryReport } from "../../src/report/memory/memory.ts";
import { queryLines } from "../../src/report/query/query.ts";
import { showStudy, showTrial } from "../../src/report/show.ts";
import { requireStudy } from "../../src/report/study.ts";
import type { Reader } from "../../src/store/reader.ts";
import { BELAY } from "../run.ts";
import { type Case, checkLine } from "./case.ts";
import { judgeRepair } from "./judge-repair.ts";
import { MUTATIONS, type MutationKind, type Random } from "./mutations.ts";
import type { Tally } from "./tally.ts";
import { rowsOf, type Truth, undamaged } from "./truth.ts";

/** The properties of a trial in `query` that are compared. */
interface ShownTrial {
  readonly number: number;
  readonly params: unknown;
  readonly state: string;
  readonly value: number | null;
}

async function lines(pages: AsyncIterable<readonly string[]>): Promise<string[]> {
  const all: string[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

const READERS: Readonly<Record<string, (reader: Reader, name: string) => Promise<unknown>>> = {
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

/**
 * Damages a database in one way and judges what Belay makes of it.
 *
 * @param options - `isReal`: whether the commands themselves are run too.
 * @returns the faults found
 */
export async function judgeOnce(
  truth: Truth,
  kind: MutationKind,
  random: Random,
  { folder, tally, isReal }: { folder: string; tally: Tally; isReal: boolean },
): Promise<string[]> {
  const files = { main: Buffer.from(truth.bytes.main), log: truth.bytes.log && Buffer.from(truth.bytes.log) };
  const what = `${kind}: ${MUTATIONS[kind](files, random)}`;
  const bad: string[] = [];
  const fail = (text: string) => void bad.push(`${basename(truth.file)}, ${what}: ${text}`);
  const file = join(folder, "belay.db");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, files.main);
  if (files.log) writeFileSync(`${file}-wal`, files.log);
  tally.cases++;
  const damaged: Case = { truth, file, files, what, isWhole: undamaged(truth.bytes, files), tally, fail };
  if (isReal) runCommands(truth, folder, fail);
  await read(damaged);
  await judgeRepair(damaged);
  return bad;
}

/** Runs commands on a copy of the damaged files. Each may print one line to stderr, and never a stack trace. */
function runCommands(truth: Truth, folder: string, fail: Case["fail"]): void {
  const cwd = join(folder, "typed");
  mkdirSync(cwd);
  for (const name of ["belay.db", "belay.db-wal"])
    if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(cwd, name));
  const name = String(rowsOf(truth, "studies")[0]!.row.name);
  const typed = [["list"], ["query", name], ["best", name], ["resume", name, "--dry-run"], ["repair"]];
  for (const words of [...typed, ["list"]]) {
    const { status, stderr } = spawnSync(process.execPath, [BELAY, ...words], { cwd, encoding: "utf8" });
    const isOneLine = /^(belay: [^\n]+\n)?$/.test(stderr) && !/internal error|\n {4}at /.test(stderr);
    if (!isOneLine || ![0, 1, 2].includes(status!)) fail(`belay ${words.join(" ")}: ${status}: ${stderr}`);
  }
}

async function read(damaged: Case): Promise<void> {
  const { truth, file, tally } = damaged;
  const names = rowsOf(truth, "studies").map(({ row }) => String(row.name));
  for (const [command, run] of Object.entries(READERS)) {
    for (const name of command === "list" ? [""] : names) {
      tally.reads++;
      try {
        const result = await withReader(file, (reader) => run(reader, name));
        if (command === "query") compareQuery(damaged, name, JSON.parse(String(result)));
      } catch (error) {
        checkLine(damaged, command, error);
        tally.readsRefused++;
      }
    }
  }
}

/** A wrong value counts as a fault if its bytes were not damaged; else it is counted as damage that nothing reports. */
function compareQuery(
  { truth, isWhole, tally, fail }: Case,
  name: string,
  shown: readonly ShownTrial[],
): void {
  const study = rowsOf(truth, "studies").find(({ row }) => row.name === name)!.row;
  const trials = rowsOf(truth, "trials").filter(({ row }) => row.study_id === study.id);
  const byNumber = new Map(trials.map((each) => [each.row.number, each]));
  for (const trial of shown) {
    const known = byNumber.get(trial.number);
    const isSame =
      known &&
      JSON.stringify(trial.params) === JSON.stringify(JSON.parse(String(known.row.params))) &&
      (trial.state !== known.row.state || trial.value === known.row.value);
    if (isSame) continue;
    if (known && isWhole(known.places)) fail(`query: trial ${trial.number} of ${name} is shown wrong`);
    else tally.unseenReads++;
  }
}
