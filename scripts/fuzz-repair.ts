// Damages databases at random and judges what the commands and `belay repair` make of them. A seed can be repeated.
//   npm run fuzz:repair -- [--cases 2000] [--seed N] [--real 50] [--verbose]
// `--real N`: one case in N is also read by the commands themselves, as people run them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { lcg, makeDatabases } from "./fuzz/databases.ts";
import { judgeOnce } from "./fuzz/judge.ts";
import { MUTATIONS, type MutationKind } from "./fuzz/mutations.ts";
import { newTally } from "./fuzz/tally.ts";
import { readTruth } from "./fuzz/truth.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "2000" },
    seed: { type: "string", default: "0" },
    real: { type: "string", default: "50" },
    verbose: { type: "boolean", default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), "belay-fuzz-"));
const every = Number(values.real);
const failures: string[] = [];
const tally = newTally();
try {
  const truths = (await makeDatabases(folder)).map(readTruth);
  const kinds = Object.keys(MUTATIONS) as MutationKind[];
  const first = Number(values.seed);
  for (let seed = first; seed < first + Number(values.cases); seed++) {
    const random = lcg(seed + 1);
    for (let i = 0; i < 5; i++) random();
    const truth = truths[seed % truths.length]!;
    const kind = kinds[Math.floor(seed / truths.length) % kinds.length]!;
    const bad = await judgeOnce(truth, kind, random, {
      folder: join(folder, "case"),
      tally,
      isReal: seed % every === 0,
    });
    for (const line of bad) failures.push(`seed ${seed}, ${line}`);
    if (values.verbose) for (const line of bad) process.stderr.write(`seed ${seed}, ${line}\n`);
    if (values.verbose && seed % 50 === 0)
      process.stderr.write(`seed ${seed}, ${failures.length} failures\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const share = (part: number, all: number): number => (all === 0 ? 1 : part / all);
const percent = (part: number, all: number): string =>
  `${(100 * share(part, all)).toFixed(2)} % (${part} of ${all})`;
expectShare("rows on undamaged pages saved", tally.rowsSaved, tally.rows, 0.95);
expectShare(
  "all studies saved where their rows are on undamaged pages",
  tally.studyCasesSaved,
  tally.studyCases,
  0.97,
);
console.log(
  `${tally.cases} cases: ${tally.intact} intact, ${tally.replaced} repaired, ${tally.hopeless} beyond repair, ${tally.refused} refused`,
);
console.log(
  `rows of which also trial and study are on undamaged pages: ${percent(tally.rowsWithParentsSaved, tally.rowsWithParents)}`,
);
console.log(
  `reads: ${tally.reads}, of them ${tally.readsRefused} refused with a line; longest repair ${Math.round(tally.longestMs)} ms`,
);
console.log(
  `damage inside a value that nothing reports: ${tally.unseenReads} rows read, ${tally.unseenRepairs} rows in files called intact`,
);
console.log(`files called intact although the end of their log is missing: ${tally.shortened.length}`);
console.log(`rows that differ in files reported as damaged: ${tally.rowsWrongAndReported}`);
if (values.verbose) for (const line of tally.shortened) console.log(`  end gone: ${line}`);
if (values.verbose) for (const line of tally.unseen) console.log(`  unseen: ${line}`);
if (values.verbose)
  for (const [line, times] of [...tally.lines].sort((a, b) => b[1] - a[1]))
    console.log(`${String(times).padStart(6)}  ${line}`);
for (const line of failures) console.log(line);
if (failures.length > 0) process.exitCode = 1;

function expectShare(what: string, part: number, all: number, least: number): void {
  console.log(`${what}: ${percent(part, all)}`);
  if (share(part, all) < least) failures.push(`${what}: expected at least ${100 * least} %`);
}
