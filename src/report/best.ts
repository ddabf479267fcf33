import { sign } from "../core/search/direction.ts";
import { nonDominated } from "../core/search/pareto.ts";
import { type Unparked, unparkedOf } from "../core/search/unparked.ts";
import type { Params } from "../core/space/space.ts";
import type { Filter, Selection } from "../store/filter.ts";
import type { Reader } from "../store/reader.ts";
import type { ResultRecord, StudyRow, TrialRecord } from "../store/records.ts";
import { requireStudy } from "./study.ts";

/** A best trial, as `best --json` prints it. */
export interface BestTrialJson {
  readonly number: number;
  readonly value: number;
  readonly values: readonly number[];
  readonly params: Params;
  /** It was taken up again after its race had stopped it; absent: it never was stopped. */
  readonly unparked?: Unparked;
}

/**
 * The best of a study. With one direction it is `best`; with several it is `front`, the Pareto front: the trials that
 * no other trial dominates.
 */
export interface Best {
  readonly best: BestTrialJson | null;
  /** Only with several directions, sorted by the first objective from best to worst. */
  readonly front?: readonly BestTrialJson[];
}

/**
 * Finds the best of the complete trials that meet their constraints. If several are equal it is the first.
 *
 * @throws BelayError `usage`: an unknown study.
 */
export function bestTrials(reader: Reader, name: string): Promise<Best> {
  return reader.snapshot(async (now) => bestOf(now, await requireStudy(now, name)));
}

/** Does what `bestTrials` does, for a study that has been read already. */
export async function bestOf(reader: Reader, study: StudyRow): Promise<Best> {
  if (study.directions.length > 1)
    return { best: null, front: await reader.snapshot((now) => paretoFront(now, study)) };
  const descending = study.directions[0] === "maximize";
  const order = [{ field: { name: "value" }, descending }] as const;
  const [best] = await readBest(reader, study, { filter: BEST, order, limit: 1 });
  return { best: best ?? null };
}

/** Selects complete trials that meet their constraints; other trials have no violation. */
const BEST: Filter = { kind: "in", field: { name: "violation" }, values: [0] };

/** How many trials of a front are read at a time. */
const PAGE = 500;

async function paretoFront(reader: Reader, study: StudyRow): Promise<BestTrialJson[]> {
  const signs = study.directions.map(sign);
  const results: ResultRecord[] = [];
  for await (const page of reader.results(study.id)) results.push(...page);
  const front = nonDominated(results.map(({ values }) => values.map((value, k) => value * signs[k]!)));
  const trials = new Map<number, BestTrialJson>();
  for (let start = 0; start < front.length; start += PAGE) {
    const values = front.slice(start, start + PAGE).map((place) => results[place]!.number);
    const filter = { kind: "in", field: { name: "number" }, values } as const;
    for (const trial of await readBest(reader, study, { filter })) trials.set(trial.number, trial);
  }
  return front.map((place) => trials.get(results[place]!.number)!);
}

async function readBest(reader: Reader, study: StudyRow, selection: Selection): Promise<BestTrialJson[]> {
  const best: BestTrialJson[] = [];
  for await (const page of reader.trials(study, selection)) best.push(...page.map(toBest));
  return best;
}

function toBest({ number, value, values, params, detail }: TrialRecord): BestTrialJson {
  const unparked = unparkedOf(detail);
  return { number, value: value!, values, params, ...(unparked && { unparked }) };
}
