import { currentIdentity, type Identity } from "../../src/machine/identity.ts";
import type { OwnedStudy } from "../../src/store/owned-study.ts";
import type { NewStudy } from "../../src/store/records.ts";
import type { Store } from "../../src/store/store.ts";
import { newStudy } from "../support/records.ts";

/** A database to test: an empty one, and the way to it for a second process, or for one that comes later. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Opens the same database once more, whether the first store is closed or not. */
  readonly connect: () => Promise<Store>;
}

export type OpenStore = () => Promise<StoreUnderTest>;

export const ME = currentIdentity();
/** A process of this machine that has ended: no pid is that large. */
export const DEAD: Identity = { ...ME, pid: 2 ** 22 + 7 };

/** A new study of this process, or of another one. */
export function study(store: Store, changes: Partial<NewStudy> = {}, owner = ME): Promise<OwnedStudy> {
  return store.createStudy(newStudy(changes), owner);
}
