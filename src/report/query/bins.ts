/** A range of numbers: its smallest and its largest one, so that a filter can name exactly these. */
export interface Bin {
  readonly from: number;
  readonly to: number;
}

/**
 * Divides numbers into bins that hold about equally many, at their quantiles. Equal numbers are in the same bin, so there
 * may be fewer bins than wanted; if there are no more different numbers than that, each has a bin of its own.
 *
 * @param values - Numbers, of which NaN stands for an unknown one.
 * @returns the bins in ascending order, and of each number the index of its bin; -1 if it is unknown.
 */
export function quantileBins(
  values: Float64Array,
  wanted: number,
): { readonly bins: readonly Bin[]; readonly of: Int32Array } {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const different = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
  // A bin begins at one of the numbers, so none is empty.
  const quantiles = Array.from(
    { length: wanted },
    (_, k) => sorted[Math.floor((k * sorted.length) / wanted)]!,
  );
  const edges = different.length <= wanted ? [...different] : [...new Set(quantiles)];
  const bins = edges.map((from, k) => {
    const next = edges[k + 1] ?? Number.POSITIVE_INFINITY;
    return { from, to: different.findLast((value) => value < next) ?? from };
  });
  // The last bin also holds an infinite number, which no number is below.
  if (bins.length > 0) bins[bins.length - 1] = { from: edges.at(-1)!, to: sorted.at(-1)! };
  return { bins, of: Int32Array.from(values, (value) => edges.findLastIndex((edge) => edge <= value)) };
}
