import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { belay, folder, trials } from "../../support/belay.ts";

const STUDY = fileURLToPath(new URL("../../fixtures/rogues/tensors.ts", import.meta.url));

test("a trial inside TensorFlow is ended like any other, and its tensors are freed", async () => {
  const cwd = folder();
  const kinds = ["leaves-tensors", "endless-op", "undisposed-tensors", "good"];
  const wanted = kinds.flatMap((kind) => ["--enqueue", JSON.stringify({ kind })]);
  const { code, stderr } = await belay(cwd, [
    ...["launch", STUDY, "--trials", "4", "--split-timeout", "5s", "--memory-limit", "450MB", ...wanted],
  ]);
  expect(code, stderr).toBe(0);
  const [leaves, endless, undisposed, good] = await trials(cwd, "tensors");
  expect(leaves).toMatchObject({ state: "complete", memory: { tensors: 0, source: "worker" } });
  expect(endless).toMatchObject({
    reason: "split-timeout",
    detail: { rung: expect.stringMatching(/^(terminate|sigkill)$/), during: "split 0" },
  });
  expect(undisposed).toMatchObject({
    reason: "memory-limit",
    detail: { limitBytes: 450e6, rung: "sigkill" },
  });
  expect(good).toMatchObject({ state: "complete", memory: { tensors: 0 } });
});
