import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test as everyTest, expect } from "vitest";
import { folder, MAIN, start, until, write } from "../../support/belay.ts";
import { studyText } from "../../support/refused.ts";
import { hasShell, offered, type TestedShell } from "./shells.ts";

/** Completion of the shells, through the script that `belay completion` prints. */

const SHELLS: readonly TestedShell[] = ["bash", "zsh", "fish"];
const missing = SHELLS.filter((shell) => !hasShell(shell));
for (const shell of missing)
  console.warn(`${shell.toUpperCase()} IS NOT INSTALLED: the tests of its completion are left out`);

/** Legal names that a careless program takes for something else. */
const STUDIES = ["bowl", "constructor", "1.5", "_a-b.c", "toString"];
const SPACE = `space: { number: float(-1, 1), "a.b-c": float(0, 1), constructor: int(1, 3), x: float(0, 1) },
  train: ({ params }) => params.x,`;

/** A folder with a database of several studies, and with files. */
let home: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "belay-test-"));
  write(home, {
    "bowl.ts": studyText(SPACE),
    "ran.ts": `import { writeFileSync } from "node:fs";
writeFileSync("ran", "");`,
  });
  for (const name of STUDIES) {
    const args = ["launch", "bowl.ts", "--name", name, "--trials", "3", "--quiet", "--pruner", "none"];
    expect(spawnSync(process.execPath, [MAIN, ...args], { cwd: home, encoding: "utf8" })).toMatchObject({
      status: 0,
    });
  }
  cpSync(join(home, "belay.db"), join(home, "results.db"));
  rmSync(join(home, "belay.log"));
  write(home, { "notes.txt": "", "study.yaml": "", "studies/other.ts": "", "tsconfig.json": "" });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** The words that a shell offers, without their meanings, in the order of the alphabet. */
function words(
  shell: TestedShell,
  line: string,
  cwd = home,
  env: Readonly<Record<string, string>> = {},
): string[] {
  return offered(shell, cwd, line, env)
    .words.map((word) => word.split("\t")[0]!)
    .sort();
}

/** What a line of each shell ends in: bash replaces only what follows the last = or :. */
const behind = (shell: TestedShell, head: string, list: readonly string[]): string[] =>
  list.map((word) => (shell === "bash" ? word : head + word)).sort();

describe.each(SHELLS)("in %s", (shell) => {
  const test = everyTest.skipIf(missing.includes(shell));

  test("commands complete, where the shell shows meanings with them", () => {
    const { words: found } = offered(shell, home, "belay re");
    expect(found.map((word) => word.split("\t")[0]).sort()).toEqual(["repair", "resume"]);
    if (shell !== "bash")
      expect(found.join("\n")).toContain("\tgoes on with a study until all its trials are done");
    expect(words(shell, "belay ")).toEqual(expect.arrayContaining(["launch", "completion", "prune-data"]));
    expect(words(shell, "belay nosuch ")).toEqual([]);
  });

  test("names of studies complete, from the database that applies", () => {
    expect(words(shell, "belay resume ")).toEqual([...STUDIES].sort());
    expect(words(shell, "belay query --json con")).toEqual(["constructor"]);
    expect(words(shell, "belay compare bowl 1.5 ")).toEqual(["_a-b.c", "constructor", "toString"].sort());
    const away = folder();
    expect(words(shell, "belay best ", away)).toEqual([]);
    expect(words(shell, `belay best --db ${home}/belay.db b`, away)).toEqual(["bowl"]);
    expect(words(shell, `belay best --db=${home}/belay.db b`, away)).toEqual(["bowl"]);
    expect(words(shell, "belay best b", away, { BELAY_DB: join(home, "belay.db") })).toEqual(["bowl"]);
  });

  test("a database whose name has to be quoted is found", () => {
    cpSync(join(home, "results.db"), join(home, "my results.db"));
    for (const typed of ["my\\ results.db", "'my results.db'"])
      expect(words(shell, `belay best --db ${typed} b`, home, { BELAY_DB: "none.db" })).toEqual(["bowl"]);
    rmSync(join(home, "my results.db"));
  });

  test("options complete, with those that are typed left out", () => {
    const found = words(shell, "belay launch bowl.ts --name x --");
    expect(found).toEqual(expect.arrayContaining(["--trials", "--sampler", "--db", "--no-color", "--help"]));
    expect(found).not.toContain("--name");
    expect(found).not.toContain("--takeover");
    expect(words(shell, "belay resume bowl --take")).toEqual(["--takeover"]);
    expect(words(shell, "belay --js")).toEqual(["--json"]);
  });

  test("choices complete, behind a space and behind =", () => {
    expect(words(shell, "belay launch bowl.ts --sampler n")).toEqual(["nsga2", "nsga3"]);
    expect(words(shell, "belay launch --sampler=n")).toEqual(behind(shell, "--sampler=", ["nsga2", "nsga3"]));
    expect(words(shell, "belay launch --isolation=")).toEqual(
      behind(shell, "--isolation=", ["process", "thread"]),
    );
    expect(words(shell, "belay query bowl --format ")).toEqual([
      "csv",
      "json",
      "markdown",
      "ndjson",
      "table",
    ]);
    expect(words(shell, "belay export bowl --format p")).toEqual(["parquet"]);
    expect(words(shell, "belay list --log-level de")).toEqual(["debug"]);
    expect(words(shell, "belay launch --trials ")).toEqual([]);
    expect(words(shell, "belay completion ")).toEqual(["bash", "fish", "zsh"]);
  });

  test("choices complete behind a comma, each once", () => {
    expect(words(shell, "belay query bowl --state complete,pr")).toEqual(["complete,pruned"]);
    expect(words(shell, "belay query bowl --state=complete,r")).toEqual(
      behind(shell, "--state=", ["complete,running"]),
    );
    expect(words(shell, "belay query bowl --state complete,com")).toEqual([]);
    if (shell !== "fish") expect(offered(shell, home, "belay query bowl --state com").space).toBe(false);
  });

  test("columns complete, those of params among them", () => {
    const columns = words(shell, "belay query bowl --columns ");
    expect(columns).toEqual(expect.arrayContaining(["number", "params.number", "a.b-c", "constructor", "x"]));
    expect(columns).toEqual(expect.arrayContaining(["value", "memory.peakBytes"]));
    expect(words(shell, "belay query bowl --group-by x,a.")).toEqual(["x,a.b-c"]);
    expect(words(shell, "belay query bowl --sort memory.p")).toEqual([
      "memory.peakBytes",
      "memory.peakBytes:desc",
    ]);
    expect(words(shell, "belay query bowl --sort value:d")).toEqual(behind(shell, "value:", ["desc"]));
    expect(words(shell, "belay query bowl --group-by x --sort m")).toEqual(
      ["max", "mean", "median", "min"].flatMap((name) => [name, `${name}:desc`]),
    );
    expect(words(shell, "belay importance bowl --target ")).toEqual([
      "duration",
      "killed",
      "memory",
      "value",
    ]);
    expect(words(shell, "belay query nosuch --columns ")).toEqual([]);
  });

  test("settings and numbers of trials complete", () => {
    expect(words(shell, "belay set bowl tr")).toEqual(["trialTimeout=", "trials="]);
    expect(words(shell, "belay set bowl trials=3 tr")).toEqual(["trialTimeout="]);
    if (shell !== "fish") expect(offered(shell, home, "belay set bowl wo").space).toBe(false);
    expect(words(shell, "belay show bowl ")).toEqual(["0", "1", "2"]);
    expect(words(shell, "belay kill bowl ")).toEqual([]);
  });

  test("files complete where a file belongs, study files where a study belongs", () => {
    const plain = (line: string): string[] => words(shell, line).map((name) => name.replace(/\/$/, ""));
    expect(plain("belay launch ")).toEqual(["bowl.ts", "ran.ts", "studies", "study.yaml", "tsconfig.json"]);
    expect(plain("belay check stud")).toEqual(["studies", "study.yaml"]);
    expect(plain("belay list --db re")).toEqual(["results.db"]);
    expect(plain("belay list --db=re")).toEqual(behind(shell, "--db=", ["results.db"]));
    expect(plain("belay backup no")).toEqual(["notes.txt"]);
    expect(readdirSync(home)).not.toContain("ran");
  });
});

describe("the word that is completed in bash", () => {
  /** Completes in the middle of a line. */
  const at = (before: string, rest: string): string[] => {
    const code = `source <('${process.execPath}' '${MAIN}' completion bash)
COMP_LINE="$1$2" COMP_POINT=\${#1} COMP_WORDS=($1$2) COMP_CWORD=$3
_belay_completion belay
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const nth = before.split(" ").length - 1;
    const { stdout } = spawnSync("bash", ["--norc", "-c", code, "bash", before, rest, String(nth)], {
      cwd: folder(),
      encoding: "utf8",
    });
    return stdout.split("\n").filter(Boolean);
  };

  everyTest("ends at the cursor, and what follows it counts", () => {
    expect(at("belay best b", ` --db ${home}/belay.db`)).toEqual(["bowl"]);
    expect(at("belay best con", `xyz --db ${home}/belay.db`)).toEqual(["constructor"]);
  });
});

everyTest("a running trial completes for kill", async () => {
  const cwd = folder();
  write(cwd, { "bowl.ts": studyText("train: () => new Promise(() => {}),") });
  const run = start(cwd, ["launch", "bowl.ts"]);
  await until("a running trial", () => run.output().stderr.includes("trial 0 started"));
  expect(words("bash", "belay kill bowl ", cwd)).toEqual(["0"]);
  expect(words("bash", "belay snapshot bowl ", cwd)).toEqual(["0"]);
  run.child.kill("SIGKILL");
  await run.finished;
});
