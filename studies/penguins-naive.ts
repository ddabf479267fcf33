import { MEASURES, type Penguins, SPECIES } from "./penguins-data.ts";

/** What a model has to beat: the commonest species always, and a rule on the one measure that serves best. */
export function naiveAccuracies(known: Penguins, unknown: Penguins): Readonly<Record<string, number>> {
  const sizes = SPECIES.map((_, species) => known.labels.filter((label) => label === species).length);
  const commonest = sizes.indexOf(Math.max(...sizes));
  const rules = MEASURES.map((_, column) => nearestMean(known, column));
  const shares = rules.map((rule) => share(known, rule));
  const best = shares.indexOf(Math.max(...shares));
  return {
    [`naive: ${MEASURES[best]} alone, the species whose mean is nearest`]: share(unknown, rules[best]!),
    [`naive: always ${SPECIES[commonest]}, the commonest`]: share(unknown, () => commonest),
  };
}

type Rule = (row: readonly number[]) => number;

/** The species whose mean in one column is nearest; the first one where it was not measured. */
function nearestMean({ features, labels }: Penguins, column: number): Rule {
  const means = SPECIES.map((_, species) => {
    const values = features.filter((_, row) => labels[row] === species).map((row) => row[column]!);
    const measured = values.filter((value) => !Number.isNaN(value));
    return measured.reduce((sum, value) => sum + value, 0) / measured.length;
  });
  return (row) => {
    const distances = means.map((mean) => Math.abs(mean - row[column]!));
    return Math.max(0, distances.indexOf(Math.min(...distances)));
  };
}

function share({ features, labels }: Penguins, rule: Rule): number {
  return features.filter((row, at) => rule(row) === labels[at]).length / labels.length;
}
