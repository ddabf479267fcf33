import { BelayError, didYouMean } from "../../core/error.ts";
import type { Setting } from "../../core/setting.ts";
import type { Json } from "../../core/trial.ts";
import type { SettingChanges } from "../../scheduler/changes.ts";
import { readChanges } from "../../scheduler/changes.ts";
import type { Command } from "../../store/records.ts";
import type { RunControl } from "../control.ts";
import type { RunningStudy } from "../study.ts";
import { applyChanges, type Changed, type Steering } from "./set.ts";

/** The answer to a command. */
interface CommandAnswer {
  readonly ok: boolean;
  readonly message: string;
  readonly trialId?: number;
}

const KINDS = ["set", "pause", "resume", "stop", "kill"];

/** Carries out the commands that other terminals send to this run. Each gets an answer and an event in the audit trail. */
export function openCommands(
  study: Changed & Pick<RunningStudy, "owned" | "events">,
  control: Pick<RunControl, "stopping" | "paused" | "stop" | "pause" | "resume" | "wake">,
  scheduler: Steering,
) {
  const { owned, attempts, events } = study;
  const { name } = owned.row;
  let settings: Readonly<Record<string, Setting>> = study.scheduling?.settings ?? {};

  async function obey({ kind, data }: Command): Promise<CommandAnswer> {
    if (control.stopping && kind !== "kill" && kind !== "stop")
      return { ok: false, message: `${name} is stopping: wait for its end, then resume it` };
    if (kind === "set") return set(readChanges(Array.isArray(data) ? data.map(String) : []));
    if (kind === "pause") return pause();
    if (kind === "resume") return resume();
    if (kind === "stop") return stop();
    if (kind === "kill") return kill(data);
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
    return { ok: true, message: applied.message };
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

  async function answer(command: Command, { ok, message, trialId }: CommandAnswer): Promise<void> {
    events.emit({ kind: "command", command: command.kind, ok, message });
    await Promise.all([
      owned.event(command.kind, trialId ?? null, { ok, message, asked: command.data }),
      owned.answer(command.id, { ok, message }),
    ]);
  }

  async function carryOut(command: Command): Promise<CommandAnswer> {
    try {
      return await obey(command);
    } catch (error) {
      if (error instanceof BelayError && error.code === "usage") return { ok: false, message: error.message };
      throw error;
    }
  }

  return {
    async poll(): Promise<void> {
      for (const command of await owned.reads.commands()) await answer(command, await carryOut(command));
    },
    /** Refuses the commands that have come too late. */
    async close(): Promise<void> {
      const refused = { ok: false, message: `${name} has just ended: resume goes on with it` };
      try {
        for (const command of await owned.reads.commands()) await answer(command, refused);
      } catch {
        // The database cannot be read. The sender gets no answer, and gives up after its timeout.
      }
    },
  };
}
