// Measures trials of a program in Python beside Optuna with the same objective in one process, and beside Ray Tune: what a
// trial costs, the best value after equal time, and what comes of studies in which one trial in ten leaks and one never ends.
//
//   npm run bench:command -- [overhead] [quality] [rogues] [--python python3] [--trials 40] [--seconds 20] [--seeds 3] [--json]
//
// `--python` needs Optuna, and Ray for Ray Tune; without them that side is left out.

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BELAY } from "../../run.ts";
import { inTurn, machineText, print, progress, readArguments, table } from "../harness.ts";
import { median } from "../statistics.ts";

const { python, trials, seconds, seeds, json, parts } = readArguments(
  { python: "python3", trials: 40, seconds: 20, seeds: 3 },
  ["overhead", "quality", "rogues"],
);
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
/** The peers that this Python has. */
const PEERS = [
  { name: "Optuna", program: "optuna_peer.py", needs: "optuna" },
  { name: "Ray Tune", program: "ray_peer.py", needs: "optuna, ray.tune" },
].filter(({ needs }) => spawnSync(python, ["-c", `import ${needs}`]).status === 0);
type Peer = (typeof PEERS)[number];

interface Run {
  readonly trials: number;
  /** From the start of the first trial to the end of the last. */
  readonly wallMs: number;
  readonly best: number | null;
  readonly peakBytes: number;
  /** How many trials have each end. */
  readonly ends: Readonly<Record<string, number>>;
  readonly ended: boolean;
}

interface Asked {
  readonly program: "trainer.py" | "plain.py";
  readonly splits: number;
  readonly trials: number;
  readonly seconds: number;
  readonly seed: number;
  readonly workMs: number;
  readonly rogues: "" | "leaks" | "hangs";
}

/** Runs something in a folder with the programs. */
function inFolder<T>(run: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "belay-bench-"));
  for (const file of readdirSync(path("."))) copyFileSync(path(`./${file}`), join(folder, file));
  copyFileSync(path("../../../src/study/templates/belay.py"), join(folder, "belay.py"));
  try {
    return run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function environmentOf({ workMs, rogues }: Asked): NodeJS.ProcessEnv {
  return {
    ...process.env,
    BENCH_WORK_MS: String(workMs),
    BENCH_ROGUES: rogues,
    BELAY_BREAKER: "off",
  };
}

interface Row {
  readonly state: string;
  readonly reason: string | null;
  readonly value: number | null;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly memory: { readonly peakBytes: number | null } | null;
}

function belay(asked: Asked): Run {
  return inFolder((cwd) => {
    writeFileSync(
      join(cwd, "s.ts"),
      `import { categorical, defineCommandStudy, float, int } from "belay";
       export default defineCommandStudy({ name: "s", direction: "minimize", splits: ${asked.splits},
         space: { rate: float(1e-4, 1, { log: true }), depth: int(1, 12), kind: categorical(["a", "b", "c"]), drop: float(0, 0.9).when("kind", "b") },
         limits: { splitTimeout: "3s", memory: "1GB" }, command: () => ["${python}", "${asked.program}"] });`,
    );
    const limits = ["--trials", String(asked.trials), "--study-timeout", `${asked.seconds}s`];
    const options = ["--sampler", "tpe", "--pruner", "none", "--workers", "1", "--seed", String(asked.seed)];
    const env = environmentOf(asked);
    spawnSync(process.execPath, [BELAY, "launch", "s.ts", ...limits, ...options], { cwd, env });
    const query = spawnSync(process.execPath, [BELAY, "query", "s", "--json", "--limit", "1000000"], { cwd });
    const all = JSON.parse(query.stdout.toString()) as Row[];
    const rows = all.filter(({ finishedAt }) => finishedAt !== null);
    const ends: Record<string, number> = {};
    for (const { state, reason } of rows) ends[reason ?? state] = (ends[reason ?? state] ?? 0) + 1;
    const values = rows.flatMap(({ value }) => value ?? []);
    return {
      trials: rows.length,
      wallMs: Date.parse(rows.at(-1)!.finishedAt) - Date.parse(rows[0]!.startedAt),
      best: values.length > 0 ? Math.min(...values) : null,
      peakBytes: Math.max(...rows.map(({ memory }) => memory?.peakBytes ?? 0)),
      ends,
      ended: true,
    };
  });
}

/** A peer, which is killed when it has not ended half as late again as it was told. */
function peerRun({ program }: Peer, asked: Asked): Run {
  return inFolder((cwd) => {
    const args = [asked.seconds, asked.trials, asked.splits, asked.seed].map(String);
    const { stdout, signal } = spawnSync(python, [program, ...args], {
      cwd,
      env: environmentOf(asked),
      timeout: 1_500 * asked.seconds,
      killSignal: "SIGKILL",
    });
    const last = stdout.toString().trim().split("\n").at(-1);
    const line = JSON.parse(last || '{"trials":0,"ms":0,"best":null,"peak":0}') as {
      readonly trials: number;
      readonly ms: number;
      readonly best: number | null;
      readonly peak: number;
    };
    const ends = { complete: line.trials };
    return {
      trials: line.trials,
      wallMs: line.ms,
      best: line.best,
      peakBytes: line.peak,
      ends,
      ended: signal === null,
    };
  });
}

/** How long Python takes to start and to load what the program loads. */
function startMs(): number {
  return inFolder((cwd) => {
    const began = performance.now();
    spawnSync(python, ["-c", "import belay, objective"], { cwd });
    return performance.now() - began;
  });
}

const perTrial = (run: Run): number => run.wallMs / Math.max(1, run.trials);
const asked = {
  program: "trainer.py",
  splits: 1,
  trials,
  seconds: 3_600,
  seed: 1,
  workMs: 0,
  rogues: "",
} as const;
const results: Record<string, unknown> = {};
const texts: string[] = [];

if (parts.includes("overhead")) {
  progress("overhead");
  const found = await inTurn<number>(3, [
    () => median(Array.from({ length: 15 }, startMs)),
    () => perTrial(belay({ ...asked, program: "plain.py" })),
    () => perTrial(belay(asked)),
    () => perTrial(belay({ ...asked, splits: 5 })),
    ...PEERS.map((peer) => () => perTrial(peerRun(peer, asked))),
  ]);
  const [start, ...others] = found.map(median);
  const names = [
    "a program that prints its value",
    "one that speaks the protocol",
    "the same with 5 splits",
    ...PEERS.map(({ name }) => name),
  ];
  results.overhead = { startMs: start, perTrialMs: others };
  texts.push(
    `start of Python with what the program loads: ${start!.toFixed(0)} ms`,
    table(
      ["a trial without work", "ms a trial", "ms beyond the start of Python"],
      names.map((name, i) => [name, others[i]!.toFixed(0), i < 3 ? (others[i]! - start!).toFixed(0) : "-"]),
    ),
  );
}

if (parts.includes("quality")) {
  const rows = [];
  for (let seed = 1; seed <= seeds; seed++) {
    progress(`quality, seed ${seed}`);
    const one = { ...asked, splits: 5, trials: 100_000, seconds, seed, workMs: 20 };
    rows.push({ seed, belay: belay(one), peers: PEERS.map((peer) => peerRun(peer, one)) });
  }
  results.quality = rows;
  texts.push(
    `best value after ${seconds} s of tpe, five splits of 20 ms, one trial at a time:`,
    table(
      ["seed", ...["Belay", ...PEERS.map(({ name }) => name)].flatMap((name) => [name, "trials"])],
      rows.map(({ seed, belay: own, peers }) => [
        seed,
        ...[own, ...peers].flatMap(({ best, trials: count }) => [best?.toFixed(4) ?? "-", count]),
      ]),
    ),
  );
}

if (parts.includes("rogues")) {
  progress("rogues");
  const runs = (["leaks", "hangs"] as const).map((rogues) => {
    const one = { ...asked, splits: 5, trials, seconds, workMs: 20, rogues };
    return {
      rogues,
      belay: belay({ ...one, seconds: 3_600 }),
      peers: PEERS.map((peer) => peerRun(peer, { ...one, seconds: 4 * seconds })),
    };
  });
  results.rogues = runs;
  const row = (name: string, run: Run): (string | number)[] => [
    name,
    run.trials,
    Object.entries(run.ends)
      .map(([end, count]) => `${count} ${end}`)
      .join(", "),
    `${(run.wallMs / 1000).toFixed(0)} s`,
    `${(run.peakBytes / 1e6).toFixed(0)} MB`,
    run.ended ? "ended" : "killed: it hung",
  ];
  texts.push(
    `${trials} trials, of which one in ten keeps 200 MB for ever (leaks) or never ends (hangs); limits of 3 s a split, 1 GB:`,
    table(
      ["", "trials that ended", "how", "time", "peak", "the study"],
      runs.flatMap(({ rogues, belay: own, peers }) => [
        row(`${rogues}: Belay`, own),
        ...peers.map((run, i) => row(`${rogues}: ${PEERS[i]!.name}`, run)),
      ]),
    ),
  );
}

progress("");
print(json, results, () => [machineText(), ...texts].join("\n\n"));
