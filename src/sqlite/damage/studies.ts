import type { Database } from "better-sqlite3";
import {
  compileSpace,
  type ParamDeclaration,
  type Params,
  type Space,
  toRow,
} from "../../core/space/space.ts";
import { PLACEHOLDERS } from "./gather.ts";

/** A study whose own row could not be saved completely or may be wrong. */
export interface DamagedStudy {
  readonly name: string;
  /** The lost columns of its row: all if the row is missing, none if the row does not fit its checksum. */
  readonly lost: readonly string[];
}

const ALL = ["name", "directions", "space", "settings", "limits"];

/**
 * Adds a row for each study that has lost its own, so that its trials can be read, and guesses lost directions and
 * spaces from the trials. Deletes trials whose params are not in their study's space.
 *
 * @param placeholders - The lost columns of study rows, by the study's id.
 * @param mismatches - The ids of studies whose rows do not fit their checksums.
 * @returns the studies concerned, and how many trials were deleted.
 */
export function mendStudies(
  db: Database,
  placeholders: ReadonlyMap<number, readonly string[]>,
  mismatches: ReadonlySet<number>,
): { damagedStudies: DamagedStudy[]; dropped: number } {
  const orphans = db
    .prepare(
      `SELECT study_id FROM trials WHERE study_id NOT IN (SELECT id FROM studies)
       UNION SELECT study_id FROM owners WHERE study_id NOT IN (SELECT id FROM studies)`,
    )
    .pluck()
    .all() as number[];
  for (const id of orphans) addStudy(db, id);
  const lost = new Map<number, readonly string[]>([
    ...placeholders,
    ...orphans.map((id): [number, readonly string[]] => [id, ALL]),
  ]);
  let dropped = 0;
  const damagedStudies: DamagedStudy[] = [];
  const ids = db.prepare("SELECT id FROM studies ORDER BY id").pluck().all() as number[];
  for (const id of ids) {
    const columns = [...(lost.get(id) ?? [])];
    if (columns.includes("directions")) guessDirections(db, id);
    if (columns.includes("space")) guessSpace(db, id);
    const outside = findTrialsOutsideSpace(db, id);
    const count = db.prepare("SELECT count(*) FROM trials WHERE study_id = ?").pluck().get(id) as number;
    if (!columns.includes("space") && outside.length > 1 && outside.length > count / 2) {
      // If most trials do not fit the space, the space is wrong and not the trials.
      guessSpace(db, id);
      columns.push("space");
    } else {
      const drop = db.prepare("DELETE FROM trials WHERE id = ?");
      for (const trialId of outside) dropped += drop.run(trialId).changes;
    }
    const name = db.prepare("SELECT name FROM studies WHERE id = ?").pluck().get(id) as string;
    if (columns.length > 0 || mismatches.has(id)) damagedStudies.push({ name, lost: columns });
  }
  return { damagedStudies, dropped };
}

/** Adds a row for a study that has lost its own. Its state is `stopped`, because too little is known to continue it. */
function addStudy(db: Database, id: number): void {
  const { directions, space, settings, limits } = PLACEHOLDERS;
  const name = freeName(db, `recovered-${id}`);
  db.prepare(
    `INSERT INTO studies (id, name, state, directions, space, split_count, split_hash, code_hash, study_file, seed,
       sampler, pruner, noise, trials, max_attempts, settings, limits, created_at, ended_at)
     SELECT @id, @name, 'stopped', @directions, @space,
       coalesce((SELECT max(split) + 1 FROM splits s JOIN trials t ON t.id = s.trial_id WHERE t.study_id = @id), 1),
       'lost', 'lost', 'lost', 0, 'random', 'none', 0, (SELECT count(*) FROM trials WHERE study_id = @id), 3, @settings,
       @limits, coalesce((SELECT min(created_at) FROM trials WHERE study_id = @id), 0),
       coalesce((SELECT max(finished_at) FROM trials WHERE study_id = @id), 0)`,
  ).run({ id, name, directions, space, settings, limits });
}

function freeName(db: Database, name: string): string {
  const isTaken = db.prepare("SELECT 1 FROM studies WHERE name = ?");
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? name : `${name}-${i}`;
    if (!isTaken.get(candidate)) return candidate;
  }
}

/** Sets one direction for each value of a trial; which direction it was is lost, so `minimize` is assumed. */
function guessDirections(db: Database, id: number): void {
  const values = db
    .prepare("SELECT all_values FROM trials WHERE study_id = ? AND all_values IS NOT NULL LIMIT 1")
    .pluck()
    .get(id) as string | undefined;
  const count = values === undefined ? 1 : (JSON.parse(values) as unknown[]).length;
  const directions = JSON.stringify(Array(count).fill("minimize"));
  db.prepare("UPDATE studies SET directions = ? WHERE id = ?").run(directions, id);
}

/** Sets the smallest space that holds all params of the study's trials. */
function guessSpace(db: Database, id: number): void {
  const seen = new Map<string, Set<Params[string]>>();
  for (const { params } of trialsOf(db, id))
    for (const [name, value] of Object.entries(params)) {
      const values = seen.get(name) ?? new Set();
      seen.set(name, values.add(value));
    }
  const declared: Record<string, ParamDeclaration> = {};
  for (const [name, values] of seen) {
    const numbers = [...values].filter((value) => typeof value === "number");
    const distribution: ParamDeclaration["distribution"] =
      numbers.length === values.size && numbers.length > 1
        ? { kind: "float", low: Math.min(...numbers), high: Math.max(...numbers), log: false, step: null }
        : { kind: "categorical", choices: [...values] };
    declared[name] = { distribution, conditions: [] };
  }
  const space = JSON.stringify(compileSpace(declared));
  db.prepare("UPDATE studies SET space = ? WHERE id = ?").run(space, id);
}

/** The ids of the trials whose params are not in their study's space. */
export function findTrialsOutsideSpace(db: Database, id: number): number[] {
  const text = db.prepare("SELECT space FROM studies WHERE id = ?").pluck().get(id) as string;
  const space = JSON.parse(text) as Space;
  const outside: number[] = [];
  for (const trial of trialsOf(db, id)) {
    try {
      toRow(space, trial.params);
    } catch {
      outside.push(trial.id);
    }
  }
  return outside;
}

function trialsOf(db: Database, studyId: number): { id: number; params: Params }[] {
  const raw = db.prepare<[number], { id: number; params: string }>(
    "SELECT id, params FROM trials WHERE study_id = ?",
  );
  return raw.all(studyId).map(({ id, params }) => ({ id, params: JSON.parse(params) as Params }));
}
