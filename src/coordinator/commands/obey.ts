import { didYouMean } from "../../core/error.ts";
import type { Setting } from "../../core/setting.ts";
import type { Detail, Json } from "../../core/trial.ts";
import type { SettingChanges } from "../../scheduler/changes.ts";
import { readChanges } from "../../scheduler/changes.ts";
import type { AuditChange } from "../../store/activity.ts";
import type { Command, WaitingTrial } from "../../store/records.ts";
import type { RunControl } from "../control.ts";
import type { RunningStudy } from "../study.ts";
import type { BetweenStarts } from "./between-starts.ts";
import { enqueueTrials, readOrder } from "./enqueue.ts";
import { invalidateTrial, readInvalidation } from "./invalidate.ts";
import { applyChanges, type Steering } from "./set.ts";

/** The answer to a command. */
export interface CommandAnswer {
  readonly ok: boolean;
  readonly message: string;
  /** Of the one trial that it is about. */
  readonly trialId?: number;
  /** What else the sender is told. */
  readonly more?: Detail;
  /** What it has changed, for the audit trail. */
  readonly changes?: readonly AuditChange[];
}

const KINDS = ["set", "pause", "resume", "stop", "kill", "enqueue", "invalidate"];

/** The parts of a run that commands reach, besides the study. */
export interface Reach {
  readonly control: Pick<RunControl, "stopping" | "paused" | "stop" | "pause" | "resume" | "wake">;
  readonly scheduler: Steering;
  readonly between: BetweenStarts;
  /** The waiting trials of the run. */
  readonly waiting: WaitingTrial[];
  /** Reads anew what the trials of an open round are judged by. */
  readonly refresh: () => Promise<void>;
}

/** The parts of the study that commands read and change. */
export type Commanded = RunningStudy;

/** Carries out one command. */
export type Obey = (command: Pick<Command, "kind" | "data" | "who">) => Promise<CommandAnswer>;

/** What each command does to a run. */
export function obeying(study: Commanded, { control, scheduler, between, waiting, refresh }: Reach): Obey {
  const { owned, attempts, events } = study;
  const { name } = owned.row;
  let settings: Readonly<Record<string, Setting>> = study.scheduling?.settings ?? {};

  async function obey({ kind, data, who }: Pick<Command, "kind" | "data" | "who">): Promise<CommandAnswer> {
    if (control.stopping && kind !== "kill" && kind !== "stop")
      return { ok: false, message: `${name} is stopping: wait for its end, then resume it` };
    if (kind === "set") return set(readChanges(Array.isArray(data) ? data.map(String) : []));
    if (kind === "pause") return pause();
    if (kind === "resume") return resume();
    if (kind === "stop") return stop();
    if (kind === "kill") return kill(data);
    if (kind === "enqueue") return enqueue(data);
    if (kind === "invalidate") return invalidate(data, who);
    return {
      ok: false,
      message: `command: expected one of ${KINDS.join(", ")}, got ${kind}${didYouMean(kind, KINDS)}`,
    };
  }

  async function set(changes: SettingChanges): Promise<CommandAnswer> {
    const applied = applyChanges(study, scheduler, changes, settings);
    settings = applied.settings;
    await owned.update(applied.row);
    control.wake();
    return { ok: true, message: applied.message, changes: applied.changes };
  }

  async function invalidate(data: Json, who: string | null): Promise<CommandAnswer> {
    const order = readInvalidation(data);
    const work = () => invalidateTrial(study, order, { who, refresh });
    const { ok, message, trialId } = await between.ask(work);
    control.wake(); // a stop rule or the target may hold no more, or hold now
    return { ok, message, ...(trialId !== null && { trialId }) };
  }

  async function enqueue(data: Json): Promise<CommandAnswer> {
    const order = readOrder(study, data);
    const before = study.trials;
    const { ok, message, numbers, trials } = await between.ask(() => enqueueTrials(study, waiting, order));
    const more = { numbers: [...numbers], trials };
    if (trials === before) return { ok, message, more };
    settings = { ...settings, trials: { value: trials, source: "enqueue" } };
    await owned.update({ trials, settings });
    return { ok, message, more, changes: [{ key: "trials", before, after: trials }] };
  }

  async function pause(): Promise<CommandAnswer> {
    if (control.paused) return { ok: false, message: `${name} is paused already: resume lets it go on` };
    control.pause();
    await owned.update({ state: "paused" });
    const running = attempts.size;
    return {
      ok: true,
      message: `paused: no trial starts until resume${running > 0 ? `; ${running} running go on to their end` : ""}`,
    };
  }

  async function resume(): Promise<CommandAnswer> {
    if (!control.paused) return { ok: false, message: `${name} is not paused: it runs` };
    await owned.update({ state: "running" });
    control.resume();
    return { ok: true, message: "goes on" };
  }

  function stop(): CommandAnswer {
    if (control.stopping)
      return { ok: false, message: `${name} is stopping already: running splits finish first` };
    events.emit({ kind: "stopping", now: false });
    control.stop();
    return { ok: true, message: "stopping: running splits finish, and their trials wait for resume" };
  }

  async function kill(data: Json): Promise<CommandAnswer> {
    const number = Number(data);
    const attempt = attempts.get(number);
    if (!attempt || !attempts.kill(number)) {
      const running = [...attempts.values()].filter(({ killed }) => !killed).map((other) => other.number);
      const those =
        running.length > 0 ? `trial${running.length > 1 ? "s" : ""} ${running.join(", ")}` : "none";
      const message = attempt
        ? `trial ${number} is being killed already`
        : `kill: expected a running trial (${those}), got ${number}, which does not run`;
      return { ok: false, message };
    }
    const { trialId } = await attempt.key;
    return { ok: true, message: `trial ${number} is killed: it fails as stopped`, trialId };
  }

  return obey;
}
