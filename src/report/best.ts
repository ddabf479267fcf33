import { sign } from "../core/search/direction.ts";
import { nonDominated } from "../core/search/pareto.ts";
import type { Params } from "../core/space/space.ts";
import type { Filter, Selection } from "../store/filter.ts";
import type { Reader } from "../store/reader.ts";
import type { ResultRecord, StudyRow, TrialRecord } from "../store/records.ts";
import { requireStudy } from "./study.ts";

/** A best trial, with params ready to paste. */
export interface BestTrialJson {
  readonly number: number;
  readonly value: number;
  readonly values: readonly number[];
  readonly params: Params;
}

/** With one direction `best`, with several `front`: the trials that no other one beats in every objective. */
export interface Best {
  readonly best: BestTrialJson | null;
  /** Only with several directions; sorted by the first objective, the best first. */
  readonly front?: readonly BestTrialJson[];
}

/**
 * The best of the complete trials that meet their constraints; of equal ones the first.
 *
 * @throws BelayError `usage`: an unknown study.
 */
export function bestTrials(reader: Reader, name: string): Promise<Best> {
  return reader.snapshot(async (now) => bestOf(now, await requireStudy(now, name)));
}

/** As `bestTrials`, of a study that was read before. */
export async function bestOf(reader: Reader, study: StudyRow): Promise<Best> {
  if (study.directions.length > 1)
    return { best: null, front: await reader.snapshot((now) => paretoFront(now, study)) };
  const descending = study.directions[0] === "maximize";
  const order = [{ field: { name: "value" }, descending }] as const;
  const [best] = await readBest(reader, study, { filter: BEST, order, limit: 1 });
  return { best: best ?? null };
}

/** Only complete trials have a violation. */
const BEST: Filter = { kind: "in", field: { name: "violation" }, values: [0] };

/** So many trials of a front are read at a time. */
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

function toBest({ number, value, values, params }: TrialRecord): BestTrialJson {
  return { number, value: value!, values, params };
}
