/**
 * Text of others made harmless for a terminal: what could move the cursor, change colours, set the title or turn the
 * direction of writing is shown as `\u001b`. Tabs and ends of lines stay. JSON text keeps its meaning: a character and
 * its escape are the same there.
 */
export function printable(text: string): string {
  return text.replace(HARMFUL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Controls but tab and line feed, and the marks that turn the direction of writing. */
const HARMFUL = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** As `printable`, on one line: ends of lines and other white space become a space. */
export function printableLine(text: string): string {
  return printable(text.replace(/\s+/g, " "));
}
