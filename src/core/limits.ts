/** The limits of every trial of a study; null: no limit. */
export interface Limits {
  /** Time for import, `data` and `splits` of one host. */
  readonly setupTimeoutMs: number;
  /** Time in `train` for one split. */
  readonly splitTimeoutMs: number | null;
  /** Time for all splits and `aggregate` of one trial, without the waits for verdicts. */
  readonly trialTimeoutMs: number | null;
  /** Resident memory (RSS) of the host and its children, data included. */
  readonly memoryBytes: number | null;
  /** When the machine has less than this available, the largest trial is pruned. */
  readonly reserveBytes: number;
  /** How long an aborted trial may clean up before it is killed, if it responds at all. */
  readonly graceMs: number;
}

/** The limits that a study file sets; those that it leaves out are absent. */
export interface StudyLimits {
  readonly splitTimeoutMs?: number;
  readonly trialTimeoutMs?: number;
  readonly setupTimeoutMs?: number;
  readonly memoryBytes?: number;
}
