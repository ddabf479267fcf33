// Asks the built `belay query` with random --where, --sort, --columns and --group-by, and compares what it prints with what
// a plain reading of docs/cli.md makes of the trials that `belay query --json` prints. A seed can be repeated.
//   npm run fuzz:query -- [--expressions 20000] [--seed 0] [--typed 100]
// Of the expressions a fifth has faults: each has to be refused in one line, with exit code 2, or to have a meaning.
// `--typed N`: one expression in N is also typed, as a command in a process of its own, which has to print the same.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { lcg } from "./fuzz/databases.ts";
import { builtQuery, called, type Printed, typed } from "./fuzz/query/built.ts";
import { columnsOf, type Row } from "./fuzz/query/columns.ts";
import { holds, type SortKey, sorted } from "./fuzz/query/evaluate.ts";
import { drawTree, type Source, writeTree } from "./fuzz/query/expression.ts";
import { drawGrouping, groupOptions, groupsOf, isSame } from "./fuzz/query/groups.ts";
import { mutate } from "./fuzz/query/mutate.ts";
import { makeStudies, STUDIES } from "./fuzz/query/studies.ts";

const { values } = parseArgs({
  options: {
    expressions: { type: "string", default: "20000" },
    seed: { type: "string", default: "0" },
    typed: { type: "string", default: "100" },
  },
});
const folder = mkdtempSync(join(tmpdir(), "belay-fuzz-query-"));
const db = join(folder, "belay.db");
const failures: string[] = [];
const tally = { where: 0, empty: 0, whole: 0, sorted: 0, grouped: 0, refused: 0, accepted: 0, typed: 0 };

/** A question to the command, and what is wrong with the answer; null: nothing. */
interface Question {
  readonly args: readonly string[];
  readonly fault: (printed: Printed) => string | null;
}

const shown = (numbers: readonly number[]): string => numbers.join(" ") || "none";

/** What is wrong with an answer that should be these values, one a line. */
function faultOf({ status, out, err }: Printed, expected: readonly unknown[]): string | null {
  if (status !== 0) return `expected exit code 0, got ${status}: ${err}`;
  const lines = out
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);
  return isSame(lines, expected)
    ? null
    : `expected ${JSON.stringify(expected)}, got ${JSON.stringify(lines)}`;
}

function askWhere(source: Source, study: string): Question {
  const tree = drawTree(source);
  const where = writeTree(source, tree);
  if (source.random() < 0.2) return askWrong(source, study, mutate(where, source.random));
  const expected = source.rows.filter((row) => holds(tree, row)).map((row) => row.number as number);
  tally.where++;
  if (expected.length === 0) tally.empty++;
  if (expected.length === source.rows.length) tally.whole++;
  return {
    args: [study, "--where", where, "--columns", "number", "--format", "csv"],
    fault: ({ status, out, err }) => {
      if (status !== 0) return `expected exit code 0, got ${status}: ${err}`;
      const found = out.split("\n").slice(1, -1).map(Number);
      return isSame(found, expected) ? null : `expected ${shown(expected)}, got ${shown(found)}`;
    },
  };
}

function askWrong({ rows }: Source, study: string, where: string): Question {
  return {
    args: [study, "--where", where, "--columns", "number", "--format", "csv"],
    fault: ({ status, out, err }) => {
      tally[status === 0 ? "accepted" : "refused"]++;
      if (status === 0) {
        const isRow = (line: string): boolean => rows.some(({ number }) => String(number) === line);
        return err === "" && out.split("\n").slice(1, -1).every(isRow)
          ? null
          : `unexpected output: ${out}${err}`;
      }
      const isLine = /^belay: --where: expected [^\n]+, got [^\n]+\n$/.test(err) && out === "";
      return status === 2 && isLine ? null : `expected one line and exit code 2, got ${status}: ${out}${err}`;
    },
  };
}

function askSorted(source: Source, study: string): Question {
  const { random, columns, rows } = source;
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const some = <T>(draw: () => T): T[] => Array.from({ length: 1 + Math.floor(random() * 3) }, draw);
  const keys = some((): SortKey & { readonly name: string } => {
    const column = pick(columns);
    return { column, name: pick(column.names), descending: random() < 0.5 };
  });
  const chosen = some(() => pick(columns));
  const names = chosen.map((column) => pick(column.names));
  const [offset, limit] = [Math.floor(random() ** 2 * 80), Math.floor(random() * 80)];
  const expected = sorted(rows, keys)
    .slice(offset, offset + limit)
    .map((row: Row) => Object.fromEntries(names.map((name, i) => [name, chosen[i]!.json(row)])));
  tally.sorted++;
  const typedKeys = keys.map(
    ({ name, descending }) => name + (descending ? pick([":desc", ":DESC"]) : pick(["", ":asc"])),
  );
  return {
    args: [
      ...[study, "--sort", typedKeys.join(pick([",", ", "])), "--columns", names.join(",")],
      ...["--offset", String(offset), "--limit", String(limit), "--format", "ndjson"],
    ],
    fault: (printed) => faultOf(printed, expected),
  };
}

function askGroups(source: Source, study: string): Question {
  const grouping = drawGrouping(source);
  const tree = source.random() < 0.5 ? drawTree(source) : null;
  const rows = tree ? source.rows.filter((row) => holds(tree, row)) : source.rows;
  const expected = JSON.parse(JSON.stringify(groupsOf(grouping, rows))) as unknown[];
  tally.grouped++;
  const where = tree ? ["--where", writeTree(source, tree)] : [];
  return {
    args: [study, ...groupOptions(grouping), ...where, "--format", "ndjson"],
    fault: (printed) => faultOf(printed, expected),
  };
}

try {
  await makeStudies(db);
  const handler = await builtQuery();
  const studies = Object.entries(STUDIES).map(([study, directions]) => {
    const { out } = typed([study, "--json", "--db", db]);
    return { study, columns: columnsOf(directions), rows: JSON.parse(out) as readonly Row[] };
  });
  const [first, every] = [Number(values.seed), Number(values.typed)];
  for (let seed = first; seed < first + Number(values.expressions); seed++) {
    const random = lcg(seed + 1);
    for (let i = 0; i < 5; i++) random();
    const { study, ...rest } = studies[seed % studies.length]!;
    const dice = random();
    const ask = dice < 0.75 ? askWhere : dice < 0.87 ? askSorted : askGroups;
    const { args, fault } = ask({ ...rest, random }, study);
    const all = [...args, "--db", db];
    const printed = await called(handler, all);
    const found = fault(printed);
    if (found !== null) failures.push(`seed ${seed}: ${JSON.stringify(args)}: ${found}`);
    if (seed % every !== 0) continue;
    tally.typed++;
    const again = typed(all);
    if (!isSame(again, printed))
      failures.push(`seed ${seed}: ${JSON.stringify(args)}: typed, it ended with ${JSON.stringify(again)}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(
  `${tally.where} expressions (${tally.empty} hold for no trial, ${tally.whole} for all), ${tally.sorted} sorts, ${tally.grouped} groupings`,
);
console.log(`${tally.refused} faulty expressions refused in one line, ${tally.accepted} with a meaning`);
console.log(`${tally.typed} typed as commands; ${failures.length} differences`);
for (const line of failures.slice(0, 50)) console.log(line);
if (failures.length > 0) process.exitCode = 1;
