import { optionsOf, type Wanted, wantedAt } from "./line.ts";
import type { CompletionTable, Source } from "./source.ts";

/** What can stand in the place of a word. */
export interface Answer {
  /**
   * `words`: one of the words ends the argument; `open`: more of it may follow, so that no space is added; `files`: the shell
   * completes names of files, with one of these endings if there are any.
   */
  readonly kind: "words" | "open" | "files";
  readonly words: readonly Candidate[];
  readonly endings: readonly string[];
}

/** A word as a whole, with what it means; the meaning may be empty. */
export type Candidate = readonly [word: string, describe: string];

/** Reads the words of a source that is in the database. */
export type ReadWords = (source: Source, wanted: Wanted) => Promise<readonly string[]>;

const NOTHING: Answer = { kind: "words", words: [], endings: [] };

/**
 * What can stand in the place of a word of a line.
 *
 * @param words - The words of the line, `belay` first.
 * @param at - Which of them is completed, counted from 0.
 */
export async function answerFor(
  table: CompletionTable,
  words: readonly string[],
  at: number,
  readWords: ReadWords,
): Promise<Answer> {
  const wanted = wantedAt(table, words, at);
  if (!wanted) return NOTHING;
  if (wanted.kind === "commands") return described(wanted, commandsOf(table));
  if (wanted.kind === "options") return described(wanted, remainingOptions(table, wanted));
  const { source, command, head, typed, line } = wanted;
  if (source === "nothing") return NOTHING;
  if (source === "file") return { ...NOTHING, kind: "files" };
  if (source === "study-file") return { ...NOTHING, kind: "files", endings: table.studyFiles };
  const isList = isSeveral(source);
  const several = isList ? typed.slice(0, typed.lastIndexOf(",") + 1) : "";
  const others = isList ? several.split(",") : command?.repeats ? line.positionals : [];
  const last = typed.slice(several.length);
  const found = (await wordsOf(source, wanted, readWords))
    .filter((word) => word.startsWith(last) && !others.some((other) => isSame(word, other)))
    .map((word): Candidate => [head + several + word, ""]);
  const isOpen = isList || (found.length > 0 && found.every(([word]) => word.endsWith("=")));
  return { ...NOTHING, kind: isOpen ? "open" : "words", words: found };
}

function described({ typed }: Wanted, all: readonly Candidate[]): Answer {
  return { ...NOTHING, words: all.filter(([word]) => word.startsWith(typed)) };
}

function commandsOf({ commands }: CompletionTable): Candidate[] {
  return Object.entries(commands).map(([name, { describe }]) => [name, describe]);
}

/** The options that may still be typed. */
function remainingOptions(table: CompletionTable, { command, line }: Wanted): Candidate[] {
  return Object.entries(optionsOf(table, command))
    .filter(([name, { repeats }]) => repeats || !line.options.has(name))
    .map(([name, { describe }]) => [`--${name}`, describe]);
}

/** Whether a source completes several words with commas. */
function isSeveral(source: Source): boolean {
  return source === "columns" || source === "sort" || (typeof source === "object" && "list" in source);
}

async function wordsOf(source: Source, wanted: Wanted, readWords: ReadWords): Promise<readonly string[]> {
  if (typeof source === "string") return readWords(source, wanted);
  return "list" in source ? source.list : source;
}

/** Whether a word is typed already: the same word, the same key with a value, or the same column in another direction. */
function isSame(word: string, other: string | undefined): boolean {
  if (other === undefined) return false;
  return word.endsWith("=") ? other.startsWith(word) : word.split(":")[0] === other.split(":")[0];
}
