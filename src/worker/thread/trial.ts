import { join } from "node:path";
import { format } from "node:util";
import { aggregateConstraints, aggregateSplits, mean, partialAggregate } from "../../core/aggregate.ts";
import {
  type Answer,
  type EngineEnd,
  splitsToRun,
  type TrialLimits,
  type TrialTask,
} from "../../core/engine.ts";
import { deriveSeed } from "../../core/rng.ts";
import { seedMathRandom } from "../../core/seeded.ts";
import type { Detail, Outcome } from "../../core/trial.ts";
import type { LoadedStudy } from "../../study/load.ts";
import type { TensorFlow } from "../../tensorflow/namespace.ts";
import type { OfAttempt, ThreadTrialMessage } from "../protocol.ts";
import { trialErrorOf } from "../trial-error.ts";
import { duringSplit } from "../verdict.ts";
import { checkpointIn } from "./checkpoint.ts";
import { isolateMemory, releaseSplit, type WorkerMark } from "./cleanup.ts";
import { noTensorFlow } from "./no-tensorflow.ts";
import type { Objective } from "./objective.ts";
import { splitReporter } from "./report.ts";
import { readResult, type TrainResult } from "./result.ts";

/** What `runTrial` needs. */
export interface TrialSetting {
  readonly task: TrialTask;
  readonly study: LoadedStudy;
  readonly objective: Objective;
  readonly tf: TensorFlow | null;
  readonly data: unknown;
  readonly splits: readonly unknown[];
  readonly mark: WorkerMark;
  readonly seed: number;
  /** The folder of the study's checkpoints. */
  readonly checkpoints: string;
  readonly ownProcess: boolean;
  /** A monotonic clock that stops while the process is paused. */
  readonly awakeMs: () => number;
  readonly channel: CoordinatorChannel;
}

// Kept from here on, because a trial may replace them.
const { rss } = process.memoryUsage;
const Controller = AbortController;

/** The error that ends an objective after an answer or an abort; it never leaves this file. */
class Ended extends Error {
  override readonly name = "TrialEnded";
}

/** Creates the thread's channel to the coordinator: messages, answers, new limits, and the abort signal. */
export function coordinatorChannel(post: (message: OfAttempt & ThreadTrialMessage) => void) {
  const waiting = new Map<number, (answer: Answer) => void>();
  let nextId = 0;
  let controller = new Controller();
  let limits: TrialLimits | null = null;
  let about: OfAttempt = { number: -1, attempt: -1 };
  const send = (message: ThreadTrialMessage): void => post({ ...message, ...about });
  return {
    /** Sends a message about the running trial. */
    send,
    begin({ number, attempt }: OfAttempt): void {
      about = { number, attempt };
      controller = new Controller();
      limits = null;
    },
    /** Replaces the task's limits from the next split on. */
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
    ask(message: (id: number) => ThreadTrialMessage): Promise<Answer> {
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

export type CoordinatorChannel = ReturnType<typeof coordinatorChannel>;

/** Runs one attempt: all splits that are not recorded yet, then `aggregate`. @returns how it ended; it never throws. */
export async function runTrial(setting: TrialSetting): Promise<EngineEnd> {
  const { task, splits, channel } = setting;
  const results = new Map(task.recorded.map((recorded) => [recorded.split, recorded]));
  let elapsedMs = task.recorded.reduce((sum, { durationMs }) => sum + durationMs, 0);
  let done = task.recorded.length; // a trial may have replaced the `size` of maps
  for (const split of splitsToRun(task, splits.length)) {
    const over = checkLimits(setting, split, elapsedMs);
    if (over) return over;
    channel.send({ kind: "split-began", split });
    const began = setting.awakeMs();
    const first = results.values().next().value;
    const result = await trainSplit(setting, split, first ? first.constraints.length : null);
    if (result.kind === "end") return result.end;
    const durationMs = setting.awakeMs() - began;
    elapsedMs += durationMs;
    releaseSplit(setting.tf, setting.mark);
    const finished = { split, values: result.values, constraints: result.constraints, durationMs };
    results.set(split, finished);
    const isLast = ++done === splits.length;
    const message = { kind: "split", result: finished, memory: isolateMemory(setting.tf) } as const;
    if (isLast) {
      channel.send({ ...message, id: null, partial: null }); // the last split is not judged
      break;
    }
    const verdict = await channel.ask((id) => ({
      ...message,
      id,
      partial: partialOf(setting, results.values()),
    }));
    if (verdict === "prune") return { state: "pruned-by-verdict" };
    if (verdict === "interrupt") return { state: "interrupted" };
  }
  const inOrder = [...results.values()].sort((a, b) => a.split - b.split);
  return aggregate(setting, inOrder);
}

/** Checks the limits before a split, when the trial can still be ended without a kill, and its tensors be disposed. */
function checkLimits(
  { task, ownProcess, channel }: TrialSetting,
  split: number,
  elapsedMs: number,
): Outcome | null {
  const { trialTimeoutMs, memoryBytes } = channel.limits ?? task.limits;
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

type Trained = Extract<TrainResult, { kind: "values" }>;
/** The end of a trial. `kind` tells it from `Trained`, since a trial may have added any other field to all objects. */
type Ending = { readonly kind: "end"; readonly end: EngineEnd };

async function trainSplit(
  setting: TrialSetting,
  split: number,
  constraints: number | null,
): Promise<Trained | Ending> {
  const { study, objective, task, data, tf, channel } = setting;
  const during = duringSplit(split);
  let verdict: EngineEnd | null = null;
  const log = (...args: unknown[]): void => void process.stdout.write(`${format(...args)}\n`);
  const reporter = splitReporter({
    split,
    log,
    ask: (report) => channel.ask((id) => ({ kind: "report", id, report })),
    ended(answer) {
      verdict = { state: answer === "prune" ? "pruned-by-verdict" : "interrupted" };
      return new Ended("the pruner has ended this trial");
    },
    fail(error) {
      verdict ??= failed(trialErrorOf(error), during);
    },
  });
  const seed = deriveSeed(setting.seed, task.number, `split ${split}`);
  const restoreRandom = seedMathRandom(seed);
  try {
    const returned: unknown = await objective.train(
      {
        params: { ...task.params },
        split: setting.splits[split],
        splitIndex: split,
        splitCount: setting.splits.length,
        data,
        tf: tf ?? noTensorFlow,
        seed,
        signal: channel.signal,
        checkpoint: checkpointIn(join(setting.checkpoints, String(task.number)), tf),
        report: reporter.report,
        log,
        trial: { number: task.number, attempt: task.attempt },
      },
      channel.limits ?? task.limits,
    );
    if (verdict) return ending(verdict);
    return checked(
      readResult(returned, { directions: study.manifest.directions.length, constraints }, objective.name),
      during,
    );
  } catch (error) {
    return ending(verdict ?? objective.endOf(error) ?? failed(trialErrorOf(error), during));
  } finally {
    reporter.close();
    restoreRandom();
  }
}

function ending(end: EngineEnd): Ending {
  return { kind: "end", end };
}

function checked(result: TrainResult, during: string): Trained | Ending {
  if (result.kind === "values") return result;
  if (result.kind === "not-finite") return ending(pruned("not-finite", { value: result.value, during }));
  return ending(failed({ name: "TypeError", message: result.message, stack: null }, during));
}

function failed(error: ReturnType<typeof trialErrorOf>, during: string): Outcome {
  return { state: "fail", reason: "error", detail: { during }, error };
}

/** The trial's values if it ended now, which are recorded if it is pruned. */
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

/** Combines the results of the splits into the outcome of the trial. */
function aggregate(
  { study: { definition, manifest } }: TrialSetting,
  splits: readonly Pick<Trained, "values" | "constraints">[],
): EngineEnd {
  try {
    const combined = aggregateSplits(
      definition.aggregate ?? mean,
      manifest.directions,
      splits.map(({ values }) => values),
    );
    const directions = manifest.directions.length;
    const result = checked(readResult(combined, { directions }, "aggregate"), "aggregate");
    if (result.kind === "end") return result.end;
    return {
      state: "complete",
      values: result.values,
      constraints: aggregateConstraints(splits.map(({ constraints }) => constraints)),
    };
  } catch (error) {
    return failed(trialErrorOf(error), "aggregate");
  }
}
