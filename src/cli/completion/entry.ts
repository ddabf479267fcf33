import { readFileSync } from "node:fs";
import { print } from "../terminal/output.ts";
import { type Answer, answerFor } from "./answer.ts";
import { fromRaw } from "./raw-word.ts";
import type { CompletionTable } from "./source.ts";

/**
 * The program that the scripts of the shells start for each completion: `AT WORD...`, with the words as they are typed, of
 * which that at the place AT, counted from 0, is completed. It is apart from the command line, so that neither waits for
 * what the other loads.
 *
 * The first line of its answer is the kind of answer: `words`, `open`, or `files ENDING...`. A line for each word follows: the
 * word, a tab, what it means. It prints nothing where there is nothing to offer, and nothing about whatever goes wrong,
 * because a person who is still typing cannot do anything about it.
 */
async function complete([at, ...words]: readonly string[]): Promise<string[]> {
  const table = JSON.parse(readFileSync(new URL("table.json", import.meta.url), "utf8")) as CompletionTable;
  const answer = await answerFor(table, words.map(fromRaw), Number(at), async (source, wanted) =>
    // Loaded late, because most words are not in the database.
    (await import("./database-words.ts")).databaseWords(source, wanted),
  );
  return linesOf(answer);
}

function linesOf({ kind, words, endings }: Answer): string[] {
  if (kind === "files") return [["files", ...endings].join(" ")];
  return words.length === 0 ? [] : [kind, ...words.map((word) => word.join("\t"))];
}

process.stdout.on("error", () => {}); // the shell has gone
complete(process.argv.slice(2)).then(
  (lines) => print(lines),
  () => {},
);
