import type { Reason } from "../../core/trial.ts";
import { formatSpan } from "../../core/units.ts";
import type { RangeCondition } from "../../importance/conditions.ts";
import { liveness } from "../../machine/identity.ts";
import { commandOn, freeStudyName, typedPath } from "../../store/command-line.ts";
import type { Selection } from "../../store/filter.ts";
import { IMPORTED } from "../../store/imported.ts";
import type { Reader } from "../../store/reader.ts";
import type { StudyRow } from "../../store/records.ts";
import type { Finished } from "./finished.ts";
import { type NarrowJson, narrowed } from "./narrow.ts";
import { fewerWorkers } from "./workers.ts";

/** What to do about losses. */
export interface AdviceJson {
  /** For people: the command in backquotes, and what it does. */
  readonly text: string;
  readonly command: string;
  /** The time of trials that would not have been lost. */
  readonly savesMs: number;
  /** The range to change in the study file before the command; null: nothing is to be changed. */
  readonly narrow: NarrowJson | null;
}

/** The losses of a reason. */
export interface ReasonLoss {
  readonly reason: Reason;
  readonly count: number;
  readonly timeLostMs: number;
  /** The rule that separates them; empty without one. */
  readonly conditions: readonly RangeCondition[];
}

/** A limit is lowered only if it is so many times as long as the longest complete trial ... */
const ROOM = 2;
const LEAST_LIMIT_MS = 1_000;
/** ... of at least so many. */
const LEAST_COMPLETE = 10;

/** What to do about the losses of a study, the advice that saves most first. */
export async function adviceFor(
  reader: Reader,
  study: StudyRow,
  {
    finished,
    losses,
    selection,
  }: {
    readonly finished: Finished;
    readonly losses: readonly ReasonLoss[];
    readonly selection: Selection;
  },
): Promise<AdviceJson[]> {
  const owner = await reader.owner(study.id);
  const isLive = owner !== null && owner.releasedAtMs === null && liveness(owner) !== "dead";
  const found = losses.flatMap((loss) => limitAdvice(reader.location, study, isLive, finished, loss));
  const seen = new Set<string>();
  for (const { conditions } of losses) {
    const narrow = narrowed(study, finished, conditions);
    if (!narrow || narrow.savesMs === 0 || study.codeHash === IMPORTED || seen.has(narrow.param)) continue;
    seen.add(narrow.param);
    found.push(await narrowAdvice(reader, study, narrow));
  }
  const scarce = losses.find(({ reason }) => reason === "memory-reserve");
  const fewer = scarce ? await fewerWorkers(reader, study, selection) : null;
  if (fewer) {
    const { workers, ran, count, savesMs } = fewer;
    const command = isLive
      ? commandOn(reader.location, "set", study.name, `workers=${workers}`)
      : commandOn(reader.location, "resume", study.name, "--workers", `${workers}`, "--add", `${count}`);
    const text = `\`${command}\` runs ${workers} at a time: ${ran} needed more memory than the machine had`;
    found.push({ text, command, savesMs, narrow: null });
  }
  return found.sort((a, b) => b.savesMs - a.savesMs);
}

/** The option of a resume, and the change of a running study, that sets a limit. */
const LIMITS: Readonly<Partial<Record<Reason, readonly [option: string, change: string]>>> = {
  "memory-limit": ["--memory-limit", "memory"],
  "split-timeout": ["--split-timeout", "splitTimeout"],
  "trial-timeout": ["--trial-timeout", "trialTimeout"],
};

/** Another limit: twice the one that trials were lost to, or, if complete trials need far less time, a shorter one. */
function limitAdvice(
  file: string,
  study: StudyRow,
  isLive: boolean,
  { durations, values }: Finished,
  { reason, count, timeLostMs }: ReasonLoss,
): AdviceJson[] {
  const { memoryBytes, splitTimeoutMs, trialTimeoutMs } = study.limits;
  const words = LIMITS[reason];
  if (!words) return [];
  const commandWith = (value: string, ...more: readonly string[]): string =>
    isLive
      ? commandOn(file, "set", study.name, `${words[1]}=${value}`)
      : commandOn(file, "resume", study.name, words[0], value, ...more);
  let [complete, longestMs] = [0, 0];
  for (let trial = 0; trial < durations.length; trial++) {
    if (Number.isNaN(values[0]![trial]!)) continue;
    complete++;
    longestMs = Math.max(longestMs, durations[trial]!);
  }
  const limitMs =
    reason === "split-timeout" ? splitTimeoutMs : reason === "trial-timeout" ? trialTimeoutMs : null;
  const enoughMs = Math.max(LEAST_LIMIT_MS, Math.ceil(ROOM * longestMs));
  if (limitMs !== null && complete >= LEAST_COMPLETE && longestMs > 0 && enoughMs < limitMs) {
    const command = commandWith(`${enoughMs}ms`);
    const text = `\`${command}\` gives such trials up sooner: no complete trial took longer than ${formatSpan(longestMs)}`;
    return [{ text, command, savesMs: count * (limitMs - enoughMs), narrow: null }];
  }
  const twice =
    limitMs !== null ? `${2 * limitMs}ms` : memoryBytes ? `${Math.ceil((2 * memoryBytes) / 1e6)}MB` : null;
  if (twice === null || (limitMs === null && reason !== "memory-limit")) return [];
  const command = commandWith(twice, "--add", String(count));
  const text = isLive
    ? `\`${command}\` gives the trials to come twice the limit`
    : `\`${command}\` tries as many new trials with twice the limit`;
  return [{ text, command, savesMs: timeLostMs, narrow: null }];
}

/** A new study without the part of a range in which trials are lost. */
async function narrowAdvice(reader: Reader, study: StudyRow, narrow: NarrowJson): Promise<AdviceJson> {
  const names = (await reader.studies()).map(({ name }) => name);
  const name = freeStudyName(study.name, (candidate) => names.includes(candidate));
  const learns = study.directions.length === 1 && /^(auto|tpe|gp)\b/.test(study.sampler);
  const command = commandOn(
    reader.location,
    ...["launch", typedPath(study.studyFile), "--name", name],
    ...(learns ? ["--learn-from", study.name] : []),
  );
  const { param, declaration, lost, trials, keepsBest, savesMs } = narrow;
  const kept = `${Math.floor(keepsBest * 100)} % of the best tenth`;
  const text = `in the study file make ${param} \`${declaration}\`, which holds ${kept} and leaves out ${trials} trials of which ${lost} were lost; then \`${command}\` begins anew${learns ? " and learns from this study" : ""}`;
  return { text, command, savesMs, narrow };
}
