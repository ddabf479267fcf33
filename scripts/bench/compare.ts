// Compares two builds of Belay in one run: whole commands, a launch, trials of 100 ms, the store and the samplers.
//   npm run bench:compare -- --base DIR [--head DIR] [--pairs 10] [--minutes 30] [--cases query,store]
//     [--trials 3000] [--json]
// Both folders are checkouts with a build of their own (npm run build) and their node_modules; --head is this checkout
// by default. The two builds are measured in turn, and each pair of measurements starts with the other build. Each pair
// gives one ratio; the report has the median of the ratios and an interval that holds the true median with 95 %
// confidence, if there are enough pairs. On a busy machine only the ratios of CPU time are reliable, because wall times
// also depend on the other programs. No pair begins after --minutes minutes in all. --trials is the number of trials in
// the databases that the reading commands read; each build writes its own. Needs bash.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Build, CASES, type Figures, type Inputs, makeDatabase } from "./compare/cases.ts";
import {
  checkNames,
  inTurn,
  machineText,
  print,
  progress,
  ratiosOf,
  readArguments,
  refuse,
  type Spread,
  spreadText,
  table,
} from "./harness.ts";
import { median } from "./statistics.ts";

/** One figure of both builds. */
interface Compared {
  readonly case: string;
  readonly figure: string;
  readonly base: readonly number[];
  readonly head: readonly number[];
  /** Head divided by base, pair by pair. */
  readonly ratio: Spread;
}

const HERE = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const { base, head, pairs, minutes, cases, trials, json } = readArguments({
  base: null,
  head: HERE,
  pairs: 10,
  minutes: 30,
  cases: Object.keys(CASES),
  trials: 3_000,
});
checkNames("--cases", cases, Object.keys(CASES));
if (pairs === 0) refuse("--pairs: expected a whole number from 1 on, got 0");
const builds = { base: readBuild("base", base), head: readBuild("head", head) };

const folder = mkdtempSync(join(tmpdir(), "belay-bench-"));
try {
  const databases = new Map<string, string>();
  for (const build of Object.values(builds)) {
    progress(`a database of ${trials} trials by ${versionOf(build)} ...`);
    databases.set(build.folder, makeDatabase(build, { folder }, trials));
  }
  const inputs = { folder, databases };
  const compared = await compareAll(inputs);
  progress("");
  const versions = { base: versionOf(builds.base), head: versionOf(builds.head) };
  print(json, { ...versions, machine: machineText(), compared }, () => textOf(versions, compared));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function readBuild(option: string, typed: string | null): Build {
  if (typed === null) return refuse(`--${option}: expected the folder of a checkout, got none`);
  const main = resolve(typed, "dist", "cli", "main.js");
  if (!existsSync(main))
    refuse(`--${option}: expected a checkout with a build (npm run build), got ${JSON.stringify(typed)}`);
  return { folder: resolve(typed), main };
}

/** The commit as git describes it, or the folder where git knows none. */
function versionOf({ folder: cwd }: Build): string {
  const { status, stdout } = spawnSync("git", ["describe", "--always", "--dirty"], { cwd, encoding: "utf8" });
  return status === 0 ? stdout.trim() : cwd;
}

/** Measures all cases pair by pair, so that the measurements of each case are spread over the whole time. */
async function compareAll(inputs: Inputs): Promise<Compared[]> {
  const found = new Map(cases.map((name) => [name, { base: [] as Figures[], head: [] as Figures[] }]));
  const endMs = performance.now() + minutes * 60_000;
  for (let pair = 0; pair < pairs && (pair === 0 || performance.now() < endMs); pair++) {
    for (const [name, { base: ofBase, head: ofHead }] of found) {
      progress(`pair ${pair + 1} of ${pairs}: ${name} ...`);
      const { times, measure } = CASES[name]!;
      const subjects = [builds.base, builds.head].map((build) => () => measure(build, inputs));
      const [theirs, mine] = await inTurn(times, subjects, pair);
      ofBase.push(...theirs!);
      ofHead.push(...mine!);
    }
  }
  return [...found].flatMap(([name, of]) =>
    Object.keys(of.head[0]!).map((figure): Compared => {
      const [theirs, mine] = [of.base, of.head].map((all) => all.map((figures) => figures[figure]!));
      return { case: name, figure, base: theirs!, head: mine!, ratio: ratiosOf(mine!, theirs!) };
    }),
  );
}

function textOf(versions: Readonly<Record<"base" | "head", string>>, compared: readonly Compared[]): string {
  const rows = compared.map((one) => [
    ...[one.case, one.figure, one.base.length, median(one.base).toPrecision(3)],
    ...[median(one.head).toPrecision(3), spreadText(one.ratio)],
    `${(100 * one.ratio.confidence).toFixed(0)} %`,
  ]);
  const columns = ["case", "figure", "pairs", "base", "head", "head / base", "confidence"];
  return `base ${versions.base}, head ${versions.head}, ${machineText()}\n${table(columns, rows)}`;
}
