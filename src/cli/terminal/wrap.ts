/** Widest line of texts that are wrapped, as most terminals have it. */
const LINE_WIDTH = 80;

/**
 * Wraps a text at its spaces. What stands in backquotes is typed or pasted, so it stays on one line, however long it is.
 *
 * @param indent - Before each line after the first.
 */
export function wrapped(text: string, indent: string): string[] {
  return wrap(text.match(/^ *(?:`[^`]*`|\S)+|(?:`[^`]*`|[^\s`])+/g) ?? [""], LINE_WIDTH, indent);
}

/**
 * Joins words into lines of at most so many characters; a longer word has a line of its own.
 *
 * @param indent - Before each line after the first.
 */
export function wrap(words: readonly string[], width: number, indent = ""): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    // A break after a lead such as `->` would gain nothing.
    if (last !== undefined && (last.length < indent.length || widthOf(last) + 1 + widthOf(word) <= width))
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : indent + word);
  }
  return lines;
}

/** How many characters a text has, of which some take two units of a string. */
function widthOf(text: string): number {
  return [...text].length;
}
