import { hostname } from "node:os";
import { currentIdentity, type Identity } from "../../src/machine/identity.ts";
import { CHECKED, type CheckedTable, fits } from "../../src/sqlite/checksum/checksum.ts";
import { openDatabase } from "../../src/sqlite/database.ts";

/** The identities of this process, and of a coordinator that died before the last boot of this machine. */
export const ME: Identity = currentIdentity();
export const DEAD: Identity = { ...ME, bootId: "an-earlier-boot", hostname: hostname() };

/** The rows of a file that have no checksum or do not fit it. */
export function unfitRows(file: string): unknown[] {
  const db = openDatabase(file, { readonly: true });
  try {
    return (Object.keys(CHECKED) as CheckedTable[]).flatMap((table) =>
      (db.prepare(`SELECT * FROM ${table}`).all() as Record<string, unknown>[])
        .filter((row) => row.checksum === null || !fits(table, row))
        .map((row) => ({ table, ...row })),
    );
  } finally {
    db.close();
  }
}
