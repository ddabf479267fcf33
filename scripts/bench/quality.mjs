// Regret on 14 test problems, beside Optuna in one run:
//   npm run bench:quality -- --python /path/to/python [--seeds 20] [--trials 100] [--running 8] [--cache FILE]
// Without --python only Belay's samplers run. --running n keeps n trials running at any time.
// --cache keeps the peer's regrets in a file, so that it runs once; --problems and --samplers choose.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { askTell } from "../../src/ask-tell.ts";
import { compileSpace } from "../../src/core/space/space.ts";
import { startPeer } from "./peer.ts";
import { gauss, PROBLEMS } from "./problems.mjs";
import { mean, median, quantile, ranks, wilcoxon } from "./statistics.ts";

const { values: options } = parseArgs({
  options: {
    python: { type: "string" },
    peer: { type: "string", default: fileURLToPath(new URL("optuna-peer.py", import.meta.url)) },
    samplers: { type: "string", default: "tpe,cmaes,qmc,random" },
    against: { type: "string", default: "tpe-multivariate" },
    problems: { type: "string", default: Object.keys(PROBLEMS).join() },
    seeds: { type: "string", default: "20" },
    trials: { type: "string", default: "100" },
    running: { type: "string", default: "1" },
    cache: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const seeds = Number(options.seeds);
const trials = Number(options.trials);
const running = Number(options.running);
const problems = options.problems.split(",");

/** Keeps `running` trials going; the eldest is told first. Returns the regret of the best so far after each trial. */
async function play(problem, seed, ask, tell) {
  const going = [];
  const regrets = [];
  let asked = 0;
  let incumbent = Number.POSITIVE_INFINITY;
  let regret = Number.POSITIVE_INFINITY;
  while (regrets.length < trials) {
    while (asked < trials && going.length < running) {
      going.push(await ask());
      asked++;
    }
    const trial = going.shift();
    const value = problem.evaluate(trial.params);
    const seen = value + (problem.noise ?? 0) * (problem.noise ? gauss(seed, trial.number) : 0);
    // Noise decides which trial looks best; what counts is that trial's true value.
    if (seen < incumbent) [incumbent, regret] = [seen, value - problem.optimum];
    await tell(trial.number, seen);
    regrets.push(regret);
  }
  return regrets;
}

function playOwn(problem, sampler, seed) {
  const noise = (problem.noise ?? 0) > 0;
  const search = askTell({ space: problem.space, direction: "minimize", sampler, seed, noise });
  return play(
    problem,
    seed,
    () => search.ask(),
    (number, value) => search.tell(number, value),
  );
}

async function playPeer(peer, problem, sampler, seed) {
  await peer.call({ op: "study", space: compileSpace(problem.space).params, sampler, seed });
  return play(
    problem,
    seed,
    () => peer.call({ op: "ask" }),
    (number, value) => peer.call({ op: "tell", number, value }),
  );
}

const cut = (regrets) => ({ half: regrets[Math.ceil(trials / 2) - 1], full: regrets[trials - 1] });

/** The peer's regrets by problem, from the cache as far as it has them. */
async function peerResults(sampler) {
  const key = (name) => `${sampler}/${name}/${seeds}/${trials}/${running}`;
  const cache =
    options.cache && existsSync(options.cache) ? JSON.parse(readFileSync(options.cache, "utf8")) : {};
  const peer = startPeer(options.python, options.peer);
  for (const name of problems) {
    if (cache[key(name)]) continue;
    const results = [];
    for (let seed = 0; seed < seeds; seed++)
      results.push(cut(await playPeer(peer, PROBLEMS[name], sampler, seed)));
    cache[key(name)] = results;
    if (options.cache) writeFileSync(options.cache, JSON.stringify(cache));
  }
  peer.close();
  return new Map(problems.map((name) => [name, cache[key(name)]]));
}

/** The range of a function, from quasi-random points. */
function rangeOf(problem) {
  const search = askTell({ space: problem.space, sampler: "qmc" });
  const found = Array.from({ length: 2048 }, () => problem.evaluate(search.ask().params));
  return Math.max(...found) - problem.optimum;
}

const show = (regrets) => {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(regrets, share).toPrecision(3));
  return `${middle} [${low}, ${high}]`;
};

/** Compares one of ours with the peer: regrets below 1e-4 of the range are equal. */
function compare(own, other) {
  const tallies = { better: 0, worse: 0, lower: 0 };
  const verdicts = new Map();
  for (const name of problems) {
    const floor = 1e-4 * rangeOf(PROBLEMS[name]);
    const clamp = (results) => results.map(({ full }) => Math.max(floor, full));
    const { p, side } = wilcoxon(clamp(own.get(name)), clamp(other.get(name)));
    const verdict = p < 0.05 ? (side < 0 ? "better" : "worse") : "-";
    if (verdict !== "-") tallies[verdict]++;
    if (median(clamp(own.get(name))) <= median(clamp(other.get(name)))) tallies.lower++;
    verdicts.set(name, `${verdict} (p ${p.toPrecision(2)})`);
  }
  return { ...tallies, verdicts };
}

const all = new Map();
for (const sampler of options.samplers.split(",")) {
  const byProblem = new Map();
  for (const name of problems) {
    const results = [];
    for (let seed = 0; seed < seeds; seed++) results.push(cut(await playOwn(PROBLEMS[name], sampler, seed)));
    byProblem.set(name, results);
  }
  all.set(sampler, byProblem);
}
const others = options.python ? options.against.split(",") : [];
for (const sampler of others) all.set(`optuna ${sampler}`, await peerResults(sampler));

const names = [...all.keys()];
for (const part of ["half", "full"]) {
  console.log(
    `\nRegret after ${part === "half" ? Math.ceil(trials / 2) : trials} trials, ${seeds} seeds, ${running} running: median [quartiles]\n`,
  );
  console.log(`| problem | ${names.join(" | ")} |\n|---|${names.map(() => "---|").join("")}`);
  const rankSums = names.map(() => []);
  for (const name of problems) {
    const columns = names.map((sampler) =>
      all
        .get(sampler)
        .get(name)
        .map((result) => result[part]),
    );
    ranks(columns.map(median)).forEach((rank, i) => void rankSums[i].push(rank));
    console.log(`| ${name} | ${columns.map(show).join(" | ")} |`);
  }
  console.log(`| mean rank | ${rankSums.map((of) => mean(of).toFixed(2)).join(" | ")} |`);
}
for (const other of others) {
  for (const sampler of options.samplers.split(",")) {
    const { better, worse, lower, verdicts } = compare(all.get(sampler), all.get(`optuna ${other}`));
    console.log(
      `\n${sampler} beside optuna ${other} (Wilcoxon, p < 0.05): better on ${better}, worse on ${worse}; median lower or equal on ${lower} of ${problems.length}`,
    );
    console.log([...verdicts].map(([name, verdict]) => `${name}: ${verdict}`).join(", "));
  }
}
if (options.json)
  console.log(
    JSON.stringify(Object.fromEntries([...all].map(([name, of]) => [name, Object.fromEntries(of)]))),
  );
