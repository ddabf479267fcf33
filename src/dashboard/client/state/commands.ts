/** A `belay` command with these words, quoted where a shell would split or expand them. */
export function commandLine(...words: readonly string[]): string {
  return ["belay", ...words.map(quoted)].join(" ");
}

/** A `belay` command on the database of the page. @param db - As the server names it; `belay.db` needs no option. */
export function commandOn(db: string, ...words: readonly string[]): string {
  return commandLine(...words, ...(db === "belay.db" ? [] : ["--db", db]));
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
