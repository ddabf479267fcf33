// Measures samplers on problems whose optima are known, beside Optuna in one run:
//   npm run bench:quality -- --python /path/to/python [--set first|second|both] [--seeds 20] [--trials 25,50,100,200]
//     [--samplers tpe,cmaes] [--against gp,auto] [--problems NAMES] [--parallel 8] [--kills] [--cache FILE] [--json]
// Without --python only Belay's samplers run. All samplers see the same problems and the same noise, computed here.
// --parallel N plays every study once more with N trials running at any time, and reports what that costs.
// --kills selects the problems of which a part of the space kills trials. --cache FILE keeps the peer's studies.
import { fileURLToPath } from "node:url";
import { samplers } from "../../src/sampler/registry.ts";
import { checkNames, machineText, print, progress, readArguments, refuse } from "./harness.ts";
import { startPeer } from "./peer.ts";
import { FIRST_FRONTS, FIRST_SCALAR } from "./problems/first.ts";
import { isFront, type Problem } from "./problems/problem.ts";
import { SECOND_FRONTS, SECOND_SCALAR } from "./problems/second.ts";
import { openCache } from "./quality/cache.ts";
import { type Plan, playOwn, playPeer, type Run } from "./quality/play.ts";
import {
  costText,
  killText,
  lossText,
  type Results,
  rankText,
  regretText,
  tallyText,
} from "./quality/report.ts";
import { randomRegret } from "./quality/scale.ts";

const SETS: Readonly<Record<string, Readonly<Record<string, Problem>>>> = {
  first: { ...FIRST_SCALAR, ...FIRST_FRONTS },
  second: { ...SECOND_SCALAR, ...SECOND_FRONTS },
};
const PROBLEMS: Readonly<Record<string, Problem>> = { ...SETS.first, ...SETS.second };
const canKill = (problem: Problem): boolean => !isFront(problem) && problem.death !== undefined;

const options = readArguments({
  python: null,
  peer: fileURLToPath(new URL("optuna-peer.py", import.meta.url)),
  set: "first",
  // A grid of so few trials would say nothing.
  samplers: samplers.names.filter((name) => name !== "grid"),
  against: ["tpe-default", "tpe-multivariate", "gp", "cmaes", "auto"],
  problems: [] as readonly string[],
  seeds: 20,
  trials: [25, 50, 100, 200],
  parallel: 1,
  kills: false,
  equal: 1e-6,
  cache: null,
});
checkNames("--set", [options.set], [...Object.keys(SETS), "both"]);
checkNames("--problems", options.problems, Object.keys(PROBLEMS));
if (options.seeds < 1) refuse("--seeds: expected 1 or more, got 0");
if (options.parallel < 1) refuse("--parallel: expected 1 or more, got 0");
const checkpoints = [...new Set(options.trials)].sort((a, b) => a - b);
if (checkpoints[0] === 0) refuse("--trials: expected numbers above 0, got 0");

/** Plays a study of a sampler. */
interface Contender {
  readonly name: string;
  play(problem: string, plan: Plan): Promise<Run>;
}

/** The chosen problems of each set. */
const groups = Object.entries(SETS)
  .map(([set, problems]) => {
    const isChosen = (name: string): boolean => {
      if (options.problems.length > 0) return options.problems.includes(name);
      return (options.set === "both" || options.set === set) && (!options.kills || canKill(problems[name]!));
    };
    return { set, names: Object.keys(problems).filter(isChosen) };
  })
  .filter(({ names }) => names.length > 0);
if (groups.length === 0) refuse("--kills: expected a set with problems that kill trials, such as second");

for (const name of options.samplers) {
  try {
    samplers.make("--samplers", name);
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error));
  }
}
const contenders: Contender[] = options.samplers.map((name) => ({
  name,
  play: (problem, plan) => playOwn(PROBLEMS[problem]!, name, plan),
}));
const own = contenders.length;

const peer = options.python === null ? null : startPeer(options.python, options.peer);
if (peer) {
  const version = await peer.call<{
    readonly optuna: string;
    readonly samplers: readonly string[];
    readonly missing: readonly string[];
  }>({ op: "version" });
  checkNames("--against", options.against, version.samplers);
  const cached = openCache(options.cache);
  for (const name of options.against) {
    if (version.missing.includes(name)) {
      process.stderr.write(
        `bench:quality: ${name} of the peer is left out: a package that it needs is missing\n`,
      );
      continue;
    }
    contenders.push({
      name: `optuna ${name}`,
      play: (problem, plan) => {
        const key = [version.optuna, name, problem, plan.seed, plan.checkpoints.join(","), plan.parallel];
        return cached(key.join("/"), () => playPeer(peer, PROBLEMS[problem]!, name, plan));
      },
    });
  }
}

/** Plays all studies of a problem, each seed with every sampler in turn. */
async function playAll(problem: string, parallel: number): Promise<Run[][]> {
  const runs: Run[][] = contenders.map(() => []);
  for (let seed = 0; seed < options.seeds; seed++) {
    for (const [k, { name, play }] of contenders.entries()) {
      progress(`${problem}, ${parallel} at a time, seed ${seed + 1} of ${options.seeds}, ${name} ...`);
      runs[k]!.push(await play(problem, { seed, checkpoints, parallel }));
    }
  }
  return runs;
}

async function resultsOf(set: string, names: readonly string[], parallel: number): Promise<Results> {
  const played = [];
  for (const problem of names) {
    const floor = options.equal * randomRegret(PROBLEMS[problem]!, 1);
    played.push({ problem, floor, runs: await playAll(problem, parallel) });
  }
  const title = `The ${set} set, ${parallel === 1 ? "one trial" : `${parallel} trials`} at a time`;
  return { title, samplers: contenders.map(({ name }) => name), own, checkpoints, played };
}

/** All tables of a set. */
function textsOf(results: Results): (string | null)[] {
  const at = [...checkpoints.keys()];
  return [
    ...at.map((c) => regretText(results, c)),
    rankText(results),
    ...at.map((c) => tallyText(results, c)),
    costText(results),
    killText(results),
  ];
}

const all: Results[] = [];
const texts: (string | null)[] = [machineText()];
for (const { set, names } of groups) {
  const sequential = await resultsOf(set, names, 1);
  all.push(sequential);
  texts.push(...textsOf(sequential));
  if (options.parallel === 1) continue;
  const parallel = await resultsOf(set, names, options.parallel);
  all.push(parallel);
  const scaleOf = (problem: string): number => randomRegret(PROBLEMS[problem]!, checkpoints.at(-1)!);
  texts.push(...textsOf(parallel), lossText(sequential, parallel, scaleOf));
}
peer?.close();
progress("");
print(options.json, all, () => texts.filter((text) => text !== null).join("\n\n"));
