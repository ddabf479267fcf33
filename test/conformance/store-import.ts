import { expect, test } from "vitest";
import type { ImportedStudy, ImportedTrial } from "../../src/store/imported.ts";
import { collect, FINAL, newStudy, splitResult } from "../support/records.ts";
import { DEAD, ME, type OpenStore, study } from "./store-under-test.ts";

const ADAM = { learningRate: 0.05, optimizer: "adam" };

const trial = (number: number, changes: Partial<ImportedTrial> = {}): ImportedTrial => ({
  ...{
    number,
    state: "complete",
    reason: null,
    detail: null,
    values: [number / 10],
    constraints: [],
    params: ADAM,
  },
  ...{
    proposer: null,
    why: null,
    startedAtMs: 1000,
    finishedAtMs: 2000,
    durationMs: 1000,
    error: null,
    told: number,
  },
  ran: {
    splits: [{ split: 0, value: number / 10, values: [number / 10], durationMs: 1, rssBytes: null }],
    ...{ reports: [{ split: 0, step: 1, value: 0.5 }], memory: null },
  },
  ...changes,
});

const WAITING = { state: "waiting", values: [], told: null, finishedAtMs: null, durationMs: null } as const;

function imported(
  trials: () => AsyncIterable<readonly ImportedTrial[]>,
  changes: Partial<ImportedStudy> = {},
): ImportedStudy {
  const record = newStudy({ name: "copy", trials: 2 });
  return { record, createdAtMs: 500, endDetail: { by: "hand" }, trials: trials(), ...changes };
}

async function* pages(
  ...all: readonly (readonly ImportedTrial[])[]
): AsyncGenerator<readonly ImportedTrial[]> {
  yield* all;
}

/** Tests what every store does with a study that has run elsewhere. */
export function importConformance(open: OpenStore): void {
  test("an imported study has its trials, in the order in which they ended, and belongs to nobody", async () => {
    const { store, connect } = await open();
    const trials = () =>
      pages(
        [trial(0, { told: 1 }), trial(1, { told: 0 })],
        [trial(2, { ...WAITING, ran: { splits: [], reports: [], memory: null } }), trial(3, WAITING)],
      );
    expect(await store.importStudy(imported(trials), ME)).toBe(4);
    const row = await (await connect()).find("copy");
    expect(row).toMatchObject({ state: "stopped", trials: 4, createdAtMs: 500, endDetail: { by: "hand" } });
    const owned = await store.claim(row!.id, ME);
    const history = await collect(owned.reads.history());
    expect(history.map(({ number, values }) => [number, values])).toEqual([
      [1, [0.1]],
      [0, [0]],
    ]);
    expect(await owned.reads.waiting()).toMatchObject([
      { number: 2, attempts: 0, splits: [] },
      { number: 3, attempts: 1, splits: [{ split: 0, attempt: 1, values: [0.3] }] },
    ]);
    expect(await owned.reads.nextNumber()).toBe(4);
    const key = await owned.startAttempt((await owned.reads.waiting())[1]!.id);
    expect(key.attempt).toBe(2);
    await owned.recordSplit(key, splitResult(1, 0.5));
    await owned.finish(key, { state: "complete", values: [0.4], constraints: [] }, FINAL, { durationMs: 5 });
    expect((await collect(owned.reads.history())).map(({ number }) => number)).toEqual([1, 0, 3]);
  });

  test("an import that fails half-way leaves nothing, and is seen by nobody before it is whole", async () => {
    const { store, connect } = await open();
    const other = await connect();
    async function* failing(): AsyncGenerator<readonly ImportedTrial[]> {
      yield [trial(0), trial(1)];
      expect(await other.names()).toEqual([]);
      throw new Error("the file ends here");
    }
    await expect(store.importStudy(imported(failing), ME)).rejects.toThrow("the file ends here");
    expect(await store.names()).toEqual([]);
    // A second trial of the same number is refused, after the first was written.
    const twice = imported(() => pages([trial(0)], [trial(0, { told: 1 })]));
    await expect(store.importStudy(twice, ME)).rejects.toThrow();
    expect(await store.names()).toEqual([]);
    expect(
      await store.importStudy(
        imported(() => pages([trial(0)])),
        ME,
      ),
    ).toBe(1);
    expect(await other.names()).toEqual(["copy"]);
  });

  test("an import is refused where there is a study of that name, whoever runs it", async () => {
    const { store } = await open();
    const owned = await study(store, { name: "copy" }, DEAD);
    await owned.startTrial({ number: 0, params: ADAM });
    const again = store.importStudy(
      imported(() => pages([trial(0)])),
      ME,
    );
    await expect(again).rejects.toMatchObject({ code: "usage", message: expect.stringContaining('"copy"') });
    expect(await owned.reads.counts()).toMatchObject({ running: 1, complete: 0 });
  });
}
