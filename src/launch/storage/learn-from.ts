import { existsSync } from "node:fs";
import { BelayError, show } from "../../core/error.ts";
import { isName } from "../../core/name.ts";
import { sign } from "../../core/search/direction.ts";
import {
  costOf,
  type Mapped,
  mapTrials,
  refuseToLearn,
  type SourceTrial,
} from "../../core/search/learned.ts";
import type { Sampler } from "../../core/search/sampler.ts";
import { type Space, toParams } from "../../core/space/space.ts";
import type { StudyManifest } from "../../core/study.ts";
import { formatTrials } from "../../core/units.ts";
import { realFile } from "../../machine/real-file.ts";
import { requireStudy } from "../../report/study.ts";
import { typedPath } from "../../store/command-line.ts";
import type { Reader } from "../../store/reader.ts";
import type { Learned } from "../../store/records.ts";
import { withReader } from "./databases.ts";

const OPTION = "--learn-from";

/** What a new study learns from, and a line that says so. */
export interface Lesson {
  readonly learned: Learned;
  readonly note: string;
}

/**
 * Reads the trials that a new study learns from, as they are now.
 *
 * @param text - `STUDY` in the new study's own database, or `FILE:STUDY` in another one.
 * @throws BelayError `usage`, one line: the sampler does not learn, there is no such study, or nothing in it can be learned.
 */
export async function readLesson(
  text: string,
  db: string,
  { space, directions }: Pick<StudyManifest, "space" | "directions">,
  sampler: Sampler,
): Promise<Lesson> {
  refuseToLearn(OPTION, sampler, directions);
  const { file, name } = readSource(text, db);
  return withReader(file ?? db, async (reader) => {
    const { trials, directionCount } = await readTrials(reader, name);
    if (directionCount > 1)
      throw new BelayError(
        "usage",
        `${OPTION}: expected a study of one direction, as this one has, got ${name} with ${directionCount}`,
      );
    if (trials.length === 0)
      throw new BelayError(
        "usage",
        `${OPTION}: expected a study with complete trials that meet their constraints, got ${name} without any`,
      );
    const mapped = mapTrials(space, trials);
    if (mapped.trials.length === 0) throw nothingShared(space, name, mapped);
    return {
      learned: {
        source: name,
        file,
        trials: mapped.trials.map(({ number, params, cost }) => ({ number, params, cost })),
      },
      note: noteOn(space, name, trials.length, mapped),
    };
  });
}

/** The file, null for the own database, and the name of the study. Names have no colon, so the last one is before it. */
function readSource(text: string, db: string): { readonly file: string | null; readonly name: string } {
  const at = text.lastIndexOf(":");
  const name = text.slice(at + 1);
  const typed = text.slice(0, Math.max(0, at));
  if (!isName(name) || (at >= 0 && typed === ""))
    throw new BelayError(
      "usage",
      `${OPTION}: expected a study's name, or FILE:NAME for one in another database, got ${show(text)}`,
    );
  const file = at < 0 ? db : realFile(typed);
  if (!existsSync(file))
    throw new BelayError(
      "usage",
      `${OPTION}: expected a study that exists, got ${show(text)}: there is no file ${typedPath(file)}`,
    );
  return { file: realFile(file) === realFile(db) ? null : file, name };
}

async function readTrials(reader: Reader, name: string) {
  const study = await requireStudy(reader, name).catch((error: unknown) => {
    if (!(error instanceof BelayError) || error.code !== "usage") throw error;
    throw new BelayError("usage", `${OPTION}: ${error.message}`, { cause: error });
  });
  const flip = sign(study.directions[0]!);
  const trials: SourceTrial[] = [];
  for await (const page of reader.history(study))
    for (const trial of page) {
      const cost = costOf(trial, flip);
      if (cost !== null)
        trials.push({ number: trial.number, params: toParams(study.space, trial.row), cost });
    }
  return { trials, directionCount: study.directions.length };
}

function nothingShared(space: Space, name: string, { outside }: Mapped): BelayError {
  const names = space.params.map((param) => param.name).join(", ");
  const why =
    outside > 0
      ? `${name}, all of whose trials have values that their params cannot take here`
      : `${name}, which has none of them`;
  return new BelayError("usage", `${OPTION}: expected a study with some of the params ${names}, got ${why}`);
}

function noteOn(space: Space, name: string, all: number, { trials, shared, outside }: Mapped): string {
  const own = space.params.flatMap((param) => (shared.includes(param.name) ? [] : [param.name]));
  const taken =
    trials.length < all - outside
      ? `${trials.length} of the ${formatTrials(all)}`
      : formatTrials(trials.length);
  const parts = [
    `learns from ${taken} of ${name}`,
    ...(outside > 0
      ? [
          `${formatTrials(outside)} with values outside of this space ${outside === 1 ? "is" : "are"} left out`,
        ]
      : []),
    ...(own.length > 0 ? [`${own.join(", ")} ${own.length === 1 ? "is" : "are"} new here`] : []),
  ];
  return parts.join("; ");
}
