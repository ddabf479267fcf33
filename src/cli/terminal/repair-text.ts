import type { Repaired } from "../../sqlite/repair.ts";
import { commandOn } from "../../store/command-line.ts";

/** How many lines of damage are shown at most: enough to see what has happened. */
const DAMAGE_LINES = 3;

/** The result of a repair for people. */
export function repairText(
  file: string,
  { damage, tables, damagedStudies, doubts, kept, settled }: Repaired,
): string[] {
  const resumes = settled.map(
    (study) => `study ${study}: its coordinator had died; \`${commandOn(file, "resume", study)}\` goes on`,
  );
  if (damage.length === 0) return ["the database is intact", ...resumes];
  const lines = damage.slice(0, DAMAGE_LINES).map((line) => `damaged: ${line}`);
  if (damage.length > DAMAGE_LINES) lines.push("damaged: and more");
  if (kept === null)
    return [...lines, "nothing of it can be read: the file is left as it is; a backup is what can help now"];
  for (const { table, saved, lost, cleared } of tables) {
    const notes = [
      lost > 0 ? `, ${lost} lost` : "",
      cleared > 0 ? `, ${cleared} of them without a text` : "",
    ];
    if (saved + lost > 0) lines.push(`  ${table}: ${saved} rows saved${notes.join("")}`);
  }
  for (const { name, lost } of damagedStudies)
    lines.push(
      lost.length > 0
        ? `study ${name}: could not be saved whole: ${lost.join(", ")} lost, and made up from its trials`
        : `study ${name}: compare what \`${commandOn(file, "show", name)}\` tells of it with the study file`,
    );
  for (const doubt of doubts) lines.push(`in doubt: ${doubt}`);
  lines.push(`the damaged file is kept as ${kept}`);
  return [...lines, ...resumes];
}
