// The k nearest neighbours. They are computed once for all folds.

/** The other rows for each row, the nearest first. */
export function neighbours(rows: readonly (readonly number[])[], power: number): Int32Array[] {
  return rows.map((row, i) => {
    const far = Float64Array.from(rows, (other) => {
      let sum = 0;
      for (let d = 0; d < row.length; d++) {
        const gap = Math.abs(row[d]! - other[d]!);
        sum += power === 1 ? gap : gap * gap;
      }
      return sum;
    });
    return Int32Array.from(rows.keys())
      .filter((other) => other !== i)
      .sort((a, b) => far[a]! - far[b]! || a - b);
  });
}

/** The mean of -log(share of votes for the right class) over the rows of a fold; rows of other folds vote. */
export function votesLoss(
  targets: readonly number[],
  order: readonly Int32Array[],
  folds: Uint8Array,
  fold: number,
  { k, classes, smoothing }: { readonly k: number; readonly classes: number; readonly smoothing: number },
): number {
  let loss = 0;
  let count = 0;
  for (let row = 0; row < targets.length; row++) {
    if (folds[row] !== fold) continue;
    let left = k;
    let right = 0;
    for (const other of order[row]!) {
      if (folds[other] === fold) continue;
      if (targets[other] === targets[row]) right++;
      if (--left === 0) break;
    }
    loss -= Math.log((right + smoothing) / (k + smoothing * classes));
    count++;
  }
  return loss / count;
}
