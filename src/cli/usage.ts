import { BelayError, didYouMean, show } from "../core/error.ts";
import { commandLine } from "../store/command-line.ts";

/** The arguments as yargs has parsed them: values by option, and in `_` the words that belong to no option. */
type Arguments = Readonly<Record<string, unknown>> & { readonly _: readonly (string | number)[] };

/** The options that yargs knows of the typed command. */
export interface KnownOptions {
  readonly key: Readonly<Record<string, unknown>>;
  readonly array: readonly string[];
  readonly boolean: readonly string[];
  /** The options that require a value. */
  readonly narg: Readonly<Record<string, number>>;
}

/** A command as it is declared, such as `launch <study-file>`. */
interface Declared {
  readonly command: string;
}

/**
 * Checks the typed arguments against those that the command knows. yargs could do part of this, but its messages do not
 * say what is expected.
 *
 * @throws BelayError `usage` for an unknown command or option (the nearest is offered), for a word too many, and for an
 *   option without its value or given twice.
 */
export function checkArguments(
  argv: Arguments,
  known: KnownOptions,
  typed: readonly string[],
  commands: readonly Declared[],
): void {
  if (argv.help === true || argv.version === true) return;
  const command = commandOf(argv._[0], commands);
  const [name, ...positionals] = command.command.split(" ");
  const extra = argv._[1];
  if (extra !== undefined) {
    const expected = positionals.length === 0 ? "nothing" : `only ${positionals.join(" ")}`;
    throw fault(`${name}: expected ${expected} after the command, got ${show(String(extra))} as well`);
  }
  const options = Object.keys(known.key);
  const ours = new Set([
    ...options,
    ...positionals.map((text) => text.slice(1, -1).replace("..", "")),
    "_",
    "$0",
  ]);
  for (const [option, value] of Object.entries(argv)) {
    if (!ours.has(option)) throw unknownOption(option, name!, options);
    if (value !== undefined && options.includes(option)) checkValue(option, value, known, typed);
  }
}

function checkValue(
  option: string,
  value: unknown,
  { array, boolean, narg }: KnownOptions,
  typed: readonly string[],
): void {
  if (array.includes(option)) return;
  if (Array.isArray(value)) throw fault(`--${option}: expected it once, got it ${value.length} times`);
  if (boolean.includes(option)) {
    // yargs takes `--json=yes` as false.
    const odd = typed.find((text) => text.startsWith(`--${option}=`) && !/=(true|false)$/.test(text));
    if (odd) throw fault(`--${option}: expected no value, got ${show(odd.slice(option.length + 3))}`);
    return;
  }
  if (value === false) throw fault(`--${option}: expected --${option} and a value, got --no-${option}`);
  if (value === "" && option in narg) throw fault(`--${option}: expected a value, got none`);
}

function unknownOption(option: string, command: string, options: readonly string[]): BelayError {
  const typed = option.length === 1 ? `-${option}` : `--${option}`;
  const near = option.length > 2 ? didYouMean(option, options, (name) => `--${name}`) : "";
  const hint = near || `; \`${commandLine(command, "--help")}\` lists them`;
  return fault(`option: expected one that ${command} knows, got ${typed}${hint}`);
}

function commandOf(typed: string | number | undefined, commands: readonly Declared[]): Declared {
  const found = commands.find((command) => nameOf(command) === typed);
  if (found) return found;
  if (typed === undefined) throw fault("command: expected one, got none; `belay --help` lists them");
  const names = commands.map(nameOf);
  const hint = didYouMean(String(typed), names) || "; `belay --help` lists them";
  throw fault(`command: expected one of ${names.join(", ")}, got ${show(String(typed))}${hint}`);
}

/**
 * Says in Belay's words what yargs refuses by itself, before `checkArguments`: an option without its value, a command
 * without its argument.
 */
export function yargsFault(
  message: string,
  typed: readonly string[],
  commands: readonly Declared[],
): BelayError {
  const option = /^Not enough arguments following: (.*)$/.exec(message)?.[1];
  if (option) return fault(`--${option}: expected a value, got none`);
  const command = commands.find((one) => typed.includes(nameOf(one)));
  const given = /^Not enough non-option arguments: got (\d+)/.exec(message)?.[1];
  if (!command || given === undefined) return fault(message.replace(/\s*\n\s*/g, "; "));
  const name = nameOf(command);
  const missing = command.command.split(" ")[1 + Number(given)];
  return fault(`${name}: expected ${missing}, got none; \`${commandLine(name, "--help")}\` has an example`);
}

function nameOf({ command }: Declared): string {
  return command.split(" ")[0]!;
}

function fault(message: string): BelayError {
  return new BelayError("usage", message);
}
