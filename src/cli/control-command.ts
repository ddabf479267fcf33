import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { BelayError, show } from "../core/error.ts";
import type { Detail, Json } from "../core/trial.ts";
import { parseDuration } from "../core/units.ts";
import { changesAsOptions, readChanges } from "../scheduler/changes.ts";
import { commandOn } from "../store/command-line.ts";
import type { StudyRow } from "../store/records.ts";
import { openStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { databaseFile, isLive, readStudy } from "./database.ts";
import { print } from "./terminal/output.ts";

/** The commands that act on a running study from another terminal: a row in the database, and the answer to it. */

const LOOK_MS = 25;

const timeout = (yargs: Argv): Argv =>
  yargs.positional("study", { type: "string", describe: "the study's name" }).option("timeout", {
    type: "string",
    requiresArg: true,
    describe: "how long to wait for the coordinator's answer [5s]",
  });

export const setCommand = {
  command: "set <study> <changes..>",
  describe: "changes a running study: workers, trials, splitTimeout, trialTimeout, memory, reserve",
  builder: (yargs: Argv) =>
    timeout(yargs)
      .positional("changes", { type: "string", array: true, describe: "key=value" })
      .example("$0 set digits workers=4 splitTimeout=2m", "four trials at a time, two minutes a split"),
  handler: (argv: ArgumentsCamelCase) => {
    const texts = (argv.changes as string[]).map(String);
    readChanges(texts); // at the door, so that a typo is wrong usage and not the study's problem
    return sendCommand(argv, "set", texts);
  },
} satisfies CommandModule;

export const pauseCommand = {
  command: "pause <study>",
  describe: "starts no new trials in a running study until resume",
  builder: (yargs: Argv) => timeout(yargs).example("$0 pause digits", "then: belay resume digits"),
  handler: (argv: ArgumentsCamelCase) => sendCommand(argv, "pause", null),
} satisfies CommandModule;

export const stopCommand = {
  command: "stop <study>",
  describe: "ends a run in good order, as Ctrl-C in its terminal does",
  builder: (yargs: Argv) => timeout(yargs).example("$0 stop digits", "running splits finish first"),
  handler: (argv: ArgumentsCamelCase) => sendCommand(argv, "stop", null),
} satisfies CommandModule;

export const killCommand = {
  command: "kill <study> <number>",
  describe: "ends one running trial: it fails as stopped",
  builder: (yargs: Argv) =>
    timeout(yargs)
      .positional("number", { type: "string", describe: "the trial's number" })
      .example("$0 kill digits 7", "trial 7 ends now"),
  handler: (argv: ArgumentsCamelCase) => {
    const number = String(argv.number).trim() === "" ? Number.NaN : Number(argv.number);
    if (Number.isSafeInteger(number) && number >= 0) return sendCommand(argv, "kill", number);
    throw new BelayError("usage", `number: expected a trial's number, got ${show(argv.number)}`);
  },
} satisfies CommandModule;

/**
 * Sends a command to the coordinator of a live study and prints its answer.
 *
 * @throws BelayError `owner`: nobody runs the study, or the coordinator refuses or does not answer.
 */
export async function sendCommand(argv: ArgumentsCamelCase, kind: string, data: Json): Promise<void> {
  const waitMs = argv.timeout === undefined ? 5_000 : parseDuration("--timeout", argv.timeout);
  const db = databaseFile(argv);
  const study = readStudy(db, String(argv.study));
  if (!isLive(db, study)) {
    throw new BelayError(
      "owner",
      `${kind}: expected a study that runs, got ${study.name}, which nobody runs (${study.state}); ${adviceFor(db, study, kind, data)}`,
    );
  }
  const store = openStore(db);
  try {
    const id = await store.send(study.id, { kind, data });
    const { ok, message } = await answerTo(store, id, waitMs);
    if (ok !== true) throw new BelayError("owner", String(message));
    const later = AFTERWARDS[kind];
    const advice = later ? `; \`${commandOn(db, "resume", study.name)}\` ${later}` : "";
    const text = argv.json
      ? JSON.stringify({ study: study.name, command: kind, ok, message })
      : `${study.name}: ${String(message)}${advice}`;
    print(text);
  } finally {
    await store.close();
  }
}

/** What `resume` does after a command that holds a study up. */
const AFTERWARDS: Readonly<Record<string, string>> = { pause: "lets it go on", stop: "goes on with it" };

/** What to type for a study that nobody runs: the changes that were asked for are options of a resume. */
function adviceFor(db: string, { name, state }: StudyRow, kind: string, data: Json): string {
  const options = kind === "set" ? changesAsOptions(data as string[]) : [];
  if (options.length > 0) return `\`${commandOn(db, "resume", name, ...options)}\` runs it that way`;
  if (state === "finished") return `\`${commandOn(db, "resume", name, "--add", "10")}\` runs ten trials more`;
  return `\`${commandOn(db, "resume", name)}\` runs it`;
}

async function answerTo(store: Store, id: number, waitMs: number): Promise<Detail> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const answer = await store.answer(id);
    if (answer) return answer;
    if (performance.now() > deadline) {
      const waited = `expected an answer of the coordinator within ${waitMs / 1000} s, got none`;
      throw new BelayError("owner", `${waited}; the command stays and is carried out when it looks again`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
