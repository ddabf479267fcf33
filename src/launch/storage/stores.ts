import { openSqliteStore } from "../../sqlite/store.ts";
import type { Store } from "../../store/store.ts";
import type { Settings } from "../settings.ts";

/** Opens the store of a database: the only place that chooses the kind of store. */
export function openStore(db: string, options: Partial<Pick<Settings, "durability">> = {}): Store {
  return openSqliteStore(db, options);
}
