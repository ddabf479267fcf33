import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The species, by number. */
export const SPECIES: readonly string[] = ["Adelie", "Chinstrap", "Gentoo"];

/** What was measured, in the order of the features. Sex is 0 for female, 1 for male. */
export const MEASURES = [
  "Beak Length (mm)",
  "Beak Depth (mm)",
  "Flipper Length (mm)",
  "Body Mass (g)",
  "Sex",
] as const;

/** Penguins of Palmer Station, Antarctica, one a row (Gorman, Williams and Fraser, 2014). */
export interface Penguins {
  /** MEASURES for each row; NaN where it was not measured. */
  readonly features: readonly (readonly number[])[];
  /** The index in SPECIES of each row. */
  readonly labels: readonly number[];
}

type Row = Readonly<Record<(typeof MEASURES)[number] | "Species", string | number | null>>;

// The rows are sorted by species, so that every fifth row is a stratified sample: it is kept for one last score.
const HELD_OUT = 5;

/** 275 penguins: the rows of the study. */
export const loadPenguins = (): Promise<Penguins> => load((row) => row % HELD_OUT !== 0);

/** 69 other penguins, to score the chosen params on, once. */
export const loadHeldOut = (): Promise<Penguins> => load((row) => row % HELD_OUT === 0);

async function load(isWanted: (row: number) => boolean): Promise<Penguins> {
  // The package exports its main file only; the data lies beside it.
  const main = createRequire(import.meta.url).resolve("vega-datasets");
  const text = await readFile(join(dirname(main), "..", "data", "penguins.json"), "utf8");
  const rows = (JSON.parse(text) as Row[]).filter((_, row) => isWanted(row));
  return {
    features: rows.map((row) => MEASURES.map((name) => toNumber(row[name]))),
    labels: rows.map(({ Species }) => SPECIES.indexOf(String(Species))),
  };
}

function toNumber(value: string | number | null): number {
  if (value === "MALE" || value === "FEMALE") return value === "MALE" ? 1 : 0;
  return typeof value === "number" ? value : Number.NaN;
}

/**
 * Makes rows ready for a model: the first `count` measures, each brought to mean 0 and spread 1, with the mean in place
 * of what was not measured. Means and spreads are those of the penguins to train on: with those of all, the ones to
 * validate on would leak into the training.
 */
export function scaler({ features }: Penguins, count: number): (row: readonly number[]) => number[] {
  const scales = Array.from({ length: count }, (_, column) => {
    const measured = features.map((row) => row[column]!).filter((value) => !Number.isNaN(value));
    const mean = measured.reduce((sum, value) => sum + value, 0) / measured.length;
    const variance = measured.reduce((sum, value) => sum + (value - mean) ** 2, 0) / measured.length;
    return { mean, spread: Math.sqrt(variance) };
  });
  return (row) =>
    scales.map(({ mean, spread }, column) =>
      Number.isNaN(row[column]!) ? 0 : (row[column]! - mean) / spread,
    );
}
