import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runControl } from "../../src/coordinator/control.ts";
import type { Audience, RunEvent } from "../../src/launch/events.ts";
import { folder, until, write } from "../support/belay.ts";

/** Imports from the build, because hosts are started from the files that users have. */
const built = <Module>(name: string): Promise<Module> =>
  import(fileURLToPath(new URL(`../../dist/launch/${name}.js`, import.meta.url))) as Promise<Module>;

export const { launchStudy } = await built<typeof import("../../src/launch/launch.ts")>("launch");
export const { resumeStudy, planResume, isPaused } =
  await built<typeof import("../../src/launch/resume.ts")>("resume");
export const { control } = await built<typeof import("../../src/launch/control.ts")>("control");
export const { checkStudy } = await built<typeof import("../../src/launch/check/check.ts")>("check/check");

/** A folder with a study whose trials wait until `open` creates the file `go`, and a path for its database. */
export function gatedStudy(name: string): { cwd: string; file: string; db: string; open(): void } {
  const cwd = folder();
  const file = join(cwd, "study.ts");
  write(cwd, {
    "study.ts": `
import { existsSync } from "node:fs";
import { defineStudy, float } from "belay";
export default defineStudy({
  name: "${name}",
  direction: "minimize",
  space: { x: float(0, 1) },
  train: async ({ params, log, signal }) => {
    log("training");
    while (!existsSync(${JSON.stringify(join(cwd, "go"))}) && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
    return params.x;
  },
});`,
  });
  return { cwd, file, db: join(cwd, "belay.db"), open: () => write(cwd, { go: "" }) };
}

/** Settings that do not depend on the machine. */
export const PLAIN = { workers: 1, admission: false, breaker: false, seed: 1 } as const;

/** An audience that keeps the events of a run, and waits for them. */
export function audience() {
  const events: RunEvent[] = [];
  const recorded: Audience = { control: runControl(), listen: (event) => events.push(event) };
  return {
    ...recorded,
    events,
    kinds: () => events.map(({ kind }) => kind),
    texts: () => events.flatMap((event) => (event.kind === "note" ? [event.text] : [])),
    until: (kind: RunEvent["kind"], number?: number) =>
      until(`the event ${kind}`, () =>
        events.find(
          (event) =>
            event.kind === kind && (number === undefined || ("number" in event && event.number === number)),
        ),
      ),
  };
}
