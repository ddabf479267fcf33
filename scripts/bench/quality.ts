// Measures the regret of the samplers on 14 test problems, beside Optuna in one run:
//   npm run bench:quality -- --python /path/to/python [--seeds 20] [--trials 100] [--running 8] [--cache FILE] [--json]
// Without --python only Belay's samplers run. --running N keeps N trials running at any time. --cache FILE keeps the
// peer's regrets, so that it runs only once. --problems and --samplers select some of them.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type AskedTrial, askTell } from "../../src/ask-tell/ask-tell.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import type { SamplerName } from "../../src/index.ts";
import { samplers } from "../../src/sampler/registry.ts";
import { checkNames, print, progress, readArguments, table } from "./harness.ts";
import { gauss } from "./noise.ts";
import { startPeer } from "./peer.ts";
import { FIRST_SCALAR as PROBLEMS } from "./problems/first.ts";
import type { ScalarProblem as Problem } from "./problems/problem.ts";
import { mean, median, quantile, ranks, wilcoxon } from "./statistics.ts";

const options = readArguments({
  python: null,
  peer: fileURLToPath(new URL("optuna-peer.py", import.meta.url)),
  samplers: ["tpe", "cmaes", "qmc", "random"],
  against: ["tpe-multivariate"],
  problems: Object.keys(PROBLEMS),
  seeds: 20,
  trials: 100,
  running: 1,
  cache: null,
});
const { seeds, trials, running } = options;
checkNames("--problems", options.problems, Object.keys(PROBLEMS));
checkNames("--samplers", options.samplers, samplers.names);
const problems = options.problems.map((name) => ({ ...PROBLEMS[name]!, name }));

/** The regret after half of the trials, and after all of them. */
interface Regrets {
  readonly half: number;
  readonly full: number;
}

/** For each problem, the regrets of all seeds. */
type Results = ReadonlyMap<string, readonly Regrets[]>;
type Peer = ReturnType<typeof startPeer>;
type MaybePromise<T> = T | Promise<T>;

/**
 * Keeps `running` trials running and tells the oldest first.
 *
 * @returns the regret of the best so far after each trial.
 */
async function play(
  problem: Problem,
  seed: number,
  ask: () => MaybePromise<AskedTrial>,
  tell: (number: number, value: number) => unknown,
): Promise<Regrets> {
  const going: AskedTrial[] = [];
  const regrets: number[] = [];
  let asked = 0;
  let incumbent = Number.POSITIVE_INFINITY;
  let regret = Number.POSITIVE_INFINITY;
  while (regrets.length < trials) {
    while (asked < trials && going.length < running) {
      going.push(await ask());
      asked++;
    }
    const trial = going.shift()!;
    const value = problem.evaluate(trial.params);
    const seen = value + (problem.noise ? problem.noise * gauss(seed, trial.number) : 0);
    // Noise decides which trial looks best; the regret is computed from that trial's true value.
    if (seen < incumbent) [incumbent, regret] = [seen, value - problem.optimum];
    await tell(trial.number, seen);
    regrets.push(regret);
  }
  return { half: regrets[Math.ceil(trials / 2) - 1]!, full: regrets[trials - 1]! };
}

function playOwn(problem: Problem, sampler: SamplerName, seed: number): Promise<Regrets> {
  const noise = (problem.noise ?? 0) > 0;
  const search = askTell({ space: problem.space, direction: "minimize", sampler, seed, noise });
  return play(
    problem,
    seed,
    () => search.ask()!,
    (number, value) => search.tell(number, value),
  );
}

async function playPeer(peer: Peer, problem: Problem, sampler: string, seed: number): Promise<Regrets> {
  await peer.call({ op: "study", space: compileSpace(problem.space).params, sampler, seed });
  return play(
    problem,
    seed,
    () => peer.call<AskedTrial>({ op: "ask" }),
    (number, value) => peer.call({ op: "tell", number, value }),
  );
}

async function overSeeds(playSeed: (seed: number) => Promise<Regrets>): Promise<Regrets[]> {
  const results: Regrets[] = [];
  for (let seed = 0; seed < seeds; seed++) results.push(await playSeed(seed));
  return results;
}

async function ownResults(sampler: SamplerName): Promise<Results> {
  const results = new Map<string, readonly Regrets[]>();
  for (const problem of problems) {
    progress(`${sampler}, ${problem.name} ...`);
    results.set(problem.name, await overSeeds((seed) => playOwn(problem, sampler, seed)));
  }
  return results;
}

/** The peer's regrets by problem; those in the cache are not measured again. */
async function peerResults(python: string, sampler: string): Promise<Results> {
  const key = (name: string): string => `${sampler}/${name}/${seeds}/${trials}/${running}`;
  const cache: Record<string, readonly Regrets[]> =
    options.cache && existsSync(options.cache) ? JSON.parse(readFileSync(options.cache, "utf8")) : {};
  const peer = startPeer(python, options.peer);
  for (const problem of problems) {
    if (cache[key(problem.name)]) continue;
    progress(`optuna ${sampler}, ${problem.name} ...`);
    cache[key(problem.name)] = await overSeeds((seed) => playPeer(peer, problem, sampler, seed));
    if (options.cache) writeFileSync(options.cache, JSON.stringify(cache));
  }
  peer.close();
  return new Map(problems.map(({ name }) => [name, cache[key(name)]!]));
}

/** The range of a function, over quasi-random points. */
function rangeOf(problem: Problem): number {
  const search = askTell({ space: problem.space, sampler: "qmc" });
  const found = Array.from({ length: 2048 }, () => problem.evaluate(search.ask()!.params));
  return Math.max(...found) - problem.optimum;
}

function show(regrets: readonly number[]): string {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(regrets, share).toPrecision(3));
  return `${middle} [${low}, ${high}]`;
}

/** Compares a sampler of Belay with the peer's. Regrets below 1e-4 of the function's range count as equal. */
function compare(own: Results, other: Results) {
  const tallies = { better: 0, worse: 0, lower: 0 };
  const verdicts: string[] = [];
  for (const problem of problems) {
    const floor = 1e-4 * rangeOf(problem);
    const clamp = (results: Results): number[] =>
      results.get(problem.name)!.map(({ full }) => Math.max(floor, full));
    const { p, side } = wilcoxon(clamp(own), clamp(other));
    const verdict = p < 0.05 ? (side < 0 ? "better" : "worse") : "-";
    if (verdict !== "-") tallies[verdict]++;
    if (median(clamp(own)) <= median(clamp(other))) tallies.lower++;
    verdicts.push(`${problem.name}: ${verdict} (p ${p.toPrecision(2)})`);
  }
  return { ...tallies, verdicts };
}

const all = new Map<string, Results>();
for (const sampler of options.samplers as SamplerName[]) all.set(sampler, await ownResults(sampler));
const others = options.python ? options.against : [];
for (const sampler of others) all.set(`optuna ${sampler}`, await peerResults(options.python!, sampler));
progress("");

function regretText(part: keyof Regrets): string {
  const rankSums: number[][] = [...all].map(() => []);
  const rows = problems.map(({ name }) => {
    const columns = [...all.values()].map((of) => of.get(name)!.map((result) => result[part]));
    ranks(columns.map(median)).forEach((rank, i) => void rankSums[i]!.push(rank));
    return [name, ...columns.map(show)];
  });
  const means = ["mean rank", ...rankSums.map((of) => mean(of).toFixed(2))];
  const after = part === "half" ? Math.ceil(trials / 2) : trials;
  return `Regret after ${after} trials, ${seeds} seeds, ${running} running: median [quartiles]

${table(["problem", ...all.keys()], [...rows, means])}`;
}

function comparisonText(sampler: string, other: string): string {
  const { better, worse, lower, verdicts } = compare(all.get(sampler)!, all.get(`optuna ${other}`)!);
  return `${sampler} beside optuna ${other} (Wilcoxon, p < 0.05): better on ${better}, worse on ${worse}; median lower or equal on ${lower} of ${problems.length}
${verdicts.join(", ")}`;
}

const regrets = Object.fromEntries([...all].map(([name, of]) => [name, Object.fromEntries(of)]));
print(options.json, regrets, () => {
  const pairs = others.flatMap((other) => options.samplers.map((sampler) => comparisonText(sampler, other)));
  return [regretText("half"), regretText("full"), ...pairs].join("\n\n");
});
