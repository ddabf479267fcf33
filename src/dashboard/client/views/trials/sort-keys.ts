/** A key by which trials are sorted. */
export interface SortKey {
  readonly column: string;
  readonly descending: boolean;
}

/** Reads keys such as `value:desc,number`, as the address has them. A name may hold what an address encodes. */
export function readSort(text: string): SortKey[] {
  return text
    .split(",")
    .filter(Boolean)
    .map((key) => ({ column: key.replace(/:(asc|desc)$/, ""), descending: key.endsWith(":desc") }));
}

/** The text of keys; the inverse of `readSort`. */
export function writeSort(keys: readonly SortKey[]): string {
  return keys.map(sortWord).join(",");
}

/** A key as `query --sort` takes it. */
export function sortWord({ column, descending }: SortKey): string {
  return descending ? `${column}:desc` : column;
}

/**
 * The keys after a click on the head of a column: ascending, then descending, then not at all.
 *
 * @param adds - Whether the other keys stay, as with the shift key.
 */
export function nextSort(keys: readonly SortKey[], column: string, adds: boolean): SortKey[] {
  const known = keys.find((key) => key.column === column);
  const next = known?.descending ? [] : [{ column, descending: known !== undefined }];
  if (!adds) return next;
  if (!known) return [...keys, ...next];
  return keys.flatMap((key) => (key.column === column ? next : key));
}
