import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { coordinatorTag, killOrphans, TAG_VARIABLE } from "../../src/machine/orphans.ts";

/** Which processes a launch takes for those of a dead coordinator, and kills. */

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** Starts a process that does nothing, and has the tag of a host. */
async function tagged(tag: string): Promise<ChildProcess> {
  const env = { ...process.env, [TAG_VARIABLE]: tag };
  const child = spawn("sleep", ["60"], { env, stdio: "ignore" });
  children.push(child);
  await once(child, "spawn");
  return child;
}

test.skipIf(process.platform !== "linux")(
  "hosts of a coordinator that lives are spared, also if it could not tell when it had started; others are killed",
  async () => {
    const own = await tagged(`${coordinatorTag()}1;`);
    const unknown = await tagged(`${process.pid}:0:2;`);
    const reused = await tagged(`${process.pid}:1:3;`);
    const dead = await tagged("4194304:1:4;");
    const ends = [once(reused, "exit"), once(dead, "exit")];
    killOrphans();
    await Promise.all(ends);
    expect([reused.signalCode, dead.signalCode]).toEqual(["SIGKILL", "SIGKILL"]);
    expect([own, unknown].map(({ exitCode, signalCode }) => exitCode ?? signalCode)).toEqual([null, null]);
  },
);
