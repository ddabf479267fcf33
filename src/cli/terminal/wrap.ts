/** Widest line of texts that are wrapped, as most terminals have it. */
const LINE_WIDTH = 80;

/**
 * Wraps a text at its spaces. What stands in backquotes is typed or pasted, so it stays on one line, however long it is.
 *
 * @param indent - Before each line after the first.
 */
export function wrapped(text: string, indent: string): string[] {
  const [first = "", ...words] = text.match(/^ *(?:`[^`]*`|\S)+|(?:`[^`]*`|[^\s`])+/g) ?? [];
  const lines = [first];
  for (const word of words) {
    const last = lines.at(-1)!;
    // A break after a lead such as `->` would gain nothing.
    if (last.length < indent.length || [...last].length + 1 + [...word].length <= LINE_WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(indent + word);
  }
  return lines;
}

/** Joins words into lines of at most so many characters; a longer word has a line of its own. */
export function wrap(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
