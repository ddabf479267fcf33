import type { TrialLimits } from "../../../core/engine.ts";
import { kernelKills } from "../../../machine/oom-kills.ts";
import { duringSplit } from "../../verdict.ts";
import { endedBy, endOfProgram, failed, misspoken, outOfMemory } from "./ending.ts";
import { PROTOCOL } from "./message.ts";
import type { ProgramEvent } from "./program.ts";
import type { CommandSetting, Context, Session } from "./session.ts";
import { readValue } from "./value.ts";

function tellSplit({ program }: Session, { splitIndex: split, seed }: Context): void {
  program.send({ kind: "split", split, seed });
}

function welcome({ directions }: CommandSetting, own: Session, context: Context): void {
  const { params, trial, splitCount } = context;
  own.speaks = true;
  own.program.send({
    kind: "welcome",
    protocol: PROTOCOL,
    params: params as Readonly<Record<string, unknown>>,
    trial: trial.number,
    attempt: trial.attempt,
    splits: splitCount,
    directions,
    checkpoint: own.checkpoint,
  });
  tellSplit(own, context);
}

/** What a program that has exited without saying its value has left. @throws the end of the trial */
function resultOfExit(
  { command }: CommandSetting,
  { memoryBytes }: TrialLimits,
  own: Session,
  exit: Extract<ProgramEvent, { kind: "exit" }>,
  context: Context,
): unknown {
  const during = duringSplit(context.splitIndex);
  const kills = own.group?.kills() ?? kernelKills() - own.kernelKills;
  const isShort = own.group !== null && kills > 0;
  if (exit.code === 0 && !own.speaks && command.protocol !== true && !isShort) {
    try {
      const place = { trial: context.trial.number, split: context.splitIndex };
      return readValue({ ...own, ...place, source: command.value, output: own.program.output });
    } catch (error) {
      throw endedBy(failed("ValueError", (error as Error).message, during));
    }
  }
  const stderr = own.program.output.err();
  const areOwn = own.group !== null;
  const memory = { kernelKills: kills, areOwn, memoryBytes, seenBytes: own.group?.peakBytes() ?? null };
  throw endedBy(endOfProgram({ ...own, exit, stderr, during, ...memory }));
}

/** Listens to the program until it has the value of the split. */
export async function converse(
  setting: CommandSetting,
  limits: TrialLimits,
  own: Session,
  context: Context,
): Promise<unknown> {
  const { program } = own;
  const refused = (got: string): Error => {
    program.kill();
    return endedBy(misspoken(got, PROTOCOL, duringSplit(context.splitIndex)));
  };
  if (own.speaks) tellSplit(own, context);
  for (;;) {
    const event = await program.next();
    if (event.kind === "exit") return resultOfExit(setting, limits, own, event, context);
    if (event.kind === "invalid") throw refused(event.got);
    if (event.kind === "hello") {
      if (own.speaks) throw refused("a second hello");
      if (event.protocol !== PROTOCOL) throw refused(`a hello of protocol ${event.protocol}`);
      welcome(setting, own, context);
    } else if (!own.speaks) throw refused(`a ${event.kind} before its hello`);
    else if (event.kind === "value") {
      // The kernel may have killed a process that the program has started, and not the program.
      if (own.group && own.group.kills() > 0) {
        program.kill();
        const memory = { memoryBytes: limits.memoryBytes, seenBytes: own.group.peakBytes() };
        throw endedBy(outOfMemory({ ...memory, during: duringSplit(context.splitIndex) }));
      }
      return resultOf(event);
    } else {
      await answer(own, context, event);
    }
  }
}

async function answer(
  { program }: Session,
  context: Context,
  { step, value }: Extract<ProgramEvent, { kind: "report" }>,
): Promise<void> {
  try {
    await Promise.race([context.report(step, value), program.exited]);
  } catch (error) {
    program.send({ kind: "verdict", answer: "prune" });
    throw error;
  }
  program.send({ kind: "verdict", answer: "go" });
}

/** The result of a split in the form in which messages about it are shortest. */
function resultOf({ values, constraints }: Extract<ProgramEvent, { kind: "value" }>): unknown {
  const value = values.length === 1 ? values[0] : values;
  return constraints.length === 0 ? value : { values: value, constraints };
}
