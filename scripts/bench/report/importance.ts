// Compares the importance of params with that of Optuna's PedAnovaImportanceEvaluator on the same studies:
//   npm run bench:importance -- --python venv/bin/python [--trials 1000] [--json]
// The studies are made here, with conditions, several objectives, steps, and lost trials. Belay reads them from a database,
// Optuna from what `query` prints of it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rng } from "../../../src/core/rng.ts";
import type { Distribution } from "../../../src/core/space/distribution.ts";
import { uniformRow } from "../../../src/core/space/draw.ts";
import { compileSpace, type ParamDeclaration, toParams } from "../../../src/core/space/space.ts";
import { UNKNOWN_MEMORY } from "../../../src/core/trial.ts";
import { currentIdentity } from "../../../src/machine/identity.ts";
import { importanceOf } from "../../../src/report/importance.ts";
import { queryLines } from "../../../src/report/query/query.ts";
import { openSqliteReader } from "../../../src/sqlite/reader.ts";
import { openSqliteStore } from "../../../src/sqlite/store.ts";
import { print, readArguments, table } from "../harness.ts";
import { makeLarge } from "./large.ts";

const PEER = fileURLToPath(new URL("optuna_importance.py", import.meta.url));

type Numbers = Readonly<Record<string, number>>;

interface Case {
  readonly name: string;
  readonly space: Readonly<Record<string, ParamDeclaration>>;
  readonly directions: readonly ("minimize" | "maximize")[];
  /** The values of a trial; categorical params come as the indices of their choices, inactive ones are missing. */
  readonly values: (params: Numbers, noise: number) => number[];
}

const real = (low: number, high: number, log = false, step: number | null = null): ParamDeclaration => ({
  distribution: { kind: "float", low, high, log, step } as Distribution,
  conditions: [],
});
const whole = (low: number, high: number, log = false): ParamDeclaration => ({
  distribution: { kind: "int", low, high, log, step: 1 },
  conditions: [],
});
const choice = (...choices: readonly string[]): ParamDeclaration => ({
  distribution: { kind: "categorical", choices },
  conditions: [],
});

const CASES: readonly Case[] = [
  {
    name: "valley",
    space: Object.fromEntries(["a", "b", "c", "d", "e"].map((name) => [name, real(-5, 5)])),
    directions: ["minimize"],
    values: ({ a, b, c, d }, noise) => [4 * a! ** 2 + 2 * (b! - 1) ** 2 + c! ** 2 + 0.3 * d! + noise],
  },
  {
    name: "steps",
    space: {
      layers: whole(1, 8),
      units: whole(4, 512, true),
      dropout: real(0, 0.5, false, 0.1),
      rate: real(1e-5, 1, true),
      activation: choice("relu", "tanh", "elu"),
    },
    directions: ["maximize"],
    values: ({ layers, units, dropout, rate, activation }, noise) => [
      -((Math.log10(rate!) + 2.5) ** 2) +
        0.6 * Math.log2(units!) -
        0.3 * (layers! - 4) ** 2 -
        dropout! +
        activation! +
        noise,
    ],
  },
  {
    name: "branches",
    space: {
      model: choice("linear", "forest", "network"),
      penalty: { ...real(1e-4, 10, true), conditions: [{ parent: "model", values: ["linear"] }] },
      depth: { ...whole(2, 20), conditions: [{ parent: "model", values: ["forest"] }] },
      rate: { ...real(1e-5, 1e-1, true), conditions: [{ parent: "model", values: ["network"] }] },
      features: real(0.1, 1),
    },
    directions: ["minimize"],
    values: ({ model, penalty, depth, rate, features }, noise) => [
      [
        Math.abs(Math.log10(penalty ?? 1) + 1) + 1,
        0.1 * Math.abs((depth ?? 0) - 12),
        Math.abs(Math.log10(rate ?? 1) + 3),
      ][model!]! +
        0.4 * features! +
        0.2 * noise,
    ],
  },
  {
    name: "two-objectives",
    space: { x: real(0, 1), y: real(0, 1), z: real(0, 1), kind: choice("p", "q") },
    directions: ["minimize", "maximize"],
    values: ({ x, y, z, kind }, noise) => [
      x! + 0.5 * y! + 0.1 * noise,
      x! - y! ** 2 - 0.2 * z! + 0.3 * kind!,
    ],
  },
];

const options = readArguments({ python: "python3", trials: 1_000, json: false });
const home = mkdtempSync(join(tmpdir(), "belay-importance-"));
process.on("exit", () => rmSync(home, { recursive: true, force: true }));

async function make(file: string, { name, space: declared, directions, values }: Case): Promise<void> {
  const space = compileSpace(declared);
  const store = openSqliteStore(file, { durability: "normal", now: Date.now });
  const owned = await store.createStudy(
    {
      ...{ name, directions, space, splitCount: 1, splitHash: "s", codeHash: "c", studyFile: "/made.ts" },
      ...{ seed: 1, sampler: "random", pruner: "none", backend: null, noise: false, trials: options.trials },
      ...{ maxAttempts: 3, settings: {} },
      limits: {
        ...{ setupTimeoutMs: 60_000, splitTimeoutMs: null, trialTimeoutMs: null },
        ...{ memoryBytes: 1e9, reserveBytes: 0, graceMs: 1 },
      },
    },
    currentIdentity(),
  );
  for (let number = 0; number < options.trials; number++) {
    const stream = rng(1, number, name);
    const row = uniformRow(space, stream);
    const numbers = Object.fromEntries(
      space.params.flatMap((param, i) => (Number.isNaN(row[i]!) ? [] : [[param.name, row[i]!]])),
    );
    const key = await owned.startTrial({
      number,
      params: toParams(space, row),
      origin: { by: "random", why: null },
    });
    await owned.recordStart(key, { slot: 0, hostPid: 1, baselineBytes: null });
    const outcome = { state: "complete", values: values(numbers, stream.next()), constraints: [] } as const;
    await owned.finish(key, outcome, { ...UNKNOWN_MEMORY, source: "worker" }, { durationMs: 1 });
  }
  await owned.release("finished");
  await store.close();
}

/** The importance of each param by both, and the rank correlation of the two. */
async function compare(file: string, name: string, target: string) {
  const reader = await openSqliteReader(file);
  const study = (await reader.study(name))!;
  const { importance } = await importanceOf(reader, name, { target });
  const trials: unknown[] = [];
  for await (const lines of queryLines(reader, name, { format: "ndjson" }))
    for (const line of lines) trials.push(JSON.parse(line));
  await reader.close();
  const space = study.space.params.map((param) => ({ name: param.name, ...param.distribution }));
  const input = JSON.stringify({ target, directions: study.directions, space, trials });
  const { status, stdout, stderr } = spawnSync(options.python, [PEER], {
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${PEER} ended with ${status}: ${stderr}`);
  const theirs = JSON.parse(stdout) as Numbers;
  const params = importance.map(({ param, importance: ours }) => ({
    param,
    ours,
    theirs: theirs[param] ?? 0,
  }));
  const apart = params.reduce((most, each) => Math.max(most, Math.abs(each.ours - each.theirs)), 0);
  return { study: name, target, params, correlation: rankCorrelation(params), apart };
}

/** Spearman's rank correlation. */
function rankCorrelation(pairs: readonly { readonly ours: number; readonly theirs: number }[]): number {
  const ranks = (of: (pair: (typeof pairs)[number]) => number): number[] =>
    pairs.map((pair) => pairs.filter((other) => of(other) < of(pair)).length);
  const [a, b] = [ranks(({ ours }) => ours), ranks(({ theirs }) => theirs)];
  const squares = a.reduce((sum, rank, i) => sum + (rank - b[i]!) ** 2, 0);
  return 1 - (6 * squares) / (pairs.length * (pairs.length ** 2 - 1));
}

const found: Awaited<ReturnType<typeof compare>>[] = [];
for (const each of CASES) {
  const file = join(home, `${each.name}.db`);
  await make(file, each);
  found.push(await compare(file, each.name, "value"));
  if (each.directions.length > 1) found.push(await compare(file, each.name, "values.1"));
}
const lossy = join(home, "lossy.db");
await makeLarge(lossy, options.trials, "lossy");
for (const target of ["value", "duration", "memory"]) found.push(await compare(lossy, "lossy", target));

print(options.json, found, () =>
  table(
    ["study", "target", "params", "rank correlation", "largest difference of a share"],
    found.map(({ study, target, params, correlation, apart }) => [
      study,
      target,
      String(params.length),
      correlation.toFixed(3),
      apart.toExponential(1),
    ]),
  ),
);
