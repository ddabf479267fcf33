/** What was made last of a column and a mask, so that the same two give the same mask. */
const known = new WeakMap<object, { readonly mask: Uint8Array | null; readonly valid: Uint8Array | null }>();

/**
 * The rows of a mask without invalid trials, which count for nothing.
 *
 * @param mask - null: all rows.
 * @param invalid - 1 for each invalid trial; null: not known yet.
 */
export function validOf(mask: Uint8Array | null, invalid: ArrayLike<number> | null): Uint8Array | null {
  if (invalid === null) return mask;
  const last = known.get(invalid);
  if (last && last.mask === mask) return last.valid;
  let valid = mask;
  for (let row = 0; row < invalid.length; row++) {
    if (invalid[row] !== 1) continue;
    if (valid === mask) valid = mask ? mask.slice() : new Uint8Array(invalid.length).fill(1);
    valid![row] = 0;
  }
  known.set(invalid, { mask, valid });
  return valid;
}
