/**
 * A trial as `query --json` prints it. Scripts rely on this contract, so it is written out here a second time on
 * purpose.
 */
export interface QueriedTrial {
  readonly number: number;
  readonly state: string;
  readonly reason: string | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
  readonly value: number | null;
  readonly values: readonly number[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly proposer: string | null;
  readonly why: string | null;
  readonly attempts: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
  readonly splits: readonly {
    split: number;
    value: number;
    values: readonly number[];
    durationMs: number;
    rssBytes: number | null;
  }[];
  readonly memory: {
    baselineBytes: number | null;
    peakBytes: number | null;
    finalBytes: number | null;
    tensors: number | null;
    source: string;
  } | null;
  readonly error: { name: string; message: string; stack: string | null } | null;
}
