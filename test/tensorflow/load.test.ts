import { describe, expect, it, vi } from "vitest";
import { backendEnvironment } from "../../src/tensorflow/environment.ts";
import { loadBackend, pinNative } from "../../src/tensorflow/load.ts";
import { resolveBackend } from "../../src/tensorflow/resolve.ts";

describe("loadBackend", () => {
  it.each(["cpu", "wasm"] as const)(
    "%s: computes, prints nothing, and installs no handlers of exceptions",
    async (backend) => {
      const printed = (["log", "warn", "info", "error"] as const).map((method) => vi.spyOn(console, method));
      const written = vi.spyOn(process.stdout, "write");
      const listeners = () => [
        process.listenerCount("uncaughtException"),
        process.listenerCount("unhandledRejection"),
      ];
      const before = listeners();
      const tf = await loadBackend(await resolveBackend(backend));
      const total = tf.tidy(() => tf.sum(tf.tensor1d([1, 2, 3])).dataSync()[0]);
      expect([tf.getBackend(), total]).toEqual([backend, 6]);
      expect(listeners()).toEqual(before);
      for (const spy of [...printed, written]) expect(spy).not.toHaveBeenCalled();
      vi.restoreAllMocks();
    },
  );

  it("names in one line what does not load", async () => {
    const resolution = { ...(await resolveBackend("cpu")), tensorflow: "/nowhere/tfjs.js" };
    await expect(loadBackend(resolution)).rejects.toMatchObject({
      code: "backend",
      message: expect.stringMatching(
        /^backend "cpu": @tensorflow\/tfjs does not load: Cannot find module[^\n]*$/,
      ),
    });
  });
});

describe("pinNative", () => {
  it("is false and does not throw if there is nothing to pin", async () => {
    const resolution = await resolveBackend("cpu");
    expect(pinNative(resolution)).toBe(false);
    expect(pinNative({ ...resolution, addon: "/nowhere/tfjs_binding.node" })).toBe(false);
  });
});

describe("backendEnvironment", () => {
  it("divides the cores, and gives at least one thread", () => {
    expect(backendEnvironment("node", { threads: 2.7 })).toMatchObject({
      TF_NUM_INTRAOP_THREADS: "2",
      OMP_NUM_THREADS: "2",
    });
    expect(backendEnvironment("node", { threads: 0 })).toMatchObject({ TF_NUM_INTRAOP_THREADS: "1" });
  });

  it("hides the GPU from node, lets gpu grow its memory, and sets malloc's thresholds for the JavaScript backend alone", () => {
    expect(backendEnvironment("node", { threads: 1 })).toHaveProperty("CUDA_VISIBLE_DEVICES", "-1");
    expect(backendEnvironment("gpu", { threads: 1 })).toHaveProperty("TF_FORCE_GPU_ALLOW_GROWTH", "true");
    expect(backendEnvironment("gpu", { threads: 1 })).not.toHaveProperty("CUDA_VISIBLE_DEVICES");
    expect(backendEnvironment("gpu", { threads: 1, gpu: "2" })).toHaveProperty("CUDA_VISIBLE_DEVICES", "2");
    const thresholds = (["gpu", "node", "wasm", "cpu", null] as const).map(
      (backend) => "MALLOC_TRIM_THRESHOLD_" in backendEnvironment(backend, { threads: 1 }),
    );
    expect(thresholds).toEqual([false, false, false, true, false]);
  });
});
