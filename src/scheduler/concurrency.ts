/** Shares between 0 and 1 at which a load counts as high, medium and low. */
export interface Levels {
  readonly high: number;
  readonly medium: number;
  readonly low: number;
}

export interface Thresholds {
  /** Of processor time that other programs take. */
  readonly cpu: Levels;
  /** Of memory in use, by whomever. */
  readonly memory: Levels;
}

export const THRESHOLDS: Thresholds = {
  cpu: { high: 0.8, medium: 0.6, low: 0.3 },
  memory: { high: 0.85, medium: 0.7, low: 0.5 },
};

/** How busy the machine is. */
export interface Load {
  readonly cpuOthers: number;
  readonly memoryUsed: number;
}

export interface ConcurrencyOptions {
  /** The most that may run at a time. */
  readonly ceiling: number;
  readonly thresholds?: Thresholds;
  /** Whether predicted peaks decide what fits; then memory in use only holds back above its high threshold. */
  readonly admission: boolean;
  /** Between two changes the machine may come to rest. @default 10_000 */
  readonly settleMs?: number;
  /** After this long without a memory kill one step of what was taken is given back. @default 60_000 */
  readonly quietMs?: number;
}

/** A load must fall this far below a threshold before it counts as below it. */
const HYSTERESIS = 0.05;
/** Weight of the past in the smoothed load, at one reading a second. */
const SMOOTHING = 0.7;

/** Of the ceiling, by the level of the others' load: below low, low to medium, medium to high, above high. */
const CPU_SHARE = [1, 0.75, 0.5, 0.25] as const;

/** 0 below low ... 3 above high; the level before decides inside the hysteresis. */
export function levelOf(value: number, { high, medium, low }: Levels, before: number): number {
  let level = 0;
  for (const [i, threshold] of [low, medium, high].entries()) {
    if (value >= threshold - (before > i ? HYSTERESIS : 0)) level = i + 1;
  }
  return level;
}

/**
 * How many trials may run at a time, by what other programs leave of the machine; fewer after memory kills, and more
 * again when it has been quiet. A pure state machine that is told the load about once a second.
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
    /** The levels of the others' processor time and of memory: 0 (low) to 3 (high). */
    get levels() {
      return { cpu: cpuLevel, memory: memoryLevel };
    },
    /** Another ceiling: what was taken by memory kills is forgotten. */
    set ceiling(next: number) {
      ceiling = next;
      degraded = next;
      target = next;
      changedAt = Number.NEGATIVE_INFINITY;
    },
    /** A reading of the load. @returns whether the number has changed. */
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
    /** A trial was killed for memory while `running` ran: a quarter fewer from now on. */
    killed(running: number, now: number): void {
      degraded = Math.max(1, Math.min(degraded, Math.floor(running * 0.75)));
      target = Math.min(target, degraded);
      quietSince = now;
      changedAt = now;
    },
  };
}
