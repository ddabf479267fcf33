/** The limits under which every trial of a study runs. null = none. */
export interface Limits {
  /** Import, `data` and `splits` of one host. */
  readonly setupTimeoutMs: number;
  readonly splitTimeoutMs: number | null;
  /** All splits and `aggregate` of one trial, without waiting for verdicts. */
  readonly trialTimeoutMs: number | null;
  /** RSS of the host and its children, data included. */
  readonly memoryBytes: number | null;
  /** Below this much available memory on the machine the largest trial is pruned. */
  readonly reserveBytes: number;
  /** How long an aborted trial that answers may clean up before it is killed. */
  readonly graceMs: number;
}
