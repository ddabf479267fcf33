import type { Clock } from "../core/clock.ts";
import type { OwnedStudy } from "../store/owned-study.ts";
import { isPassing, isRefused } from "../store/store-error.ts";
import type { RunControl } from "./control.ts";
import type { Listener } from "./events.ts";

/** How long after a failed write it is tried again. */
const RETRY_MS = 1_000;

/**
 * Makes a study repeat writes that fail for now. While the disk is full or read-only, or another program locks the file, a
 * write is tried again every second, and its caller waits; trials wait too, because none goes on before its results are
 * recorded. Two events are told: the first write that fails, and the moment from which no write fails any more. Once the
 * run is to stop, a write that fails rejects instead.
 *
 * A periodic write that fails is skipped, because the next one comes by itself.
 */
export function retryingStudy(
  study: OwnedStudy,
  clock: Clock,
  control: Pick<RunControl, "stopping" | "changed">,
  listen: Listener,
): OwnedStudy {
  let troubled = 0;

  async function retry<T>(write: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        const result = await write();
        if (tries > 0 && --troubled === 0) listen({ kind: "store-mended" });
        return result;
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (control.stopping) throw error;
        if (tries === 0 && ++troubled === 1)
          listen({ kind: "store-waits", message: (error as Error).message });
        await pause();
      }
    }
  }

  /** Waits for the next try, or until the run is to stop. */
  async function pause(): Promise<void> {
    let cancel = (): void => {};
    const elapsed = new Promise<void>((resolve) => {
      cancel = clock.after(RETRY_MS, resolve);
    });
    await Promise.race([elapsed, control.changed]);
    cancel();
  }

  const { id, epoch, row, reads, periodic, ...writes } = study;
  return { id, epoch, row, reads, periodic: each(periodic, skip), ...each(writes, retry) };
}

/** Runs a periodic write, and ignores that it failed for now or was refused. */
async function skip(write: () => Promise<unknown>): Promise<unknown> {
  try {
    return await write();
  } catch (error) {
    if (!isPassing(error) && !isRefused(error)) throw error;
    return 0;
  }
}

type Write = (...args: readonly unknown[]) => Promise<unknown>;

/** The same methods, each of which passes its write to `run`. */
function each<Writes extends object>(
  writes: Writes,
  run: (write: () => Promise<unknown>) => Promise<unknown>,
): Writes {
  const all = Object.entries(writes) as readonly [string, Write][];
  return Object.fromEntries(
    all.map(([name, write]) => [name, (...args: readonly unknown[]) => run(() => write(...args))]),
  ) as Writes;
}
