import { BelayError, show } from "../error.ts";
import { type FoldOptions, foldCount, fromFolds } from "./k-fold.ts";
import { countRows, type Labels, shuffled, shuffleSource } from "./rows.ts";
import type { Split } from "./split.ts";

/**
 * k-fold in which every fold has the same share of each class, to within one row; for classes of unequal size, and for
 * small data. A class with fewer rows than folds is missing from some validation sets.
 *
 * @param labels - The class of each row.
 * @throws BelayError `study`: more folds than rows of the largest class, or labels that are no text, number or boolean.
 * @example
 * splits: (data, { seed }) => stratifiedKFold(data.labels, { folds: 5, seed })
 */
export function stratifiedKFold(labels: Labels, options: FoldOptions = {}): Split[] {
  const what = "stratifiedKFold";
  const { codes, sizes } = encodeLabels(what, "labels", labels);
  const folds = foldCount(what, options, Math.max(...sizes), "rows of the largest class");
  const source = shuffleSource(what, options);
  // Each fold's number of rows of each class is what it would get if the rows, sorted by class, went to the folds in
  // turn. So both the size of a fold and its number of each class differ from those of the others by one row at most.
  const quota = sizes.map(() => new Array<number>(folds).fill(0));
  let dealt = 0;
  sizes.forEach((size, code) => {
    for (let i = 0; i < size; i++) quota[code]![dealt++ % folds]!++;
  });
  const dealOf = quota.map((perFold) => {
    const deal = perFold.flatMap((count, fold) => new Array<number>(count).fill(fold));
    return source ? shuffled(deal, source) : deal;
  });
  const next = sizes.map(() => 0);
  return fromFolds(
    codes.map((code) => dealOf[code]![next[code]!++]!),
    folds,
  );
}

/**
 * k-fold in which all rows of a group (a patient, a customer, a recording) are in the same fold, so that no group is
 * both trained and validated on. The folds are as equal in rows as the groups allow: the groups are placed by size,
 * the largest first, each in the fold that has the fewest rows.
 *
 * @param groups - The group of each row.
 * @throws BelayError `study`: more folds than groups.
 * @example
 * splits: (data, { seed }) => groupKFold(data.patients, { folds: 5, seed })
 */
export function groupKFold(groups: Labels, options: FoldOptions = {}): Split[] {
  const what = "groupKFold";
  const { codes, sizes } = encodeLabels(what, "groups", groups);
  const folds = foldCount(what, options, sizes.length, "groups");
  const order = groupOrder(what, sizes.length, options).sort((a, b) => sizes[b]! - sizes[a]!);
  const rows = new Array<number>(folds).fill(0);
  const foldOfGroup = new Array<number>(sizes.length);
  for (const group of order) {
    const lightest = rows.indexOf(Math.min(...rows));
    foldOfGroup[group] = lightest;
    rows[lightest]! += sizes[group]!;
  }
  return fromFolds(
    codes.map((group) => foldOfGroup[group]!),
    folds,
  );
}

/**
 * k-fold in which all rows of a group are in the same fold, and the classes are spread as evenly as the groups allow:
 * the groups with the most uneven classes are placed first, each in the fold where it keeps the folds most alike.
 *
 * @param labels - The class of each row.
 * @param groups - The group of each row.
 * @throws BelayError `study`: more folds than groups, or arrays of unequal length.
 * @example
 * splits: (data, { seed }) => stratifiedGroupKFold(data.labels, data.patients, { folds: 5, seed })
 */
export function stratifiedGroupKFold(labels: Labels, groups: Labels, options: FoldOptions = {}): Split[] {
  const what = "stratifiedGroupKFold";
  const byClass = encodeLabels(what, "labels", labels);
  const byGroup = encodeLabels(what, "groups", groups);
  if (byClass.codes.length !== byGroup.codes.length) {
    const got = `${byClass.codes.length} labels and ${byGroup.codes.length} groups`;
    throw new BelayError("study", `${what}: expected as many labels as groups, got ${got}`);
  }
  const folds = foldCount(what, options, byGroup.sizes.length, "groups");
  const counts = byGroup.sizes.map(() => new Array<number>(byClass.sizes.length).fill(0));
  byGroup.codes.forEach((group, row) => {
    counts[group]![byClass.codes[row]!]!++;
  });
  const order = groupOrder(what, counts.length, options).sort(
    (a, b) => spread(counts[b]!) - spread(counts[a]!),
  );
  const perFold = Array.from({ length: folds }, () => new Array<number>(byClass.sizes.length).fill(0));
  const foldOfGroup = new Array<number>(counts.length);
  order.forEach((group, dealt) => {
    const mustFill = counts.length - dealt <= perFold.filter((fold) => total(fold) === 0).length;
    const fold = bestFold(perFold, byClass.sizes, counts[group]!, mustFill);
    foldOfGroup[group] = fold;
    counts[group]!.forEach((count, code) => {
      perFold[fold]![code]! += count;
    });
  });
  return fromFolds(
    byGroup.codes.map((group) => foldOfGroup[group]!),
    folds,
  );
}

/** The fold in which a group keeps the classes' shares most alike over the folds; among equals, the smallest one. */
function bestFold(
  perFold: readonly (readonly number[])[],
  classSizes: readonly number[],
  group: readonly number[],
  mustFill: boolean,
): number {
  let best = -1;
  let bestScore = Number.POSITIVE_INFINITY;
  let bestRows = Number.POSITIVE_INFINITY;
  perFold.forEach((fold, k) => {
    const rows = total(fold);
    if (mustFill && rows > 0) return;
    const scores = classSizes.map((size, code) =>
      spread(perFold.map((other, j) => (other[code]! + (j === k ? group[code]! : 0)) / size)),
    );
    const score = total(scores) / scores.length;
    const equal = Math.abs(score - bestScore) <= 1e-8 + 1e-5 * Math.abs(bestScore);
    if (score < bestScore || (equal && rows < bestRows)) [best, bestScore, bestRows] = [k, score, rows];
  });
  return best;
}

function groupOrder(what: string, groups: number, options: FoldOptions): number[] {
  const order = Array.from({ length: groups }, (_, group) => group);
  const source = shuffleSource(what, options);
  return source ? shuffled(order, source) : order;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Population standard deviation of the values. */
function spread(values: readonly number[]): number {
  const mean = total(values) / values.length;
  return Math.sqrt(total(values.map((value) => (value - mean) ** 2)) / values.length);
}

/** The labels as codes 0, 1, ... in the order of their first appearance, and the number of rows of each code. */
function encodeLabels(what: string, field: string, labels: Labels): { codes: number[]; sizes: number[] } {
  const count = countRows(`${what}: ${field}`, labels, 2);
  if (typeof labels === "number") {
    throw new BelayError("study", `${what}: ${field}: expected an array with one entry a row, got ${labels}`);
  }
  const codeOf = new Map<unknown, number>();
  const sizes: number[] = [];
  const codes = Array.from({ length: count }, (_, row) => {
    const label: unknown = labels[row];
    if (!["string", "number", "boolean"].includes(typeof label) || Number.isNaN(label)) {
      const hint =
        typeof label === "object" && label !== null ? " (one-hot? take the index of the largest)" : "";
      const expected = "strings, numbers or booleans";
      throw new BelayError(
        "study",
        `${what}: ${field}: expected ${expected}, got ${show(label)} at row ${row}${hint}`,
      );
    }
    const code = codeOf.get(label) ?? codeOf.size;
    codeOf.set(label, code);
    sizes[code] = (sizes[code] ?? 0) + 1;
    return code;
  });
  return { codes, sizes };
}
