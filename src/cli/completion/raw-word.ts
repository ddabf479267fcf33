import { homedir } from "node:os";

/** An escaped character, a text in quotes, or a plain character of a typed word. */
const PIECE = /\\(.)|'([^']*)'?|"((?:\\.|[^"\\])*)"?|([^\\'"])/gs;

/** A typed word without its quotes and backslashes. Nothing in it is expanded but `~/`: completing a word runs nothing. */
export function fromRaw(word: string): string {
  const text = word.replace(PIECE, (_, escaped, single, double, plain) => {
    return escaped ?? single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? plain;
  });
  return word.startsWith("~/") ? homedir() + text.slice(1) : text;
}
