import type { Clock } from "../core/clock.ts";
import { BelayError } from "../core/error.ts";
import { rng } from "../core/rng.ts";

/** A task to run at fixed intervals. */
export interface PeriodicTask {
  readonly name: string;
  readonly intervalMs: number;
  /** A tick that is later than this is skipped and counted as a misfire. @default intervalMs */
  readonly graceMs?: number;
  /** Ticks are skipped while its promise is pending. Its errors go to `onError`. */
  readonly run: () => unknown;
}

/** How punctual a task has been. */
export interface TickMetrics {
  readonly name: string;
  readonly ticks: number;
  /** Ticks that were skipped because they were later than the grace. */
  readonly misfires: number;
  /** Ticks that were merged into a later one, because the process was busy or the machine suspended. */
  readonly coalesced: number;
  /** Ticks that were skipped because the task was still running. */
  readonly overlaps: number;
  /** How late the last tick was. */
  readonly lagMs: number;
  /** How late the latest of all ticks was. */
  readonly maxLagMs: number;
}

export interface TickerOptions {
  readonly clock: Pick<Clock, "elapsed" | "after">;
  /** Chooses the phases of tasks, so that equal intervals do not tick together, nor those of two coordinators. */
  readonly seed: number;
  /** Shorter intervals are refused. @default 20 */
  readonly minIntervalMs?: number;
  readonly onError: (error: unknown, task: string) => void;
}

interface Entry {
  readonly task: PeriodicTask;
  readonly graceMs: number;
  nextAt: number;
  running: boolean;
  ticks: number;
  misfires: number;
  coalesced: number;
  overlaps: number;
  lagMs: number;
  maxLagMs: number;
}

const MIN_INTERVAL_MS = 20;

/**
 * Runs all periodic tasks of a process on one timer. The ticks of a task lie on a fixed grid: a random phase that is
 * chosen once, then every interval. So intervals do not drift, and ticks do not bunch or queue. Of several missed ticks
 * only the latest runs, and only within the task's grace.
 */
export function ticker({ clock, seed, minIntervalMs = MIN_INTERVAL_MS, onError }: TickerOptions) {
  const entries = new Map<string, Entry>();
  let cancel: (() => void) | null = null;
  let armedFor = Number.POSITIVE_INFINITY;
  let stopped = false;

  function arm(now: number): void {
    let next = Number.POSITIVE_INFINITY;
    for (const { nextAt } of entries.values()) if (nextAt < next) next = nextAt;
    if (next === armedFor && cancel) return;
    cancel?.();
    armedFor = next;
    cancel = stopped || next === Number.POSITIVE_INFINITY ? null : clock.after(Math.max(0, next - now), wake);
  }

  function wake(): void {
    cancel = null;
    const now = clock.elapsed();
    for (const entry of entries.values()) if (entry.nextAt <= now) tick(entry, now);
    if (!stopped) arm(clock.elapsed());
  }

  function tick(entry: Entry, now: number): void {
    const { intervalMs } = entry.task;
    const lateMs = now - entry.nextAt;
    const missed = Math.floor(lateMs / intervalMs);
    entry.nextAt += (missed + 1) * intervalMs;
    entry.coalesced += missed;
    entry.lagMs = lateMs;
    if (lateMs > entry.maxLagMs) entry.maxLagMs = lateMs;
    if (lateMs - missed * intervalMs > entry.graceMs) entry.misfires++;
    else if (entry.running) entry.overlaps++;
    else run(entry);
  }

  function run(entry: Entry): void {
    entry.ticks++;
    const { name } = entry.task;
    try {
      const done = entry.task.run();
      if (!(done instanceof Promise)) return;
      entry.running = true;
      void done
        .catch((error: unknown) => onError(error, name))
        .finally(() => {
          entry.running = false;
        });
    } catch (error) {
      onError(error, name);
    }
  }

  return {
    /**
     * Adds a task, or replaces the one of the same name, whose phase it keeps. The first tick comes within one
     * interval.
     *
     * @returns a function that removes the task.
     * @throws BelayError `internal`: an interval below the minimum.
     */
    register(task: PeriodicTask): () => void {
      if (!(task.intervalMs >= minIntervalMs)) {
        const expected = `expected an interval of at least ${minIntervalMs} ms`;
        throw new BelayError("internal", `ticker: ${task.name}: ${expected}, got ${task.intervalMs}`);
      }
      const phase = rng(seed, -1, `tick ${task.name}`).next();
      const now = clock.elapsed();
      const entry: Entry = {
        task,
        graceMs: task.graceMs ?? task.intervalMs,
        nextAt: now + phase * task.intervalMs,
        running: false,
        ticks: 0,
        misfires: 0,
        coalesced: 0,
        overlaps: 0,
        lagMs: 0,
        maxLagMs: 0,
      };
      entries.set(task.name, entry);
      arm(now);
      return () => {
        if (entries.get(task.name) !== entry) return;
        entries.delete(task.name);
        arm(clock.elapsed());
      };
    },
    /** Stops all ticks; a running task is not interrupted. */
    stop(): void {
      stopped = true;
      cancel?.();
      cancel = null;
    },
    metrics: (): TickMetrics[] =>
      [...entries.values()].map(({ task, ticks, misfires, coalesced, overlaps, lagMs, maxLagMs }) => ({
        name: task.name,
        ticks,
        misfires,
        coalesced,
        overlaps,
        lagMs,
        maxLagMs,
      })),
  };
}

export type Ticker = ReturnType<typeof ticker>;
