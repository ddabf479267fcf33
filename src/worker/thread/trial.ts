import { join } from "node:path";
import { format } from "node:util";
import { aggregateConstraints, aggregateSplits, mean, partialAggregate } from "../../core/aggregate.ts";
import type { Answer, TrialLimits, TrialTask } from "../../core/engine.ts";
import { deriveSeed } from "../../core/rng.ts";
import { seedMathRandom } from "../../core/seeded.ts";
import type { Detail, Outcome } from "../../core/trial.ts";
import type { LoadedStudy } from "../../study/load.ts";
import type { TensorFlow } from "../../tensorflow/load.ts";
import type { FromThread, HostEnd } from "../protocol.ts";
import { checkpointIn } from "./checkpoint.ts";
import { isolateMemory, releaseSplit, type WorkerMark } from "./cleanup.ts";
import { readResult, trialErrorOf } from "./result.ts";

/** All that a trial runs with. */
export interface TrialSetting {
  readonly task: TrialTask;
  readonly study: LoadedStudy;
  readonly tf: TensorFlow | null;
  readonly data: unknown;
  readonly splits: readonly unknown[];
  readonly mark: WorkerMark;
  readonly seed: number;
  /** The folder of the study's checkpoints. */
  readonly checkpoints: string;
  readonly ownProcess: boolean;
  readonly talk: Conversation;
}

// Taken now: a trial may put its own in their places.
const now = performance.now.bind(performance);
const { rss } = process.memoryUsage;
const Controller = AbortController;

/** Ends an objective whose report was judged hopeless; never leaves this file. */
class Ended extends Error {
  override readonly name = "TrialEnded";
}

/** Questions to the coordinator, and the abort that comes from it. */
export function conversation(send: (message: FromThread) => void) {
  const waiting = new Map<number, (answer: Answer) => void>();
  let nextId = 0;
  let controller = new Controller();
  let limits: TrialLimits | null = null;
  return {
    send,
    begin(): void {
      controller = new Controller();
      limits = null;
    },
    /** Other limits than the task's, from the next split on. */
    limit(next: TrialLimits): void {
      limits = next;
    },
    get limits(): TrialLimits | null {
      return limits;
    },
    get signal(): AbortSignal {
      return controller.signal;
    },
    /** Sends a message that is answered, and waits for the answer. */
    ask(message: (id: number) => FromThread): Promise<Answer> {
      const id = nextId++;
      return new Promise((resolve) => {
        waiting.set(id, resolve);
        send(message(id));
      });
    },
    answer(id: number, answer: Answer): void {
      waiting.get(id)?.(answer);
      waiting.delete(id);
    },
    abort(): void {
      send({ kind: "abort-acknowledged" });
      controller.abort(new Ended("the trial was told to end"));
    },
  };
}

export type Conversation = ReturnType<typeof conversation>;

/** One attempt: every split that is not recorded yet, then `aggregate`. A way to end is a value, never an exception. */
export async function runTrial(setting: TrialSetting): Promise<HostEnd> {
  const { task, splits, talk } = setting;
  const results = new Map(task.recorded.map((recorded) => [recorded.split, recorded]));
  let elapsedMs = task.recorded.reduce((sum, { durationMs }) => sum + durationMs, 0);
  for (let split = 0; split < splits.length; split++) {
    if (results.has(split)) continue;
    const over = checkLimits(setting, split, elapsedMs);
    if (over) return over;
    talk.send({ kind: "split-began", split });
    const began = now();
    const result = await trainSplit(setting, split);
    if ("state" in result) return result;
    const durationMs = now() - began;
    elapsedMs += durationMs;
    releaseSplit(setting.tf, setting.mark);
    const finished = { split, values: result.values, constraints: result.constraints, durationMs };
    results.set(split, finished);
    const isLast = results.size === splits.length;
    const told = { kind: "split", result: finished, memory: isolateMemory(setting.tf) } as const;
    if (isLast) {
      talk.send({ ...told, id: null, partial: null }); // nothing is judged any more
      break;
    }
    const verdict = await talk.ask((id) => ({ ...told, id, partial: partialOf(setting, results.values()) }));
    if (verdict === "prune") return { state: "pruned-by-verdict" };
    if (verdict === "interrupt") return { state: "interrupted" };
  }
  const inOrder = [...results.values()].sort((a, b) => a.split - b.split);
  return aggregate(setting, inOrder);
}

/** The cheap line of defence: between splits nothing has to be killed, and tensors can be disposed. */
function checkLimits(
  { task, ownProcess, talk }: TrialSetting,
  split: number,
  elapsedMs: number,
): Outcome | null {
  const { trialTimeoutMs, memoryBytes } = talk.limits ?? task.limits;
  const during = `before split ${split}`;
  if (trialTimeoutMs !== null && elapsedMs >= trialTimeoutMs) {
    return pruned("trial-timeout", {
      limitMs: trialTimeoutMs,
      elapsedMs: Math.round(elapsedMs),
      during,
      by: "worker",
    });
  }
  const seenBytes = ownProcess && memoryBytes !== null ? rss() : 0;
  if (memoryBytes !== null && seenBytes > memoryBytes) {
    return pruned("memory-limit", { limitBytes: memoryBytes, seenBytes, during, by: "worker" });
  }
  return null;
}

function pruned(reason: "trial-timeout" | "memory-limit" | "not-finite", detail: Detail): Outcome {
  return { state: "pruned", reason, detail };
}

type Trained = { readonly values: readonly number[]; readonly constraints: readonly number[] };

async function trainSplit(setting: TrialSetting, split: number): Promise<Trained | HostEnd> {
  const { study, task, data, tf, talk } = setting;
  let verdict: HostEnd | null = null;
  const report = async (step: number, value: number): Promise<void> => {
    if (typeof step !== "number" || typeof value !== "number")
      throw new TypeError("report: expected two numbers, step and value");
    const answer = await talk.ask((id) => ({ kind: "report", id, report: { split, step, value } }));
    if (answer === "go") return;
    verdict = { state: answer === "prune" ? "pruned-by-verdict" : "interrupted" };
    throw new Ended("the pruner has ended this trial");
  };
  const seed = deriveSeed(setting.seed, task.number, `split ${split}`);
  const restoreRandom = seedMathRandom(seed);
  try {
    const returned: unknown = await study.definition.train({
      params: { ...task.params },
      split: setting.splits[split],
      splitIndex: split,
      splitCount: setting.splits.length,
      data,
      tf,
      seed,
      signal: talk.signal,
      checkpoint: checkpointIn(join(setting.checkpoints, String(task.number)), tf),
      report,
      log: (...args: unknown[]) => void process.stdout.write(`${format(...args)}\n`),
      trial: { number: task.number, attempt: task.attempt },
    });
    return verdict ?? settle(readResult(returned, study.manifest.directions.length), `split ${split}`);
  } catch (error) {
    return verdict ?? failed(trialErrorOf(error), `split ${split}`);
  } finally {
    restoreRandom();
  }
}

function settle(result: ReturnType<typeof readResult>, during: string): Trained | Outcome {
  if (result.kind === "values") return result;
  if (result.kind === "not-finite") return pruned("not-finite", { value: result.value, during });
  return failed({ name: "TypeError", message: result.message, stack: null }, during);
}

function failed(error: ReturnType<typeof trialErrorOf>, during: string): Outcome {
  return { state: "fail", reason: "error", detail: { during }, error };
}

/** What the trial would be worth if it ended here: recorded with it if it is pruned. */
function partialOf(
  { study: { definition, manifest } }: TrialSetting,
  results: Iterable<TrialTask["recorded"][number]>,
): number[] | null {
  const inOrder = [...results].sort((a, b) => a.split - b.split);
  return partialAggregate(
    definition.aggregate ?? mean,
    manifest.directions,
    inOrder.map(({ values }) => values),
  );
}

/** Split values to the trial's values and constraints. */
function aggregate({ study: { definition, manifest } }: TrialSetting, splits: readonly Trained[]): Outcome {
  try {
    const combined = aggregateSplits(
      definition.aggregate ?? mean,
      manifest.directions,
      splits.map(({ values }) => values),
    );
    const settled = settle(readResult(combined, manifest.directions.length, "aggregate"), "aggregate");
    if ("state" in settled) return settled;
    return {
      state: "complete",
      values: settled.values,
      constraints: aggregateConstraints(splits.map(({ constraints }) => constraints)),
    };
  } catch (error) {
    return failed(trialErrorOf(error), "aggregate");
  }
}
