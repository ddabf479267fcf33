// Plays one study of a benchmark problem in memory, with a sampler of Belay or of the peer: both are asked for params,
// and told values that are computed here, so that no problem is written twice.

import { hypervolume } from "../../../src/core/search/hypervolume.ts";
import { compileSpace } from "../../../src/core/space/space.ts";
import { type AskedTrial, askTell } from "../../../src/index.ts";
import { samplers } from "../../../src/sampler/registry.ts";
import { gauss } from "../noise.ts";
import type { startPeer } from "../peer.ts";
import { type Death, isFront, type Problem, type Vector } from "../problems/problem.ts";

/** The result of a study. */
export interface Run {
  /**
   * At each checkpoint how far the true value of the trial that looks best lies above the optimum, or how much is
   * missing in the hypervolume of several objectives. null: no trial had a feasible value yet.
   */
  readonly regrets: readonly (number | null)[];
  /** Processor time of all asks and tells. */
  readonly cpuMs: number;
  /** Trials that were killed or failed, in the first half of all trials and in the second. */
  readonly killed: readonly [first: number, second: number];
}

/** What a study is played with. */
export interface Plan {
  readonly seed: number;
  /** Numbers of trials at which the regret is taken, ascending; the last is the length of the study. */
  readonly checkpoints: readonly number[];
  /** How many trials run at any time. */
  readonly parallel: number;
}

type MaybePromise<T> = T | Promise<T>;

/** How a trial ended. */
type Ending = Death | { readonly values: Vector; readonly constraints: Vector };

interface Player {
  /** Returns null when the space is exhausted. */
  ask(): MaybePromise<AskedTrial | null>;
  tell(number: number, ending: Ending): unknown;
  cpuMs(): MaybePromise<number>;
}

/** A trial that was run: what is told of it, and its values without noise. */
interface Outcome {
  readonly ending: Ending;
  readonly truth: Vector;
}

/** Keeps trials running and tells the oldest first. */
async function play(problem: Problem, plan: Plan, player: Player): Promise<Run> {
  const { checkpoints, parallel } = plan;
  const trials = checkpoints.at(-1)!;
  const best = bestOf(problem);
  const going: { readonly number: number; readonly outcome: Outcome }[] = [];
  const regrets: (number | null)[] = [];
  const killed: [number, number] = [0, 0];
  let asked = 0;
  for (let told = 0; told < trials; told++) {
    while (asked < trials && going.length < parallel) {
      const trial = await player.ask();
      asked = trial === null ? trials : asked + 1;
      if (trial) going.push({ number: trial.number, outcome: run(problem, plan.seed, trial) });
    }
    const next = going.shift();
    if (next) {
      const { ending } = next.outcome;
      await player.tell(next.number, ending);
      if ("state" in ending) killed[told < Math.ceil(trials / 2) ? 0 : 1]++;
      best.add(next.outcome);
    }
    while (regrets.length < checkpoints.length && checkpoints[regrets.length]! <= told + 1)
      regrets.push(best.regret());
  }
  return { regrets, cpuMs: await player.cpuMs(), killed };
}

function run(problem: Problem, seed: number, { number, params }: AskedTrial): Outcome {
  if (isFront(problem)) {
    const values = problem.objectives(params);
    return { truth: values, ending: { values, constraints: [] } };
  }
  const { noise = 0, constraints, death } = problem;
  const value = problem.evaluate(params);
  const seen = value + (noise > 0 ? noise * gauss(seed, number) : 0);
  const ending = death?.(params) ?? { values: [seen], constraints: constraints?.(params) ?? [] };
  return { truth: [value], ending };
}

/** Follows what a study has found. */
function bestOf(problem: Problem): { add(outcome: Outcome): void; regret(): number | null } {
  if (isFront(problem)) {
    const points: Vector[] = [];
    return {
      add: ({ truth }) => void points.push(truth),
      regret: () => problem.hypervolume - hypervolume(points, problem.reference),
    };
  }
  let incumbent = Number.POSITIVE_INFINITY;
  let regret: number | null = null;
  return {
    add({ ending, truth }) {
      if ("state" in ending || ending.constraints.some((each) => each > 0)) return;
      const seen = ending.values[0]!;
      // Noise decides which trial looks best; the regret is computed from that trial's true value.
      if (seen < incumbent) [incumbent, regret] = [seen, truth[0]! - problem.optimum];
    },
    regret: () => regret,
  };
}

const objectivesOf = (problem: Problem): number => (isFront(problem) ? problem.reference.length : 1);

/** Plays a study of Belay, whose sampler is told how many trials are planned. */
export function playOwn(problem: Problem, sampler: string, plan: Plan): Promise<Run> {
  const noise = !isFront(problem) && (problem.noise ?? 0) > 0;
  const search = askTell({
    space: problem.space,
    directions: new Array<"minimize">(objectivesOf(problem)).fill("minimize"),
    sampler: samplers.make("--samplers", sampler),
    seed: plan.seed,
    noise,
    trials: plan.checkpoints.at(-1)!,
  });
  let micros = 0;
  const counted = <T>(work: () => T): T => {
    const before = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(before);
    micros += user + system;
    return result;
  };
  return play(problem, plan, {
    ask: () => counted(() => search.ask()),
    tell: (number, ending) =>
      counted(() =>
        search.tell(
          number,
          "state" in ending
            ? ending
            : { state: "complete", value: ending.values, constraints: ending.constraints },
        ),
      ),
    cpuMs: () => micros / 1000,
  });
}

/** Plays a study of the peer. */
export async function playPeer(
  peer: ReturnType<typeof startPeer>,
  problem: Problem,
  sampler: string,
  plan: Plan,
): Promise<Run> {
  await peer.call({
    op: "study",
    space: compileSpace(problem.space).params,
    sampler,
    seed: plan.seed,
    objectives: objectivesOf(problem),
    constrained: !isFront(problem) && problem.constraints !== undefined,
  });
  return play(problem, plan, {
    ask: () => peer.call<AskedTrial>({ op: "ask" }),
    tell: (number, ending) => {
      if (!("state" in ending))
        return peer.call({ op: "tell", number, value: ending.values, constraints: ending.constraints });
      // Optuna learns from pruned trials, not from failed ones; which a memory limit makes of a trial is up to the user.
      return peer.call({ op: "tell", number, pruned: ending.state === "pruned" });
    },
    cpuMs: async () => (await peer.call<{ readonly cpuMs: number }>({ op: "cost" })).cpuMs,
  });
}
