import { type FinishedTrial, type History, TrialHistory } from "../core/search/history.ts";
import type { StudyEnd, WaitingTrial } from "../store/records.ts";
import { type RunningStudy, readFinished } from "./study.ts";

/** The parts of the study that the parked trials use. */
type ParkedStudy = RunningStudy;

/**
 * Takes parked trials up again. A trial is parked if its pruner has stopped it with an estimate, as `race` does. It is taken
 * up again at its next split if the pruner would not stop it now, because the noise turned out larger or its splits harder
 * than they seemed. This happens when the study's trials are used up, or at once when a person asks for it. The trials
 * that are taken up together form a round. Recorded splits are not run again.
 *
 * @param waiting - The waiting trials of the run. It is changed in place: the trials of a round come first.
 */
export async function openParked(study: ParkedStudy, waiting: WaitingTrial[]) {
  let isWanted = study.unpark ?? false;
  let current = 0;
  const open = Math.max(0, ...waiting.map(({ unparked }) => unparked?.round ?? 0));
  if (open > 0) await enter(open, await finishedTrials(study));

  /** Starts a round, or continues one that a crash has interrupted. */
  async function enter(round: number, finished: readonly FinishedTrial[]): Promise<void> {
    const all = await study.owned.reads.waiting();
    const isOfRound = (trial: WaitingTrial): boolean => trial.unparked?.round === round;
    waiting.splice(0, waiting.length, ...all.filter(isOfRound), ...all.filter((trial) => !isOfRound(trial)));
    current = round;
    const members = new Set(all.filter(isOfRound).map(({ number }) => number));
    study.round = { members, history: judgesOf(study, finished, round) };
  }

  /** Reopens the parked trials that would not be stopped now. Returns false if there are none. */
  async function begin(): Promise<boolean> {
    const finished = await finishedTrials(study);
    const history = judgesOf(study, finished, null);
    const taken = finished.filter((trial) => isParked(trial) && wouldGoOn(study, history, trial));
    if (taken.length === 0) return false;
    const numbers = taken.map(({ number }) => number);
    const round = await study.owned.reopen(numbers);
    await readFinished(study);
    await enter(
      round,
      finished.filter(({ number }) => !numbers.includes(number)),
    );
    study.events.emit({ kind: "unparked", numbers });
    return true;
  }

  return {
    /** Reads anew what the trials of an open round are judged by, because a trial has become invalid or counts again. */
    async refresh(): Promise<void> {
      if (study.round === null) return;
      study.round = { ...study.round, history: judgesOf(study, await finishedTrials(study), current) };
    },
    /**
     * Ends a round whose trials have all ended, and starts the next one if it is due. It must be called while no trial
     * runs and no write is pending.
     *
     * @param end - Why the run is about to end; null if it is not.
     * @returns true if the caller should look for trials to run again.
     */
    async turn(end: StudyEnd | null): Promise<boolean> {
      const isOver = study.round !== null && !waiting.some(({ number }) => study.round!.members.has(number));
      if (isOver) {
        study.round = null;
        await readFinished(study); // as a resume would read it: each trial at its first place in the order of ends
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

/** The finished trials by number, because the order in which they ended depends on how many run at a time. */
async function finishedTrials({ owned }: Pick<ParkedStudy, "owned">): Promise<FinishedTrial[]> {
  const trials: FinishedTrial[] = [];
  for await (const trial of owned.reads.history()) trials.push(trial);
  return trials.sort((a, b) => a.number - b.number);
}

/** The history that parked trials are judged by: without parked trials, and without trials of the round that is running. */
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

/** Whether the pruner would not stop a parked trial now. A trial that was taken up before must have finished a split since. */
function wouldGoOn(
  { pruner, directions, splitCount }: ParkedStudy,
  history: History,
  { number, row, steps, unparked }: FinishedTrial,
): boolean {
  if (unparked && steps.length <= unparked.splits) return false;
  const trial = { number, row, steps: [...steps] };
  return !pruner.judge({ history, directions, trial, totalSteps: splitCount }).prune;
}
