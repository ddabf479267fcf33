import { BelayError, show } from "../../core/error.ts";
import type { Json } from "../../core/trial.ts";
import type { Selection } from "../../store/filter.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow, TrialRecord } from "../../store/records.ts";
import { NO_TRACE, type Trace } from "../../store/trace.ts";
import type { MlflowClient } from "./client.ts";
import { batchesOf, metricsOf, STATUSES, studyTag, TAGS } from "./run.ts";

/** Trials that are read together. In between the database is not held, since a server may take its time. */
const PAGE = 200;
/** Trials that are sent side by side. */
const AT_ONCE = 4;
/** Runs that are asked for together. */
const RUNS_PAGE = 1000;

/** What was sent. */
export interface Sent {
  /** Trials that have a run now. */
  readonly trials: number;
  /** Those of them for which there was none before. */
  readonly created: number;
  /** Those of which a run had a part. */
  readonly completed: number;
}

/** A run that an earlier export has left. */
interface KnownRun {
  readonly id: string;
  readonly status: string;
  readonly state: string | undefined;
  readonly metrics: number;
}

/**
 * Sends trials of a study to a server of MLflow, as runs of the experiment of that name, which is created if there is none. A
 * run that an earlier call has left is known by its tags: it is completed where something is missing, and nothing is there twice.
 * Trials that wait are left out.
 *
 * @throws BelayError `store`, one line: the server is not there, or refuses.
 */
export async function sendToMlflow(
  client: MlflowClient,
  reader: Reader,
  study: StudyRow,
  selection: Selection,
): Promise<Sent> {
  const experiment = await experimentOf(client, study.name);
  const known = await knownRuns(client, experiment, study);
  const numbers: number[] = [];
  for await (const page of reader.cells(study, [{ name: "number" }], selection))
    for (const [number] of page) numbers.push(number as number);
  let [trials, created, completed] = [0, 0, 0];
  for (let start = 0; start < numbers.length; start += PAGE) {
    const { page, traces } = await readPage(reader, study, numbers.slice(start, start + PAGE));
    const queue = [...page];
    const sendSome = async (): Promise<void> => {
      for (let trial = queue.shift(); trial; trial = queue.shift()) {
        const run = known.get(trial.number) ?? null;
        const sent = await sendTrial({ client, study, experiment }, trial, {
          trace: traces.get(trial.id) ?? NO_TRACE,
          run,
        });
        trials++;
        if (!run) created++;
        else if (sent) completed++;
      }
    };
    const stop = (error: unknown): never => {
      queue.length = 0; // so that the others send no more
      throw error;
    };
    await Promise.all(Array.from({ length: AT_ONCE }, () => sendSome().catch(stop)));
  }
  return { trials, created, completed };
}

async function readPage(
  reader: Reader,
  study: StudyRow,
  numbers: readonly number[],
): Promise<{ readonly page: readonly TrialRecord[]; readonly traces: ReadonlyMap<number, Trace> }> {
  return reader.snapshot(async (state) => {
    const page: TrialRecord[] = [];
    const filter = { kind: "in", field: { name: "number" }, values: numbers } as const;
    for await (const some of state.trials(study, { filter }))
      page.push(...some.filter(({ state: now, startedAtMs }) => now !== "waiting" && startedAtMs !== null));
    return { page, traces: await state.traces(page.map(({ id }) => id)) };
  });
}

/** The id of the experiment of a name. */
async function experimentOf(client: MlflowClient, name: string): Promise<string> {
  const find = () => client.call("GET", "experiments/get-by-name", { experiment_name: name });
  const found =
    (await find()) ?? (await client.call("POST", "experiments/create", { name }, { again: find }));
  const experiment = (found?.experiment ?? found) as Fields | null;
  if (experiment?.lifecycle_stage === "deleted")
    throw new BelayError(
      "store",
      `${client.address}: expected the experiment ${show(name)} to be in use or not there, got one that was deleted`,
    );
  return textOf(client, experiment, "experiment_id");
}

type Fields = Readonly<Record<string, Json | undefined>>;

function textOf(client: MlflowClient, fields: Fields | null | undefined, key: string): string {
  const value = fields?.[key];
  if (typeof value === "string" && value !== "") return value;
  throw new BelayError(
    "store",
    `${client.address}: expected ${key} in the answer of MLflow, got ${show(value)}`,
  );
}

/** The runs of earlier exports, by the numbers of their trials. */
async function knownRuns(
  client: MlflowClient,
  experiment: string,
  study: StudyRow,
): Promise<ReadonlyMap<number, KnownRun>> {
  const known = new Map<number, KnownRun>();
  let token: Json | undefined;
  do {
    const answer = await client.call("POST", "runs/search", {
      ...{ experiment_ids: [experiment], filter: ofStudy(study), max_results: RUNS_PAGE },
      ...(token ? { page_token: token } : {}),
    });
    for (const run of (answer?.runs ?? []) as readonly Fields[]) {
      const tags = new Map(
        (((run.data as Fields)?.tags ?? []) as readonly Fields[]).map(({ key, value }) => [key, value]),
      );
      const info = run.info as Fields;
      known.set(Number(tags.get(TAGS.trial)), {
        id: textOf(client, info, "run_id"),
        status: String(info.status),
        state: tags.get(TAGS.state) as string | undefined,
        metrics: Number(tags.get(TAGS.metrics) ?? 0),
      });
    }
    token = answer?.next_page_token;
  } while (token);
  return known;
}

function ofStudy(study: StudyRow): string {
  return `tags.\`${TAGS.study}\` = '${studyTag(study)}'`;
}

/** @returns whether anything had to be sent. */
async function sendTrial(
  {
    client,
    study,
    experiment,
  }: { readonly client: MlflowClient; readonly study: StudyRow; readonly experiment: string },
  trial: TrialRecord,
  { trace, run }: { readonly trace: Trace; readonly run: KnownRun | null },
): Promise<boolean> {
  const metrics = metricsOf(study, trial, trace);
  const status = STATUSES[trial.state as keyof typeof STATUSES];
  if (run?.state === trial.state && run.status === status && run.metrics >= metrics.length) return false;
  const id = run?.id ?? (await createRun(client, study, experiment, trial));
  // A trial that was taken up again has points before those of its former end; what is there already stays as it is.
  const from = run?.state === undefined || run.state === "running" ? (run?.metrics ?? 0) : 0;
  for (const batch of batchesOf(trial, metrics, from))
    await client.call("POST", "runs/log-batch", { run_id: id, ...batch } as unknown as Record<string, Json>);
  const { finishedAtMs } = trial;
  await client.call("POST", "runs/update", {
    ...{ run_id: id, status },
    ...(finishedAtMs === null ? {} : { end_time: finishedAtMs }),
  });
  return true;
}

async function createRun(
  client: MlflowClient,
  study: StudyRow,
  experiment: string,
  trial: TrialRecord,
): Promise<string> {
  const number = String(trial.number);
  const again = async (): Promise<{ readonly run: Json } | null> => {
    const filter = `${ofStudy(study)} and tags.\`${TAGS.trial}\` = '${number}'`;
    const found = await client.call("POST", "runs/search", { experiment_ids: [experiment], filter });
    const [run] = (found?.runs ?? []) as readonly Json[];
    return run ? { run } : null;
  };
  const tags = [
    { key: TAGS.study, value: studyTag(study) },
    { key: TAGS.trial, value: number },
  ];
  const answer = await client.call(
    "POST",
    "runs/create",
    { experiment_id: experiment, run_name: `trial ${number}`, start_time: trial.startedAtMs!, tags },
    { again },
  );
  return textOf(client, (answer?.run as Fields)?.info as Fields, "run_id");
}
