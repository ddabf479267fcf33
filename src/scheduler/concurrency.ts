/** The shares, 0 to 1, at which a load becomes high, medium and low. */
export interface Levels {
  readonly high: number;
  readonly medium: number;
  readonly low: number;
}

export interface Thresholds {
  /** Levels of the processor time that other programs use. */
  readonly cpu: Levels;
  /** Levels of the memory that all programs use together. */
  readonly memory: Levels;
}

export const THRESHOLDS: Thresholds = {
  cpu: { high: 0.8, medium: 0.6, low: 0.3 },
  memory: { high: 0.85, medium: 0.7, low: 0.5 },
};

/** How busy the machine is, as shares from 0 to 1. */
export interface Load {
  readonly cpuOthers: number;
  readonly memoryUsed: number;
}

export interface ConcurrencyOptions {
  /** How many trials may run at the same time at most. */
  readonly ceiling: number;
  readonly thresholds?: Thresholds;
  /** Whether admission by expected peaks is on; then memory in use limits the number only above its high threshold. */
  readonly admission: boolean;
  /** The least time between two changes, in which the machine settles. @default 10_000 */
  readonly settleMs?: number;
  /** The time without a memory kill after which one step of a reduction is taken back. @default 60_000 */
  readonly quietMs?: number;
}

/** A load must fall this far below a threshold before its level sinks. */
const HYSTERESIS = 0.05;
/** The weight of the past in the smoothed load, at one reading a second. */
const SMOOTHING = 0.7;

/** The share of the ceiling that may run, by the level (0 to 3) of other programs' processor time. */
const CPU_SHARE = [1, 0.75, 0.5, 0.25] as const;

/** The level of a load, from 0 (below low) to 3 (above high). Within the hysteresis the level before decides. */
export function levelOf(value: number, { high, medium, low }: Levels, before: number): number {
  let level = 0;
  for (const [i, threshold] of [low, medium, high].entries()) {
    if (value >= threshold - (before > i ? HYSTERESIS : 0)) level = i + 1;
  }
  return level;
}

/**
 * Decides how many trials may run at the same time, by what other programs leave of the machine. Memory kills reduce
 * the number, and time without one raises it again. It is a pure state machine that gets the load about once a second.
 */
export function concurrency(options: ConcurrencyOptions) {
  const { thresholds = THRESHOLDS, admission, settleMs = 10_000, quietMs = 60_000 } = options;
  let { ceiling } = options;
  let target = ceiling;
  let degraded = ceiling;
  let cpuLevel = 0;
  let memoryLevel = 0;
  let smoothed: Load | null = null;
  let changedAt = Number.NEGATIVE_INFINITY;
  let quietSince = Number.NEGATIVE_INFINITY;

  function wanted(): number {
    const byCpu = Math.max(1, Math.floor(ceiling * CPU_SHARE[cpuLevel]!));
    const most = Math.min(byCpu, degraded);
    if (admission) return memoryLevel === 3 ? Math.min(target, most) : most;
    if (memoryLevel === 3) return Math.min(most, Math.max(1, Math.floor(target / 2)));
    if (memoryLevel === 2) return Math.min(most, Math.max(1, target - 1));
    if (memoryLevel === 1) return Math.min(most, target);
    return Math.min(most, target + Math.max(1, Math.floor(target / 2)));
  }

  function recover(now: number): void {
    if (degraded >= ceiling || now - quietSince < quietMs) return;
    degraded = Math.min(ceiling, degraded + Math.max(1, Math.floor(degraded / 4)));
    quietSince = now;
  }

  return {
    get target() {
      return Math.min(target, ceiling);
    },
    get degraded() {
      return degraded < ceiling;
    },
    /** What keeps the number below its ceiling; null: nothing does, or it is on its way up again. */
    get limitedBy(): "processor" | "memory-load" | "memory-kills" | null {
      if (target >= ceiling) return null;
      if (degraded < ceiling && target >= degraded) return "memory-kills";
      return cpuLevel > 0 ? "processor" : memoryLevel > 0 ? "memory-load" : null;
    },
    /** Sets another ceiling and forgets reductions by memory kills. */
    set ceiling(next: number) {
      ceiling = next;
      degraded = next;
      target = next;
      changedAt = Number.NEGATIVE_INFINITY;
    },
    /** Takes a reading of the load. @returns whether the number has changed. */
    step(load: Load, now: number): boolean {
      const mix = (last: number, next: number): number => last * SMOOTHING + next * (1 - SMOOTHING);
      smoothed = smoothed
        ? {
            cpuOthers: mix(smoothed.cpuOthers, load.cpuOthers),
            memoryUsed: mix(smoothed.memoryUsed, load.memoryUsed),
          }
        : load;
      cpuLevel = levelOf(smoothed.cpuOthers, thresholds.cpu, cpuLevel);
      memoryLevel = levelOf(smoothed.memoryUsed, thresholds.memory, memoryLevel);
      recover(now);
      if (now - changedAt < settleMs) return false;
      const next = wanted();
      if (next === target) return false;
      target = next;
      changedAt = now;
      return true;
    },
    /** Records that a trial was killed for memory while `running` trials ran; from now on a quarter fewer may run. */
    killed(running: number, now: number): void {
      degraded = Math.max(1, Math.min(degraded, Math.floor(running * 0.75)));
      target = Math.min(target, degraded);
      quietSince = now;
      changedAt = now;
    },
  };
}
