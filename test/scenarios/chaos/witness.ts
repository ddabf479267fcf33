import { type Engine, splitsToRun, type TrialTask } from "../../../src/core/engine.ts";
import type { openDatabase } from "../../../src/sqlite/database.ts";
import type { OwnedStudy } from "../../../src/store/owned-study.ts";
import type { Store } from "../../../src/store/store.ts";
import type { World } from "./world.ts";

/** Checks the promises of a run while it runs. */

/**
 * Records which writes were confirmed to the caller. After a crash, writes go to the abandoned file and are ignored.
 */
export function recorder(world: World, store: Store, owned: OwnedStudy): OwnedStudy {
  const { recorded, numbers } = world;
  const note = (what: string, value: number | string): void => {
    if (world.file === store.location) recorded.set(what, value);
  };
  return {
    ...owned,
    reads: {
      ...owned.reads,
      async waiting() {
        const trials = await owned.reads.waiting();
        for (const { id, number } of trials) numbers.set(number, id);
        return trials;
      },
    },
    async startTrial(trial) {
      const key = await owned.startTrial(trial);
      numbers.set(trial.number, key.trialId);
      return key;
    },
    async reopen(trials) {
      const round = await owned.reopen(trials);
      for (const number of trials) recorded.delete(`finish ${numbers.get(number)}`);
      return round;
    },
    async recordSplit(key, result) {
      await owned.recordSplit(key, result);
      note(`split ${key.trialId}/${result.split}`, result.values[0]!);
    },
    async finish(key, outcome, final, timing) {
      await owned.finish(key, outcome, final, timing);
      note(`finish ${key.trialId}`, outcome.state);
    },
  };
}

/**
 * Checks that a split's result is recorded before its verdict is sent. The split that runs last needs no verdict;
 * `interrupt` there means that its record failed.
 */
export function checkAnswers(world: World, engine: Engine): Engine {
  const { recorded, numbers, wrong } = world;
  return {
    ...engine,
    async *run(task, signal) {
      const last = splitsToRun(task, world.scenario.splitCount).at(-1);
      for await (const event of engine.run(task, signal)) {
        if (event.kind !== "split") yield event;
        else
          yield {
            ...event,
            answer(answer) {
              const { split } = event.result;
              const isUnjudged = answer === "interrupt" && split === last;
              if (!isUnjudged && !recorded.has(`split ${numbers.get(task.number)}/${split}`))
                wrong.push(
                  `trial ${task.number}: the verdict on split ${split} left before its result was recorded`,
                );
              event.answer(answer);
            },
          };
      }
    },
  };
}

/** Checks that a split is not trained again after its result was recorded. */
export function noteTraining({ recorded, numbers, wrong }: World, task: TrialTask, split: number): void {
  if (recorded.has(`split ${numbers.get(task.number)}/${split}`))
    wrong.push(`trial ${task.number}: split ${split} is recorded and trains again`);
}

/** The confirmed records that are missing or differ in the database. */
export function lostRecords(world: World, db: ReturnType<typeof openDatabase>): string[] {
  const split = db.prepare("SELECT value FROM splits WHERE trial_id = ? AND split = ?").pluck();
  const state = db
    .prepare(
      // A trial that is taken up again was recorded as pruned before, which its event shows.
      `SELECT CASE WHEN state IN ('waiting', 'running') AND EXISTS
         (SELECT 1 FROM events e WHERE e.trial_id = t.id AND kind = 'unpark') THEN 'pruned' ELSE state END
       FROM trials t WHERE id = ?`,
    )
    .pluck();
  const lost: string[] = [];
  for (const [record, value] of world.recorded) {
    const [kind, place] = record.split(" ") as [string, string];
    const got = kind === "split" ? split.get(...place.split("/").map(Number)) : state.get(Number(place));
    if (got !== value) lost.push(`${record}: expected ${value}, got ${got}`);
  }
  return lost;
}
