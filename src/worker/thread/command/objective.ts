import { rmSync } from "node:fs";
import type { Objective } from "../objective.ts";
import { converse } from "./conversation.ts";
import { outcomeOf } from "./ending.ts";
import { type CommandSetting, emptyGroup, type Session, startSession } from "./session.ts";

/** The share of the grace after which a program that was asked to end is killed; the rest is for the cleanup. */
const PATIENCE = 0.7;

/**
 * Trains by a program: starts it, tells it the splits and the verdicts, and reads its values. All else is done as for
 * `train`: the order of the splits, the clocks, the limits, the aggregate.
 */
export function commandObjective(setting: CommandSetting): Objective {
  const { command, boot } = setting;
  let session: Session | null = null;

  /** Ends a program from which nothing more is wanted: it is told, asked, and at last killed. */
  async function finish(): Promise<void> {
    const own = session;
    session = null;
    if (!own) return;
    const { program } = own;
    if (own.speaks) program.send({ kind: "bye" });
    if (!own.speaks || !(await program.exitsWithin(boot.graceMs))) await program.end(boot.graceMs * PATIENCE);
    program.kill();
    if (own.group) await emptyGroup(own.group);
    program.output.flush();
    if (own.paramsFile !== null) rmSync(own.paramsFile, { force: true });
  }

  return {
    name: "the program",
    async train(context, limits) {
      const { signal } = context;
      if (session?.program.hasExited && !session.speaks) await finish();
      if (limits.memoryBytes !== null) session?.group?.limit(limits.memoryBytes);
      session ??= startSession(setting, context, limits);
      const own = session;
      const abort = (): void => void own.program.end(boot.graceMs * PATIENCE);
      signal.addEventListener("abort", abort);
      if (signal.aborted) abort();
      try {
        return await converse(setting, limits, own, context);
      } finally {
        signal.removeEventListener("abort", abort);
        if (signal.aborted) await own.program.exited;
        if (command.per === "split" || !own.speaks) await finish();
      }
    },
    endOf: outcomeOf,
    close: finish,
  };
}
