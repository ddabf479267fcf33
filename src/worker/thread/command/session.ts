import { writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { CommandContext } from "../../../core/command-study.ts";
import { show } from "../../../core/error.ts";
import type { TrainContext } from "../../../core/study.ts";
import { kernelKills } from "../../../machine/oom-kills.ts";
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
  /** The folder in which the trial's next attempt finds what this one keeps. */
  readonly checkpoint: string;
  /** It has said hello. */
  speaks: boolean;
}

/** What is known of a study whose trials train by a program. */
export interface CommandSetting {
  readonly command: CheckedCommand;
  readonly boot: Pick<HostBoot, "studyFile" | "graceMs" | "checkpoints" | "beacon" | "memoryBytes">;
  readonly directions: readonly string[];
}

let programs = 0;

/** Starts the program of a trial. @throws the end of the trial, by `endedBy`. */
export function startSession({ command, boot }: CommandSetting, context: Context): Session {
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
  return { program, argv, cwd, ...began, paramsFile, checkpoint, speaks: false };
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
