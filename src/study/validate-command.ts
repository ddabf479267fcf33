import type { CommandFields } from "../core/command-study.ts";
import { BelayError, show } from "../core/error.ts";

/** The fields of a study with `command`, beside those that every study may have. */
export const COMMAND_FIELDS = ["command", "splits", "per", "cwd", "env", "value", "protocol"] as const;

/** The most splits of a program: one more decimal place would only be a mistake. */
const MOST_SPLITS = 10_000;

/** The checked fields of a study with `command`, with their defaults. */
export type CheckedCommand = Required<Omit<CommandFields<unknown>, "cwd">> &
  Pick<CommandFields<unknown>, "cwd">;

/**
 * Checks the fields of a study with `command`.
 *
 * @throws BelayError `study`: the field, what was expected, what was given.
 */
export function readCommand(study: Readonly<Record<string, unknown>>): CheckedCommand {
  const { command, splits = 1, per = "trial", cwd, env = {}, value = "last-line", protocol = "auto" } = study;
  if (typeof command !== "function")
    throw fault("command", 'a function, such as ({ params }) => ["python3", "train.py"]', command);
  if (typeof splits !== "number" || !Number.isSafeInteger(splits) || splits < 1 || splits > MOST_SPLITS)
    throw fault("splits", `a number of splits from 1 to ${MOST_SPLITS} in a study with command`, splits);
  if (per !== "trial" && per !== "split") throw fault("per", '"trial" or "split"', per);
  if (cwd !== undefined && (typeof cwd !== "string" || cwd === "")) throw fault("cwd", "a folder", cwd);
  if (protocol !== "auto" && typeof protocol !== "boolean")
    throw fault("protocol", 'true, false or "auto"', protocol);
  return {
    command: command as CheckedCommand["command"],
    splits,
    per,
    env: readEnvironment(env),
    value: readSource(value),
    protocol,
    ...(typeof cwd === "string" ? { cwd } : {}),
  };
}

function readEnvironment(env: unknown): Readonly<Record<string, string>> {
  if (env === null || typeof env !== "object" || Array.isArray(env))
    throw fault("env", 'variables such as { OMP_NUM_THREADS: "1" }', env);
  for (const [name, value] of Object.entries(env)) {
    if (typeof value !== "string" || value.includes("\0")) throw fault(`env.${name}`, "text", value);
    if (name === "" || /[=\0]/.test(name)) throw fault("env", "names without =", name);
  }
  return env as Readonly<Record<string, string>>;
}

function readSource(value: unknown): CheckedCommand["value"] {
  if (value === "last-line") return value;
  if (value !== null && typeof value === "object") {
    const keys = Object.keys(value);
    if (keys.length === 1 && "file" in value && typeof value.file === "string" && value.file !== "")
      return { file: value.file };
    if (keys.length === 1 && "pattern" in value) return { pattern: readPattern(value.pattern) };
  }
  throw fault("value", '"last-line", { file: "score.txt" } or { pattern: /score: (\\S+)/ }', value);
}

/** A regular expression with a group, whose last match in a text is found. */
function readPattern(pattern: unknown): RegExp {
  const isPattern =
    typeof pattern === "string" || Object.prototype.toString.call(pattern) === "[object RegExp]";
  if (!isPattern) throw fault("value.pattern", "a regular expression such as /score: (\\S+)/", pattern);
  const { source, flags } =
    typeof pattern === "string" ? { source: pattern, flags: "" } : (pattern as RegExp);
  try {
    // An empty alternative matches everywhere, so that the number of groups can be counted.
    const groups = new RegExp(`${source}|`, flags).exec("")!.length - 1;
    if (groups < 1)
      throw new BelayError("study", "value.pattern: expected a group, such as (\\S+), got none");
    return new RegExp(source, flags.replace(/[gy]/g, ""));
  } catch (error) {
    if (error instanceof BelayError) throw error;
    throw fault("value.pattern", "a regular expression", pattern);
  }
}

function fault(field: string, expected: string, came: unknown): BelayError {
  const got = came === undefined ? "nothing" : show(came);
  return new BelayError("study", `${field}: expected ${expected}, got ${got}`);
}
