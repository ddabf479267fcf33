import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openForReading } from "../../../src/sqlite/open.ts";
import { folder, start, write } from "../../support/belay.ts";

/** A database appears with all its tables, or not at all. */

const STUDY = `import { defineStudy, float } from "belay";
export default defineStudy({ name: "s", direction: "minimize", space: { x: float(0, 1) }, train: () => 1 });
`;

test("whoever looks in the moment in which a launch creates the database can read it", async () => {
  for (let round = 0; round < 2; round++) {
    const cwd = folder();
    write(cwd, { "s.ts": STUDY });
    const file = join(cwd, "belay.db");
    // A draft of a launch that was killed; there is no process of this number.
    writeFileSync(`${file}.new-99999999`, "");
    const run = start(cwd, ["launch", "s.ts", "--trials", "1"]);
    const deadline = Date.now() + 60_000;
    // Waits without letting go of the processor, so as to miss no moment.
    while (!existsSync(file) && Date.now() < deadline);
    openForReading(file).close();
    const { code, stderr } = await run.finished;
    expect(code, stderr).toBe(0);
    expect(readdirSync(cwd).filter((name) => name.includes(".new-"))).toEqual([]);
  }
});
