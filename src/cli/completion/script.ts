import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The shells in which words can be completed. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * The script that a shell reads to complete the words of `belay`. It names this very Node and this Belay by their paths, so
 * that it works whatever `belay` is there (an alias, a function), and starts no other program that has the name by chance.
 */
export function completionScript(shell: Shell): string {
  const text = readFileSync(new URL(`scripts/belay.${shell}`, import.meta.url), "utf8");
  const program = [process.execPath, fileURLToPath(new URL("entry.js", import.meta.url))];
  return text.replace("{{program}}", () => program.map((path) => quoted(shell, path)).join(" "));
}

function quoted(shell: Shell, path: string): string {
  const escaped = shell === "fish" ? path.replaceAll("\\", "\\\\") : path;
  return `'${escaped.replaceAll("'", "'\\''")}'`;
}
