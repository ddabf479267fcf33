/** The ages, in milliseconds, after which details are deleted from a study. */
export interface RetentionAges {
  /** For memory readings before the end of finished trials; the largest of each attempt is kept. */
  readonly memoryMs: number;
  /** For events that only repeat what a trial's row says, such as the end of a complete trial. */
  readonly eventsMs: number;
  /** For rows of `metrics`: one a minute is kept, and after ten times this age one in ten minutes. */
  readonly metricsMs: number;
  /** For the memory of slots over time. */
  readonly slotMemoryMs: number;
}

const DAY_MS = 86_400_000;

/** The ages that the hourly pass of a running study uses. */
export const DEFAULT_AGES: RetentionAges = {
  memoryMs: 7 * DAY_MS,
  eventsMs: 7 * DAY_MS,
  metricsMs: DAY_MS,
  slotMemoryMs: 3 * DAY_MS,
};
