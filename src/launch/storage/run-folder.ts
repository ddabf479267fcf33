import { readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "../../machine/process.ts";
import { temporaryFolder } from "../../machine/temporary.ts";

const NAME = /^belay-(\d+)-/;

/** Makes a temporary folder of this process, for the study's bundle and the beacons of hosts. */
export function runFolder(): { readonly path: string; remove(): void } {
  const path = temporaryFolder(`belay-${process.pid}-`);
  removeStale();
  // A host that is still ending may create a file in it at that moment, so removing is tried again.
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  process.once("exit", remove);
  return { path, remove };
}

/** Removes folders that killed processes have left behind; those of another user stay. */
function removeStale(): void {
  const stale = attempt(() => readdirSync(tmpdir()), []).filter((name) => {
    const pid = Number(NAME.exec(name)?.[1] ?? 0);
    return pid > 0 && !isAlive(pid);
  });
  for (const name of stale)
    attempt(() => rmSync(join(tmpdir(), name), { recursive: true, force: true }), undefined);
}

function attempt<T>(act: () => T, otherwise: T): T {
  try {
    return act();
  } catch {
    return otherwise;
  }
}
