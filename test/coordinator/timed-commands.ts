import type { Detail, Json } from "../../src/core/trial.ts";
import type { VirtualClock } from "../../src/simulation/clock.ts";
import { openSqliteStore } from "../../src/sqlite/store.ts";
import { until } from "../support/belay.ts";

/** A command that another process sends to a simulated run at a moment. */
export interface Timed {
  /** Virtual time after the start of the run. */
  readonly atMs: number;
  readonly kind: string;
  readonly data: Json;
}

/** Sends commands to a simulated run, each at its moment. @returns the answers, in the order of the commands. */
export function sendAt(
  clock: VirtualClock,
  { location, studyId }: { readonly location: string; readonly studyId: number },
  commands: readonly Timed[],
): Promise<Detail>[] {
  return commands.map(({ atMs, kind, data }) => {
    return new Promise((resolve, reject) => {
      clock.after(atMs, () => {
        const sent = async (): Promise<Detail> => {
          const store = openSqliteStore(location, { durability: "normal", now: clock.now });
          const id = await store.send(studyId, { kind, data, who: "ada@lab" }).finally(clock.hold());
          const answer = await until("an answer", () => store.answer(id));
          await store.close();
          return answer;
        };
        sent().then(resolve, reject);
      });
    });
  });
}
