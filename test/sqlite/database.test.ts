import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/sqlite/database.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** How many of the objects that `make` returns are still in memory after garbage collections. */
async function living(count: number, make: () => object): Promise<number> {
  const made = Array.from({ length: count }, () => new WeakRef(make()));
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setImmediate(resolve)); // A WeakRef keeps its object until the turn of the event loop ends.
    collectGarbage();
  }
  return made.filter((ref) => ref.deref() !== undefined).length;
}

test("iterating over rows leaves nothing in memory", async () => {
  const db = openDatabase(":memory:");
  const select = db.prepare("SELECT 1 AS one UNION ALL SELECT 2");
  expect([...select.iterate()]).toEqual([{ one: 1 }, { one: 2 }]);
  const read = (): object => {
    const rows = select.iterate();
    for (const _ of rows);
    return rows;
  };
  expect(await living(200, read)).toBeLessThan(5);
  db.close();
});

const isKept = Number(process.versions.node.split(".")[0]) >= 24;

test.skipIf(isKept)("closed databases leave nothing in memory (before Node 24)", async () => {
  const use = (): object => {
    const db = openDatabase(":memory:");
    db.prepare("SELECT 1").get();
    db.close();
    return db;
  };
  expect(await living(50, use)).toBeLessThan(5);
});
