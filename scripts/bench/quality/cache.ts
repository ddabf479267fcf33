// Keeps the peer's studies in a file of JSON lines, because they take hours and do not change.

import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { Run } from "./play.ts";

/** Returns the study of a key, which is played and added to the file unless it is there. Without a file: played. */
export function openCache(file: string | null): (key: string, play: () => Promise<Run>) => Promise<Run> {
  const lines =
    file !== null && existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  const known = new Map(lines.map((line) => JSON.parse(line) as [string, Run]));
  return async (key, play) => {
    const found = known.get(key);
    if (found) return found;
    const run = await play();
    if (file !== null) appendFileSync(file, `${JSON.stringify([key, run])}\n`);
    return run;
  };
}
