/** After which age what is thinned, in milliseconds. */
export interface RetentionAges {
  /** Readings of memory at the start and after the splits of trials that are over, but for the largest of an attempt. */
  readonly memoryMs: number;
  /** Events that only repeat what a trial's own row says: trials that ended in a good way. */
  readonly eventsMs: number;
  /** Rows of `metrics`: one a minute stays. */
  readonly metricsMs: number;
}

const DAY_MS = 86_400_000;

/** What the hourly pass of a running study keeps whole. */
export const DEFAULT_AGES: RetentionAges = { memoryMs: 7 * DAY_MS, eventsMs: 7 * DAY_MS, metricsMs: DAY_MS };
