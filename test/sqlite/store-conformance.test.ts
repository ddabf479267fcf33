import { storeConformance } from "../conformance/store.ts";
import { temporaryStore } from "../support/store.ts";

storeConformance(async () => {
  const store = temporaryStore();
  return { store, connect: async () => temporaryStore({ file: store.location }) };
});
