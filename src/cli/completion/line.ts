import type { CompletedCommand, CompletedOption, CompletionTable, Source } from "./source.ts";

/** Finds out what is to be completed in a typed line, by the table alone. */

/** What is typed besides the word that is completed. */
export interface TypedLine {
  /** The values of typed options, by name; empty where none is typed. */
  readonly options: ReadonlyMap<string, string>;
  /** The positional arguments after the command, and `undefined` where the word that is completed stands. */
  readonly positionals: readonly (string | undefined)[];
}

/** What is to be completed. */
export interface Wanted {
  /** `commands` and `options`: a name of one; `value`: what the source says. */
  readonly kind: "commands" | "options" | "value";
  readonly source: Source;
  /** The command that is typed, if there is one. */
  readonly command: CompletedCommand | undefined;
  /** The part of the word that stays as it is, such as `--sampler=`. */
  readonly head: string;
  /** What is typed of the rest. */
  readonly typed: string;
  /** Whether the line has `--` before the word. */
  readonly plain: boolean;
  readonly line: TypedLine;
}

/** How far a line has been read. */
interface Reading {
  readonly options: Map<string, string>;
  readonly positionals: (string | undefined)[];
  commandName: string | undefined;
  /** The option whose value comes next. */
  awaits: { readonly name: string; readonly option: CompletedOption } | null;
  plain: boolean;
}

/**
 * What is to be completed in a line.
 *
 * @param words - The words of the line, `belay` first.
 * @param at - Which of them is completed, counted from 0; of that one, what is typed up to the cursor.
 * @returns null if nothing can stand there.
 */
export function wantedAt(table: CompletionTable, words: readonly string[], at: number): Wanted | null {
  const reading: Reading = {
    options: new Map(),
    positionals: [],
    commandName: undefined,
    awaits: null,
    plain: false,
  };
  let found: Omit<Wanted, "line"> | null = null;
  for (const [i, word] of words.entries()) {
    if (i === 0) continue;
    if (i === at) {
      found = wantedHere(table, reading, word);
      const isValue = reading.awaits?.option.value === "one";
      reading.awaits = null;
      if (!isValue && (reading.plain || !word.startsWith("-"))) reading.positionals.push(undefined);
    } else {
      read(table, reading, word);
    }
  }
  return found && { ...found, line: reading };
}

function read(table: CompletionTable, reading: Reading, word: string): void {
  const { awaits } = reading;
  reading.awaits = null;
  if (awaits && (awaits.option.value === "one" || /^\d/.test(word))) {
    reading.options.set(awaits.name, word);
  } else if (!reading.plain && word === "--") {
    reading.plain = true;
  } else if (!reading.plain && word.startsWith("-")) {
    const [, name = "", value] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    reading.options.set(name, value ?? "");
    const option = optionOf(table, reading, name);
    if (option && option.value !== "none" && value === undefined) reading.awaits = { name, option };
  } else if (reading.commandName === undefined) {
    reading.commandName = word;
  } else {
    reading.positionals.push(word);
  }
}

function wantedHere(table: CompletionTable, reading: Reading, word: string): Omit<Wanted, "line"> | null {
  const { awaits, plain, commandName, positionals } = reading;
  const command = commandOf(table, commandName);
  const rest = { command, plain, head: "", typed: word };
  if (awaits?.option.value === "one") return { ...rest, kind: "value", source: awaits.option.source };
  if (!plain && word.startsWith("-")) {
    const [, head, name, typed] = /^(--([^=]*)=)(.*)$/s.exec(word) ?? [];
    if (head === undefined) return { ...rest, kind: "options", source: "nothing" };
    const option = optionOf(table, reading, name!);
    if (!option || option.value === "none") return null;
    return { ...rest, kind: "value", source: option.source, head, typed: typed! };
  }
  if (commandName === undefined) return { ...rest, kind: "commands", source: "nothing" };
  if (!command) return null;
  const declared = command.positionals;
  const source = declared[positionals.length] ?? (command.repeats ? declared.at(-1) : undefined);
  if (source !== undefined) return { ...rest, kind: "value", source };
  return word === "" && !plain ? { ...rest, kind: "options", source: "nothing" } : null;
}

/** The options that can be typed: those of the command, and those of all commands. */
export function optionsOf(
  table: CompletionTable,
  command: CompletedCommand | undefined,
): Readonly<Record<string, CompletedOption>> {
  return { ...command?.options, ...table.everywhere };
}

function optionOf(
  table: CompletionTable,
  { commandName }: Reading,
  name: string,
): CompletedOption | undefined {
  const options = optionsOf(table, commandOf(table, commandName));
  return Object.hasOwn(options, name) ? options[name] : undefined;
}

function commandOf(table: CompletionTable, name: string | undefined): CompletedCommand | undefined {
  return name !== undefined && Object.hasOwn(table.commands, name) ? table.commands[name] : undefined;
}
