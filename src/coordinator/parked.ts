import { type FinishedTrial, type History, TrialHistory } from "../core/search/history.ts";
import type { StudyEnd, WaitingTrial } from "../store/records.ts";
import { noteFinished, type RunningStudy } from "./study.ts";

/** The parts of the study that the parked trials use. */
type ParkedStudy = Pick<
  RunningStudy,
  | (
      | "owned"
      | "events"
      | "history"
      | "pruner"
      | "directions"
      | "space"
      | "splitCount"
      | "round"
      | "isParking"
    )
  | ("unpark" | "finished" | "best")
>;

/**
 * Parked trials are those that their race has stopped with an estimate. Those that would not be stopped now, since the noise
 * turned out larger or splits harder than it seemed, are taken up again at their next split: when the study's trials are
 * used up, or at once when a person asks for it. Nothing is run again that is recorded.
 *
 * @param waiting - The waiting trials of the run; those of a round come first.
 */
export async function openParked(study: ParkedStudy, waiting: WaitingTrial[]) {
  let isWanted = study.unpark ?? false;
  const open = Math.max(0, ...waiting.map(({ unparked }) => unparked?.round ?? 0));
  if (open > 0) await enter(open, await finishedTrials(study));

  /** Begins a round, or goes on with one that a crash has cut short. */
  async function enter(round: number, finished: readonly FinishedTrial[]): Promise<void> {
    const all = await study.owned.reads.waiting();
    const isOfRound = (trial: WaitingTrial): boolean => trial.unparked?.round === round;
    waiting.splice(0, waiting.length, ...all.filter(isOfRound), ...all.filter((trial) => !isOfRound(trial)));
    const members = new Set(all.filter(isOfRound).map(({ number }) => number));
    study.round = { members, history: judgesOf(study, finished, round) };
  }

  async function begin(): Promise<boolean> {
    const finished = await finishedTrials(study);
    const history = judgesOf(study, finished, null);
    const taken = finished.filter((trial) => isParked(trial) && wouldGoOn(study, history, trial));
    if (taken.length === 0) return false;
    const numbers = taken.map(({ number }) => number);
    const round = await study.owned.reopen(numbers);
    await readAgain(study);
    await enter(
      round,
      finished.filter(({ number }) => !numbers.includes(number)),
    );
    study.events.emit({ kind: "unparked", numbers });
    return true;
  }

  return {
    /**
     * Takes trials up again if it is time for that. Nothing may be running or being recorded.
     *
     * @param end - Why the run is about to end; null: it is not.
     * @returns whether the run goes on.
     */
    async turn(end: StudyEnd | null): Promise<boolean> {
      const isOver = study.round !== null && !waiting.some(({ number }) => study.round!.members.has(number));
      if (isOver) {
        study.round = null;
        await readAgain(study); // as a resume would read it, with each trial in its old place
      }
      const isDue = end === "finished" || end === "exhausted" || (end === null && isWanted);
      if (study.round !== null || !isDue) return isOver && end === null;
      if (study.isParking && (await begin())) return true;
      if (isWanted) study.events.emit({ kind: "unparked", numbers: [] });
      isWanted = false;
      return isOver && end === null;
    },
  };
}

function isParked({ state, estimate }: FinishedTrial): boolean {
  return state === "pruned" && (estimate ?? null) !== null;
}

/** By number: the order in which trials ended depends on how many run at a time. */
async function finishedTrials({ owned }: Pick<ParkedStudy, "owned">): Promise<FinishedTrial[]> {
  const trials: FinishedTrial[] = [];
  for await (const trial of owned.reads.history()) trials.push(trial);
  return trials.sort((a, b) => a.number - b.number);
}

function judgesOf(
  { space, directions }: Pick<ParkedStudy, "space" | "directions">,
  finished: readonly FinishedTrial[],
  round: number | null,
): History {
  const history = new TrialHistory(space, directions.length);
  for (const trial of finished)
    if (!isParked(trial) && (round === null || trial.unparked?.round !== round)) history.append(trial);
  return history;
}

/** A trial that was taken up before must have come further since. */
function wouldGoOn(
  { pruner, directions, splitCount }: ParkedStudy,
  history: History,
  { number, row, steps, unparked }: FinishedTrial,
): boolean {
  if (unparked && steps.length <= unparked.splits) return false;
  const trial = { number, row, steps: [...steps] };
  return !pruner.judge({ history, directions, trial, totalSteps: splitCount }).prune;
}

/** Reads the finished trials anew. */
async function readAgain(study: ParkedStudy): Promise<void> {
  study.history.reset();
  study.finished = 0;
  for await (const trial of study.owned.reads.history()) noteFinished(study, trial);
}
