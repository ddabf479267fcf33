import { BelayError } from "../../core/error.ts";
import type { Command } from "../../store/records.ts";
import { type CommandAnswer, type Commanded, obeying, type Reach } from "./obey.ts";

/** Carries out the commands that other terminals send to this run. Each gets an answer and an event in the audit trail. */
export function openCommands(study: Commanded, reach: Reach) {
  const { owned, events } = study;
  const { name } = owned.row;
  const obey = obeying(study, reach);

  async function answer(command: Command, given: CommandAnswer): Promise<void> {
    const { ok, message, trialId, more, changes } = given;
    const { kind, data: asked, who, sentAtMs } = command;
    events.emit({ kind: "command", command: kind, ok, message });
    await Promise.all([
      owned.event(kind, trialId ?? null, {
        ...{ ok, message, asked, who, sentAtMs },
        ...(changes && { changes: changes.map((change) => ({ ...change })) }),
      }),
      owned.answer(command.id, { ok, message, ...more }),
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
