import type { LeakVerdict } from "../memory/leak.ts";
import { leakOf } from "../memory/memory.ts";
import type { Facts } from "./facts.ts";

/** How much room memory and disk leave. */
export interface MachinePart {
  /** The largest memory of the last trials, and the limit of each. */
  readonly peakBytes: number | null;
  readonly limitBytes: number | null;
  /** Memory that the machine had left when the scheduler looked last; null unless the study runs. */
  readonly availableBytes: number | null;
  /** Whether trials leave memory behind, by the last ones. */
  readonly leak: Pick<LeakVerdict, "verdict" | "bytesPerTrial" | "trialsToLimit" | "count">;
  /** Free space beside the database; null where it is unknown. */
  readonly freeBytes: number | null;
}

/** So many of the last trials tell how memory is. */
const NEWEST = 1_000;

export async function machinePart({ reader, study, state, freeBytes }: Facts): Promise<MachinePart> {
  const finals = await reader.finals(study.id, NEWEST);
  const peaks = finals.flatMap(({ peakBytes }) => (peakBytes === null ? [] : [peakBytes]));
  const { memoryBytes: limitBytes } = study.limits;
  const { verdict, bytesPerTrial, trialsToLimit, count } = leakOf(finals, limitBytes);
  const seen = state.owner ? await reader.metrics(study.id) : null;
  return {
    peakBytes: peaks.length > 0 ? peaks.reduce((most, bytes) => Math.max(most, bytes)) : null,
    limitBytes,
    availableBytes: seen?.memoryAvailable ?? null,
    leak: { verdict, bytesPerTrial, trialsToLimit, count },
    freeBytes,
  };
}
