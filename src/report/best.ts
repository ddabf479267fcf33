import { type Unparked, unparkedOf } from "../core/search/unparked.ts";
import type { Params } from "../core/space/space.ts";
import type { Filter, Selection } from "../store/filter.ts";
import type { Reader } from "../store/reader.ts";
import type { StudyRow, TrialRecord } from "../store/records.ts";
import { checkReference, type HypervolumeJson, readFront } from "./front.ts";
import type { Expected } from "./model-best.ts";
import { requireStudy } from "./study.ts";
import { VALID } from "./valid.ts";

/** A best trial, as `best --json` prints it. */
export interface BestTrialJson {
  readonly number: number;
  readonly value: number;
  readonly values: readonly number[];
  readonly params: Params;
  /** It was taken up again after its race had stopped it; absent: it never was stopped. */
  readonly unparked?: Unparked;
}

/** The model's best trial, as `best --json` prints it. */
export interface ModelBestJson extends BestTrialJson {
  /** What the model expects of the trial's params. */
  readonly expected: Expected;
  /** What it expects of the params of the trial with the best value. */
  readonly ofBest: Expected;
}

/**
 * The best of a study. With one direction it is `best`; with several it is `front`, the Pareto front: the trials that
 * no other trial dominates.
 */
export interface Best {
  readonly best: BestTrialJson | null;
  /** Only in a study with noise, if the model expects more of another trial than of the one with the best value. */
  readonly modelBest?: ModelBestJson;
  /** Only with several directions, sorted by the first objective from best to worst. */
  readonly front?: readonly BestTrialJson[];
  /** Only with several directions: how much the front dominates. */
  readonly hypervolume?: HypervolumeJson;
}

/**
 * Finds the best of the complete trials that meet their constraints and are not invalid. If several are equal it is the first. In a study with
 * noise it also finds the trial of which a model expects most, if that is another one.
 *
 * @param reference - With several directions, the point up to which the hypervolume is measured.
 * @throws BelayError `usage`: an unknown study, or a reference that does not fit its directions.
 */
export function bestTrials(reader: Reader, name: string, reference?: readonly number[]): Promise<Best> {
  return reader.snapshot(async (now) => {
    const study = await requireStudy(now, name);
    if (reference) checkReference(study, reference);
    const found = await bestOf(now, study, reference);
    // The model is loaded only for a study that may have noise, because `list` and `query` load this file too.
    const model =
      found.best && mayHaveNoise(study)
        ? await (await import("./model-best.ts")).modelBest(now, study, found.best.number)
        : null;
    if (!model) return found;
    const { number, ...expectations } = model;
    const filter = { kind: "in", field: { name: "number" }, values: [number] } as const;
    const [trial] = await readBest(now, study, { filter });
    return { ...found, modelBest: { ...trial!, ...expectations } };
  });
}

/** Whether values can be luck: the study says so, or has several splits, which may differ. */
function mayHaveNoise({ noise, splitCount }: StudyRow): boolean {
  return noise || splitCount > 1;
}

/** Does what `bestTrials` does for a study that has been read already, but for the model. */
export async function bestOf(reader: Reader, study: StudyRow, reference?: readonly number[]): Promise<Best> {
  if (study.directions.length > 1)
    return { best: null, ...(await reader.snapshot((now) => paretoFront(now, study, reference))) };
  const descending = study.directions[0] === "maximize";
  const order = [{ field: { name: "value" }, descending }] as const;
  const [best] = await readBest(reader, study, { filter: BEST, order, limit: 1 });
  return { best: best ?? null };
}

/** Selects complete trials that meet their constraints, and that count; other trials have no violation. */
const BEST: Filter = {
  kind: "and",
  parts: [{ kind: "in", field: { name: "violation" }, values: [0] }, VALID],
};

/** How many trials of a front are read at a time. */
const PAGE = 500;

async function paretoFront(
  reader: Reader,
  study: StudyRow,
  reference?: readonly number[],
): Promise<Pick<Best, "front" | "hypervolume">> {
  const { results, hypervolume } = await readFront(reader, study, reference);
  const trials = new Map<number, BestTrialJson>();
  for (let start = 0; start < results.length; start += PAGE) {
    const values = results.slice(start, start + PAGE).map(({ number }) => number);
    const filter = { kind: "in", field: { name: "number" }, values } as const;
    for (const trial of await readBest(reader, study, { filter })) trials.set(trial.number, trial);
  }
  return { front: results.map(({ number }) => trials.get(number)!), hypervolume };
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
