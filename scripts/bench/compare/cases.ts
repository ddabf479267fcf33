import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TYPESCRIPT } from "../../run.ts";
import { type Cost, timeNode } from "../harness.ts";
import { SLEEPING_STUDY } from "../sleeping-study.ts";
import { median } from "../statistics.ts";

// The cases that are measured of a build: whole commands, a run, the store and the samplers.

/** A build of Belay. */
export interface Build {
  /** Folder of the checkout. */
  readonly folder: string;
  /** File of its command line. */
  readonly main: string;
}

/** Files that both builds work on. */
export interface Inputs {
  readonly folder: string;
  /** For the folder of each build a database with a study of finished trials. The commands only read it. */
  readonly databases: ReadonlyMap<string, string>;
}

/** The figures of one measurement, by name; the name ends with the unit. */
export type Figures = Readonly<Record<string, number>>;

/** One thing to measure. */
export interface Case {
  /** Measurements of each build in each pair: short ones are repeated more often. */
  readonly times: number;
  readonly measure: (build: Build, inputs: Inputs) => Figures;
}

const TRIVIAL_STUDY = `import { defineStudy, float } from "belay";
export default defineStudy({ name: "trivial", direction: "minimize", space: { x: float(0, 1) },
  train: ({ params }) => params.x });`;
const SLEEPERS = 200;
const SLOTS = 2;
const STORED = 1_000;

export const CASES: Readonly<Record<string, Case>> = {
  help: command(() => ["--help"]),
  list: command((database) => ["list", "--db", database]),
  best: command((database) => ["best", "trivial", "--db", database]),
  query: command((database) => ["query", "trivial", "--limit", "20", "--sort", "value", "--db", database]),
  launch: {
    times: 2,
    measure: (build, inputs) => costFigures(launch(build, inputs, TRIVIAL_STUDY, 3)),
  },
  trials: {
    times: 1,
    measure(build, inputs) {
      const { cpuMs, database } = launch(build, inputs, SLEEPING_STUDY, SLEEPERS);
      const sql = "select max(ended_at) - min(started_at) as ms from attempts";
      const { stdout } = timeNode([build.main, "sql", sql, "--json", "--db", database]);
      const [{ ms }] = JSON.parse(stdout) as [{ readonly ms: number }];
      return { "CPU ms a trial": cpuMs / SLEEPERS, "wall over the ideal": ms / ((SLEEPERS / SLOTS) * 100) };
    },
  },
  store: { times: 1, measure: ({ folder }, inputs) => storeFigures(folder, inputs) },
  ask: {
    times: 1,
    measure({ folder }) {
      const script = fileURLToPath(new URL("ask.ts", import.meta.url));
      const { stdout } = timeNode([...TYPESCRIPT, script, folder]);
      return JSON.parse(stdout) as Figures;
    },
  },
};

/** Writes the database of a build that its commands read, by a run of it: the schemas of two builds may differ. */
export function makeDatabase(build: Build, inputs: Pick<Inputs, "folder">, trials: number): string {
  return launch(build, inputs, TRIVIAL_STUDY, trials).database;
}

/** A case that runs a whole command, which reads the database. */
function command(args: (database: string) => readonly string[]): Case {
  return {
    times: 4,
    measure: ({ folder, main }, { databases }) =>
      costFigures(timeNode([main, ...args(databases.get(folder)!)])),
  };
}

const costFigures = ({ cpuMs, wallMs }: Cost): Figures => ({ "CPU ms": cpuMs, "wall ms": wallMs });

/** Runs a study from the command line to its end, in a folder of its own. @returns its cost and its database. */
function launch({ main }: Build, { folder }: Pick<Inputs, "folder">, study: string, trials: number) {
  const cwd = mkdtempSync(join(folder, "launch-"));
  writeFileSync(join(cwd, "study.ts"), study);
  const options = ["--trials", String(trials), "--workers", String(SLOTS), "--sampler", "random"];
  const cost = timeNode([main, "launch", "study.ts", "--seed", "1", ...options], { cwd });
  return { ...cost, database: join(cwd, "belay.db") };
}

/** Measures the store by the build's own benchmark, since a build offers no other access to its store. */
function storeFigures(cwd: string, { folder }: Inputs): Figures {
  const options = ["--json", "--optuna", "0", "--trials", String(STORED), "--folder", folder];
  const { status, stdout, stderr } = spawnSync("npm", ["run", "-s", "bench:store", "--", ...options], {
    cwd,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${cwd}: bench:store ended with exit code ${status}: ${stderr}`);
  const { flat, normal, large } = JSON.parse(stdout) as {
    readonly flat: { readonly parts: readonly { readonly cpuMsPerTrial: number }[] };
    readonly normal: { readonly msPerTrial: number };
    readonly large: { readonly resumeCpuMs: number };
  };
  return {
    "CPU ms a trial": median(flat.parts.map(({ cpuMsPerTrial }) => cpuMsPerTrial)),
    "wall ms a trial": normal.msPerTrial,
    "CPU ms of a resume": large.resumeCpuMs,
  };
}
