import type { ArgumentsCamelCase, Argv } from "yargs";
import { parseDuration } from "../core/units.ts";
import { control, type Order } from "../launch/control.ts";
import { commandOn } from "../store/command-line.ts";
import { optional } from "./arguments.ts";
import { databaseFile } from "./database.ts";
import { print } from "./terminal/output.ts";

/** The options of the commands that act on a running study from another terminal. */
export function orderOptions(yargs: Argv): Argv {
  return yargs.positional("study", { type: "string", describe: "the study's name" }).option("timeout", {
    type: "string",
    requiresArg: true,
    describe: "how long to wait for the coordinator's answer [5s]",
  });
}

/**
 * Sends an order to a running study, and prints the answer.
 *
 * @param afterwards - What `belay resume` does once the order is carried out.
 */
export async function order(argv: ArgumentsCamelCase, asked: Order, afterwards?: string): Promise<void> {
  const db = databaseFile(argv);
  const waitMs = optional(parseDuration, "--timeout", argv.timeout);
  const answer = await control({ db, study: String(argv.study), order: asked, waitMs });
  const advice = afterwards ? `; \`${commandOn(db, "resume", answer.study)}\` ${afterwards}` : "";
  print(argv.json ? JSON.stringify(answer) : `${answer.study}: ${answer.message}${advice}`);
}
