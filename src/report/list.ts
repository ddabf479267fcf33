import type { TrialState } from "../core/trial.ts";
import { liveness } from "../machine/identity.ts";
import type { Reader } from "../store/reader.ts";
import type { StudyRow, StudyState } from "../store/records.ts";
import { type BestTrialJson, bestOf } from "./best.ts";
import type { HypervolumeJson } from "./front.ts";
import { toIso } from "./study.ts";

/** A study, as `list --json` prints it. */
export interface StudyJson {
  readonly study: string;
  /**
   * `interrupted` if the recorded state is running or paused but the coordinator has died; `belay resume` continues it.
   */
  readonly state: StudyState | "interrupted";
  readonly trials: Readonly<Record<TrialState, number>>;
  /** How many of the finished trials a person has made invalid. */
  readonly invalid: number;
  /** How many trials the study is to have in all. */
  readonly target: number;
  readonly best: BestTrialJson | null;
  readonly front?: readonly BestTrialJson[];
  readonly hypervolume?: HypervolumeJson;
  /** The coordinator that runs the study now; null if none does. */
  readonly owner: OwnerJson | null;
  readonly createdAt: string;
  readonly endedAt: string | null;
  /** How long coordinators have run the study. */
  readonly activeMs: number;
  readonly studyFile: string;
}

/** The coordinator of a live study. */
export interface OwnerJson {
  readonly pid: number;
  readonly hostname: string;
  readonly since: string;
  readonly heartbeatAt: string;
}

/** All studies of a database in the order of their creation. */
export function listStudies(reader: Reader): Promise<StudyJson[]> {
  return reader.snapshot(async (now) => {
    const studies: StudyJson[] = [];
    for (const study of await now.studies()) studies.push(await summarize(now, study));
    return studies;
  });
}

/** What `list` and `show` print of one study. */
export async function summarize(reader: Reader, study: StudyRow): Promise<StudyJson> {
  const owner = await reader.owner(study.id);
  const live = owner && owner.releasedAtMs === null && liveness(owner) !== "dead" ? owner : null;
  const runs = study.state === "running" || study.state === "paused";
  return {
    study: study.name,
    state: runs && !live ? "interrupted" : study.state,
    trials: await countTrials(reader, study.id),
    invalid: (await reader.invalid(study.id)).length,
    target: study.trials,
    ...(await bestOf(reader, study)),
    owner: live && {
      pid: live.pid,
      hostname: live.hostname,
      since: toIso(live.claimedAtMs),
      heartbeatAt: toIso(live.heartbeatAtMs),
    },
    createdAt: toIso(study.createdAtMs),
    endedAt: toIso(study.endedAtMs),
    activeMs: study.activeMs,
    studyFile: study.studyFile,
  };
}

/** The counts with their keys in the order to print: finished states first. */
async function countTrials(reader: Reader, studyId: number): Promise<Record<TrialState, number>> {
  const { complete, pruned, fail, waiting, running } = await reader.counts(studyId);
  return { complete, pruned, fail, waiting, running };
}
