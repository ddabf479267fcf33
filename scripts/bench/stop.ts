// Measures how many trials each stop rule saves, and what it costs in the value that is found:
//   npm run bench:stop -- [--seeds 20] [--trials 100] [--rules 'no-improvement(trials=20);regret'] [--json]
// Every rule watches the same studies of problems of which the true value is known. --problems selects some of them.
import { rng } from "../../src/core/rng.ts";
import { TrialHistory } from "../../src/core/search/history.ts";
import { suggest } from "../../src/core/search/sampler.ts";
import { compileSpace, toParams } from "../../src/core/space/space.ts";
import { samplers } from "../../src/sampler/registry.ts";
import { stopRules } from "../../src/stop-rule/registry.ts";
import { checkNames, machineText, print, progress, readArguments, table } from "./harness.ts";
import { FIRST_SCALAR as FUNCTIONS } from "./problems/first.ts";
import { noisy, type SplitProblem } from "./prune/problem.ts";
import { SPLIT_PROBLEMS } from "./prune/problems.ts";
import { mean } from "./statistics.ts";

/** A smooth function of few params, observed through five splits. */
function smooth(name: string, sd: number): SplitProblem {
  const { space, evaluate, optimum } = FUNCTIONS[name]!;
  return noisy(space, (params) => evaluate(params) - optimum, { of: () => sd, splits: sd / 2 });
}

const PROBLEMS: Readonly<Record<string, () => SplitProblem>> = {
  ...SPLIT_PROBLEMS,
  "cv-branin": () => smooth("branin", 1),
  "cv-hartmann3": () => smooth("hartmann3", 0.2),
};

const options = readArguments({
  sampler: "tpe",
  problems: ["cv-loglr", "cv-branin", "cv-hartmann3", "cv-hartmann6"],
  rules: "no-improvement(trials=20);no-improvement(trials=50);regret",
  seeds: 20,
  trials: 100,
});
checkNames("--problems", options.problems, Object.keys(PROBLEMS));
const rules = options.rules.split(";").map((rule) => rule.trim());

/** What became of one study under one rule. */
interface Ended {
  /** The trials after which the rule held; all trials if it never did. */
  readonly trials: number;
  readonly held: boolean;
  /** The true value of the best trial then, minus that after all trials. */
  readonly loss: number;
  /** The most processor time that the rule took to look, in milliseconds. */
  readonly dearestMs: number;
}

/** Runs a study without workers or a database, and asks every rule after each trial. */
function study(
  problem: SplitProblem,
  seed: number,
): { readonly truth: number; readonly ended: readonly Ended[] } {
  const space = compileSpace(problem.space);
  const history = new TrialHistory(space, 1);
  const sampler = samplers.make("--sampler", options.sampler);
  const directions = ["minimize"] as const;
  const { splitCount, noise } = problem;
  const watching = rules.map((text) => ({
    rule: stopRules.make("--rules", text),
    at: 0,
    found: 0,
    dearestMs: 0,
  }));
  let best = { value: Number.POSITIVE_INFINITY, truth: Number.NaN };
  for (let number = 0; number < options.trials; number++) {
    const of = (n: number) => (purpose: string) => rng(seed, n, purpose);
    const streams = { rng: of(number), studyRng: of(-1) };
    const { row, by } = suggest(sampler, {
      space,
      directions,
      history,
      number,
      noise,
      trials: options.trials,
      ...streams,
    })!;
    const params = toParams(space, row);
    const steps = Array.from({ length: splitCount }, (_, split) => {
      return { step: split, value: problem.score(params, { seed, number, split }) };
    });
    const value = mean(steps.map((step) => step.value));
    if (value < best.value) best = { value, truth: problem.truth(params) };
    const base = { number, row, by, constraints: [], overrun: 0, steps };
    history.append({ ...base, state: "complete", reason: null, values: [value] });
    for (const each of watching) {
      if (each.at > 0) continue;
      const began = process.cpuUsage();
      const { holds } = each.rule.look({ history, directions, splitCount, activeMs: 0 });
      each.dearestMs = Math.max(each.dearestMs, process.cpuUsage(began).user / 1_000);
      if (holds) Object.assign(each, { at: number + 1, found: best.truth });
    }
  }
  const ended = watching.map(({ at, found, dearestMs }) => {
    const held = at > 0;
    return { trials: held ? at : options.trials, held, loss: held ? found - best.truth : 0, dearestMs };
  });
  return { truth: best.truth, ended };
}

/** The mean, and half the width of its 95 % interval. */
function withError(values: readonly number[]): string {
  const middle = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
  return `${middle.toPrecision(3)} +- ${(1.96 * Math.sqrt(variance / values.length)).toPrecision(2)}`;
}

const results = options.problems.map((name) => {
  const problem = PROBLEMS[name]!();
  const studies = Array.from({ length: options.seeds }, (_, seed) => {
    progress(`${name}: ${seed + 1} of ${options.seeds}`);
    return study(problem, seed);
  });
  return { problem: name, studies };
});
print(options.json, results, () => {
  const rows = results.flatMap(({ problem, studies }) =>
    rules.map((rule, i) => {
      const ended = studies.map((one) => one.ended[i]!);
      return [
        problem,
        rule,
        `${ended.filter(({ held }) => held).length} of ${options.seeds}`,
        Math.round(mean(ended.map(({ trials }) => trials))),
        `${Math.round(100 * (1 - mean(ended.map(({ trials }) => trials)) / options.trials))} %`,
        withError(studies.map(({ truth }) => truth)),
        withError(ended.map(({ loss }) => loss)),
        Math.round(Math.max(...ended.map(({ dearestMs }) => dearestMs))),
      ];
    }),
  );
  const columns = [
    "problem",
    "rule",
    "held in",
    "trials",
    "saved",
    "true value, all trials",
    "worse by",
    "dearest look, CPU ms",
  ];
  return `${options.seeds} seeds, ${options.trials} trials, sampler ${options.sampler}; ${machineText()}\n\n${table(columns, rows)}`;
});
