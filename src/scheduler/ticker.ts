import type { Clock } from "../core/clock.ts";
import { BelayError } from "../core/error.ts";
import { rng } from "../core/rng.ts";

/** Something that is to happen at fixed intervals. */
export interface PeriodicTask {
  readonly name: string;
  readonly intervalMs: number;
  /** A tick that comes later than this after its time is left out and counted. @default intervalMs */
  readonly graceMs?: number;
  /** Ticks that come while its promise is pending are left out. What it throws goes to `onError`. */
  readonly run: () => unknown;
}

/** How a task has kept its time. */
export interface TickMetrics {
  readonly name: string;
  readonly ticks: number;
  /** Ticks left out because they came beyond the grace. */
  readonly misfires: number;
  /** Ticks that were folded into a later one, because the clock had moved on (a busy process, a suspended machine). */
  readonly coalesced: number;
  /** Ticks left out because the task still ran. */
  readonly overlaps: number;
  /** How late the last tick was, and the latest one ever. */
  readonly lagMs: number;
  readonly maxLagMs: number;
}

export interface TickerOptions {
  readonly clock: Pick<Clock, "elapsed" | "after">;
  /** Chooses the phases: tasks of one interval do not all fire at once, nor those of two coordinators. */
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
 * All periodic work of a process, on one timer. Every task has its times on a fixed grid: a random phase chosen once,
 * and then every interval; so intervals neither drift nor bunch, and nothing is ever queued. After a start, a resume or
 * a suspend only the latest missed tick counts, and that only within the task's grace.
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
     * Adds a task; one of the same name is replaced, and keeps its phase. The first tick comes within one interval.
     *
     * @returns a function that takes it out.
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
    /** Ends all ticks; what runs goes on to its end. */
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
