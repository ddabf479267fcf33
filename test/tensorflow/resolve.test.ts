import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BackendChoice } from "../../src/core/study.ts";
import { type BackendResolution, resolveBackend } from "../../src/tensorflow/resolve.ts";

const GPU = "@tensorflow/tfjs-node-gpu";
const NODE = "@tensorflow/tfjs-node";
const TFJS = "@tensorflow/tfjs";
const WASM = "@tensorflow/tfjs-backend-wasm";

const INSTALLED = join(dirname(fileURLToPath(import.meta.url)), "../../node_modules");

/** A project folder. Its node_modules has only what a test puts there, and nothing else is found from it. */
let project: string;
beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), "belay-resolve-")));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** Installs a made-up native package, and the real tfjs, which every native package brings along. */
function stubNative(name: string, code: string): void {
  stub(name, code);
  install(TFJS);
}

function stub(name: string, code: string): void {
  const folder = join(project, "node_modules", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version: "4.22.0", main: "index.js" }));
  writeFileSync(join(folder, "index.js"), code);
}

/** Links real packages into the project. */
function install(...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(project, "node_modules", name)), { recursive: true });
    rmSync(join(project, "node_modules", name), { force: true });
    symlinkSync(join(INSTALLED, name), join(project, "node_modules", name), "dir");
  }
}

function resolveIn(choice: BackendChoice, timeoutMs = 30_000): Promise<BackendResolution> {
  return resolveBackend(choice, { ownDirectory: project, timeoutMs });
}

function throwing(message: string, code?: string): string {
  return `throw Object.assign(new Error(${JSON.stringify(message)}), ${JSON.stringify({ code })});`;
}

/** The code of a native package that works; `gpu` is an expression that tells whether it sees a GPU. */
function working(gpu: string): string {
  return `
    exports.ready = async () => {};
    exports.backend = () => ({ isUsingGpuDevice: ${gpu} });
    exports.tensor1d = (values) => ({ square: () => ({ dataSync: () => values.map((value) => value * value) }) });`;
}

const ADDON_MISSING =
  "The Node.js native addon module (tfjs_binding.node) can not be found at path: /p/lib/napi-v8/tfjs_binding.node. \nPlease run command 'npm rebuild @tensorflow/tfjs-node-gpu --build-addon-from-source' to rebuild the native addon module.";

describe("each way in which the GPU package is refused", () => {
  it.each([
    ["addon-missing", throwing(ADDON_MISSING), /can not be found/, /npm rebuild/],
    [
      "dlopen",
      throwing(
        "libcudart.so.11.0: cannot open shared object file: No such file or directory",
        "ERR_DLOPEN_FAILED",
      ),
      /libcudart/,
      /CUDA 11\.2/,
    ],
    [
      "dlopen",
      throwing("libtensorflow.so.2: cannot open shared object file: No such file or directory"),
      /libtensorflow/,
      /LD_LIBRARY_PATH/,
    ],
    ["no-gpu", working("false"), /sees no GPU/, /nvidia-smi/],
    ["broken", throwing("util_1.isString is not a function"), /isString/, /node -e/],
    ["broken", "throw null", /null/, /node -e/],
    [
      "broken",
      `${working("true")} exports.tensor1d = () => ({ square: () => ({ dataSync: () => [1, 3] }) });`,
      /2 \* 2 = 3/,
      /node -e/,
    ],
    ["broken", "process.kill(process.pid, 'SIGSEGV')", /ended by SIGSEGV/, /node -e/],
    ["broken", "process.exit(0)", /ended with code 0/, /node -e/],
    ["broken", "process.kill(process.pid, 'SIGABRT')", /SIGABRT/, /node -e/],
  ] as const)("%s, case %#", async (reason, code, message, advice) => {
    stubNative(GPU, code);
    const { backend, refused } = await resolveIn("auto");
    expect(refused[0]).toMatchObject({ backend: "gpu", package: GPU, reason });
    expect(refused[0]?.message).toMatch(message);
    expect(refused[0]?.advice).toMatch(advice);
    expect(backend).toBe(reason === "no-gpu" ? "node" : "cpu");
  });

  it("absent: found without starting a process", async () => {
    install(TFJS);
    const { refused } = await resolveIn("auto");
    expect(refused.map((one) => `${one.backend} ${one.package} ${one.reason}`)).toEqual([
      `gpu ${GPU} absent`,
      `node ${NODE} absent`,
      `wasm ${WASM} absent`,
    ]);
    expect(refused[0]?.advice).toContain(`npm install ${GPU}`);
  });

  it("with a missing main file: reported as installed, but broken", async () => {
    stubNative(GPU, "");
    rmSync(join(project, "node_modules", GPU, "index.js"));
    await expect(resolveIn("gpu")).rejects.toThrow(/broken/);
  });

  it.each([
    ["in a loop", "for (;;);"],
    ["in a promise", `${working("true")} exports.ready = () => new Promise(() => {});`],
  ])("hanging %s: refused when its time is over", async (_where, code) => {
    stubNative(GPU, code);
    const started = performance.now();
    await expect(resolveIn("gpu", 700)).rejects.toMatchObject({
      code: "backend",
      message: expect.stringMatching(/did not answer within 0\.7 s \(broken\)/),
    });
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe("the backend that is chosen", () => {
  it("gpu, if a GPU is found", async () => {
    stubNative(GPU, working("true"));
    const resolution = await resolveIn("auto");
    const entry = join(project, "node_modules", GPU, "index.js");
    expect(resolution).toMatchObject({ backend: "gpu", package: GPU, version: "4.22.0", entry, refused: [] });
  });

  it("the CPU package rather than the GPU package without a GPU", async () => {
    stubNative(GPU, working("false"));
    stubNative(NODE, working("false"));
    const { backend, package: name, refused } = await resolveIn("auto");
    expect([backend, name, refused.length]).toEqual(["node", NODE, 1]);
  });

  it("the GPU package with its GPU hidden, if node is asked for", async () => {
    stubNative(GPU, working('process.env.CUDA_VISIBLE_DEVICES !== "-1"'));
    expect(await resolveIn("gpu")).toMatchObject({ backend: "gpu", package: GPU });
    expect(await resolveIn("node")).toMatchObject({ backend: "node", package: GPU });
  });

  it("the GPU package as node, if it crashes only with its GPU", async () => {
    stubNative(
      GPU,
      `${working("false")} if (process.env.CUDA_VISIBLE_DEVICES !== "-1") process.kill(process.pid, "SIGABRT");`,
    );
    expect(await resolveIn("auto")).toMatchObject({ backend: "node", package: GPU });
  });

  it("wasm rather than cpu, and the copy of tfjs that belongs to it", async () => {
    install(TFJS, WASM);
    const resolution = await resolveIn("auto");
    expect(resolution).toMatchObject({ backend: "wasm", package: WASM, addon: null });
    expect(resolution.tensorflow).toMatch(/@tensorflow\/tfjs\/.*\.js$/);
    expect(JSON.parse(JSON.stringify(resolution))).toEqual(resolution);
  });

  it("packages of the study's folder rather than Belay's own", async () => {
    stubNative(NODE, working("false"));
    const { entry } = await resolveBackend("node", { fromDirectory: project });
    expect(entry.startsWith(project)).toBe(true);
  });

  it.each(["wasm", "cpu"] as const)("Belay's own %s, if it is asked for", async (backend) => {
    expect(await resolveBackend(backend)).toMatchObject({ backend, refused: [] });
  });

  it("never two native packages in one process", async () => {
    const guard = (name: string) =>
      `if (globalThis.native) throw new Error("met " + globalThis.native); globalThis.native = "${name}"; throw new Error("pid " + process.pid);`;
    stubNative(GPU, guard(GPU));
    stubNative(NODE, guard(NODE));
    const { refused } = await resolveIn("auto");
    const processes = refused.filter((one) => one.reason === "broken").map((one) => one.message);
    expect(new Set(processes).size).toBe(3);
    expect(processes.join()).not.toContain("met");
  });

  it.each(["gpu", "node", "wasm", "cpu"] as const)(
    "none, with one line, if %s is not installed",
    async (choice) => {
      const error = await resolveIn(choice).catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ name: "BelayError", code: "backend" });
      expect((error as Error).message).toMatch(
        new RegExp(`^backend "${choice}" cannot be had: .*npm install`),
      );
      expect((error as Error).message).not.toContain("\n");
    },
  );

  it("none, with one line, if no backend works", async () => {
    await expect(resolveIn("auto")).rejects.toThrow(/no TensorFlow.js backend works here/);
  });
});
