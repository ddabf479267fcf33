/**
 * Makes text from outside harmless for a terminal: characters that could move the cursor, change colours, set the title
 * or reverse the direction of writing become escapes such as `\u001b`. Tabs and line feeds stay. JSON text keeps its
 * meaning, because a character and its escape are the same in JSON.
 */
export function printable(text: string): string {
  return text.replace(HARMFUL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Control characters other than tab and line feed, and the marks that change the direction of writing. */
const HARMFUL = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Like `printable`, on one line: each run of white space becomes one space. */
export function printableLine(text: string): string {
  return printable(text.replace(/\s+/g, " "));
}
