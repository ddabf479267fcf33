import { writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { CommandContext } from "../../../core/command-study.ts";
import type { TrialLimits } from "../../../core/engine.ts";
import { show } from "../../../core/error.ts";
import type { TrainContext } from "../../../core/study.ts";
import { type MemoryGroup, openMemoryGroup } from "../../../machine/memory-group.ts";
import { kernelKills } from "../../../machine/oom-kills.ts";
import { killProcess } from "../../../machine/process.ts";
import type { CheckedCommand } from "../../../study/validate-command.ts";
import type { HostBoot } from "../../protocol.ts";
import { duringSplit } from "../../verdict.ts";
import { endedBy, failed } from "./ending.ts";
import { programEnvironment } from "./environment.ts";
import { type Program, startProgram } from "./program.ts";

/** What a program is told about its split. */
export type Context = TrainContext<unknown, unknown, unknown, unknown>;

/** A program that runs for the splits of one trial. */
export interface Session {
  readonly program: Program;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly startedMs: number;
  readonly kernelKills: number;
  readonly paramsFile: string | null;
  /** In which the kernel holds it to its limit of memory; null where this user may make none. */
  readonly group: MemoryGroup | null;
  /** The folder in which the trial's next attempt finds what this one keeps. */
  readonly checkpoint: string;
  /** It has said hello. */
  speaks: boolean;
}

/** What is known of a study whose trials train by a program. */
export interface CommandSetting {
  readonly command: CheckedCommand;
  readonly boot: Pick<HostBoot, "studyFile" | "graceMs" | "checkpoints" | "beacon">;
  readonly directions: readonly string[];
}

/** How often, and at which interval, to look whether the processes of a group are gone, which the kernel ends at its leisure. */
const MOST_LOOKS = 20;
const LOOK_MS = 5;

let programs = 0;

/** Starts the program of a trial. @throws the end of the trial, by `endedBy`. */
export function startSession(
  { command, boot }: CommandSetting,
  context: Context,
  { memoryBytes }: TrialLimits,
): Session {
  const cwd = resolve(dirname(resolve(boot.studyFile)), command.cwd ?? ".");
  const argv = readArguments(command.command(commandContext(context)));
  if (typeof argv === "string") throw endedBy(failed("TypeError", argv, duringSplit(context.splitIndex)));
  const speaks = command.protocol !== false;
  const paramsFile =
    boot.beacon === null ? null : join(dirname(boot.beacon), `params-${process.pid}-${programs++}.json`);
  if (paramsFile !== null) writeFileSync(paramsFile, JSON.stringify(context.params));
  const checkpoint = join(boot.checkpoints ?? cwd, String(context.trial.number));
  const environment = { context, checkpoint, paramsFile, speaks, own: command.env };
  const { value } = command;
  const program = startProgram({
    argv,
    cwd,
    env: programEnvironment(process.env, environment),
    speaks,
    pass: (text) => void process.stdout.write(text),
    pattern: typeof value === "object" && "pattern" in value ? (value.pattern as RegExp) : null,
  });
  const began = { startedMs: Date.now(), kernelKills: kernelKills() };
  const group = memoryBytes === null ? null : groupOf(program, memoryBytes);
  return { program, argv, cwd, ...began, paramsFile, checkpoint, group, speaks: false };
}

/** Whether a group could be made when that was last tried. */
let mayGroup = true;

function groupOf({ pid }: Program, bytes: number): MemoryGroup | null {
  if (!mayGroup || pid === null) return null;
  const group = openMemoryGroup(bytes);
  mayGroup = group !== null;
  if (group?.add(pid)) return group;
  group?.close(); // the program has ended already
  return null;
}

/** Ends what is left of a program that has ended. @returns when the kernel has let go of it. */
export async function emptyGroup(group: MemoryGroup): Promise<void> {
  for (let look = 0; look < MOST_LOOKS; look++) {
    const left = group.processes();
    if (left.length === 0) break;
    for (const pid of left) killProcess(pid);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  group.close();
}

function commandContext({ params, splitIndex, splitCount, seed, trial }: Context): CommandContext<unknown> {
  return { params, split: splitIndex, splitCount, seed, trial };
}

/** The arguments that `command` returned, or what is wrong with them, in words. */
function readArguments(returned: unknown): readonly [string, ...string[]] | string {
  const expected = "command returned: expected a program and its arguments, as an array of texts";
  if (!Array.isArray(returned) || returned.length === 0) return `${expected}, got ${show(returned)}`;
  for (const [i, argument] of returned.entries()) {
    if (typeof argument !== "string")
      return `command returned: [${i}]: expected text, got ${show(argument)}; String(...) makes text of a number`;
    if (argument.includes("\0")) return `command returned: [${i}]: expected text without the character 0`;
  }
  return returned as unknown as readonly [string, ...string[]];
}
