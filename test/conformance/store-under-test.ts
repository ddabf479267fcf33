import { currentIdentity, type Identity } from "../../src/machine/identity.ts";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import type { NewStudy } from "../../src/store/records.ts";
import type { Store } from "../../src/store/store.ts";
import { newStudy } from "../support/records.ts";

/** An empty database to test, and the way to open it for a second process or at a later time. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Opens the same database again, whether the first store is closed or not. */
  readonly connect: () => Promise<Store>;
}

export type OpenStore = () => Promise<StoreUnderTest>;

export const ME = currentIdentity();
/** A process of this machine that has ended: no living one has so large a pid. */
export const DEAD: Identity = { ...ME, pid: 2 ** 22 + 7 };

/** Creates a study that is owned by this process, or by `owner`. */
export function study(store: Store, changes: Partial<NewStudy> = {}, owner = ME): Promise<OwnedStudy> {
  return store.createStudy(newStudy(changes), owner);
}
